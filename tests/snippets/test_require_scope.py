"""A FastAPI route behind the dependency refuses every token without one of its scopes."""

from typing import Annotated, Any

import pytest
from fastapi import Depends, FastAPI
from fastapi.testclient import TestClient

from require_scope import require_scope
from tests.snippets.permissions import READ, WITH_READ, WITHOUT_READ


def call(claims: dict[str, Any]) -> Any:
    """Call a route that needs Orders.Read with the claims of a verified token."""
    app = FastAPI()

    @app.get("/orders")
    def orders(granted: Annotated[dict[str, Any], Depends(require_scope(READ))]) -> dict[str, str]:
        return {"user": granted["oid"]}

    async def with_claims(scope, receive, send):
        scope["state"] = {"claims": claims}
        await app(scope, receive, send)

    return TestClient(with_claims).get("/orders")


@pytest.mark.parametrize("name", WITHOUT_READ)
def test_refuses(name):
    answer = call(WITHOUT_READ[name])
    assert answer.status_code == 403
    assert answer.headers["WWW-Authenticate"] == 'Bearer error="insufficient_scope", scope="Orders.Read"'


def test_refuses_to_be_made_without_a_scope():
    with pytest.raises(ValueError, match="at least one scope"):
        require_scope()


@pytest.mark.parametrize("name", WITH_READ)
def test_accepts(name):
    assert call(WITH_READ[name]).json() == {"user": WITH_READ[name]["oid"]}
