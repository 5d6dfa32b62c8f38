"""A Flask view behind the decorator refuses every token without one of its scopes."""

from typing import Any

import pytest
from flask import Flask, g

from require_scope_flask import require_scope
from tests.snippets.permissions import READ, WITH_READ, WITHOUT_READ


def call(claims: dict[str, Any]) -> Any:
    """Call a view that needs Orders.Read with the claims of a verified token."""
    app = Flask("contoso_orders")

    @app.before_request
    def verified() -> None:
        g.claims = claims

    @app.get("/orders/<int:number>")
    @require_scope(READ)
    def order(number: int) -> dict[str, int]:
        return {"order": number}

    return app.test_client().get("/orders/7")


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
    assert call(WITH_READ[name]).json == {"order": 7}
