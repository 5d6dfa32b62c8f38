"""A FastAPI route behind the dependency refuses every user without one of its app roles, and every app."""

from typing import Annotated, Any

import pytest
from fastapi import Depends, FastAPI
from fastapi.testclient import TestClient

from require_app_role import require_app_role
from tests.snippets.issuer import ABSENT, APP_ONLY, DELEGATED, changed

APPROVER, ADMIN = "Orders.Approver", "Orders.Admin"


def user(**changes: Any) -> dict[str, Any]:
    return changed(DELEGATED, changes)


REFUSED = {
    "no-roles-claim": user(),
    "no-role": user(roles=[]),
    "roles-null": user(roles=None),
    "another-role": user(roles=["Orders.Reader"]),
    "many-other-roles": user(roles=["Orders.Reader", "Orders.Auditor", "Support"]),
    "role-that-contains-it": user(roles=["Not.Orders.Approver", "Orders.Approver.Deputy"]),
    "part-of-it": user(roles=["Orders", "Approver"]),
    "lower-case": user(roles=[APPROVER.lower()]),
    "with-blank": user(roles=[f" {APPROVER}", f"{APPROVER} "]),
    "joined-in-one-text": user(roles=[f"{APPROVER} {ADMIN}"]),
    "text-instead-of-list": user(roles=APPROVER),
    "object-instead-of-list": user(roles={APPROVER: True}),
    "list-in-list": user(roles=[[APPROVER]]),
    "role-of-an-object": user(roles=[{"value": APPROVER}]),
    "scope-of-that-name": user(scp=APPROVER),
    "group-of-that-name": user(groups=[APPROVER]),
    "directory-role": user(wids=["62e90394-69f5-4237-9190-012177145e10"]),
    "claim-role-of-that-name": user(role=APPROVER),
    "app-only-with-the-role": changed(APP_ONLY, {"roles": [APPROVER]}),
    "app-by-idtyp-with-the-role": user(idtyp="app", roles=[APPROVER]),
    "id-token-like": user(scp=ABSENT, roles=[APPROVER]),
}

ACCEPTED = {
    "alone": user(roles=[APPROVER]),
    "last-of-several": user(roles=["Orders.Reader", APPROVER]),
    "the-other-accepted-role": user(roles=[ADMIN]),
    "both": user(roles=[ADMIN, APPROVER]),
    "user-by-idtyp": user(roles=[APPROVER], idtyp="user"),
}


def call(claims: dict[str, Any]) -> Any:
    """Call a route that approves an order with the claims of a verified token."""
    app = FastAPI()

    @app.post("/orders/17/approval")
    def approve(holder: Annotated[dict[str, Any], Depends(require_app_role(APPROVER, ADMIN))]) -> dict[str, str]:
        return {"approved_by": holder["oid"]}

    async def with_claims(scope, receive, send):
        scope["state"] = {"claims": claims}
        await app(scope, receive, send)

    return TestClient(with_claims).post("/orders/17/approval")


@pytest.mark.parametrize("name", REFUSED)
def test_refuses(name):
    answer = call(REFUSED[name])
    assert answer.status_code == 403
    assert APPROVER not in answer.text


def test_refuses_to_be_made_without_a_role():
    with pytest.raises(ValueError, match="at least one app role"):
        require_app_role()


@pytest.mark.parametrize("name", ACCEPTED)
def test_accepts(name):
    assert call(ACCEPTED[name]).json() == {"approved_by": ACCEPTED[name]["oid"]}
