"""A sensitive route refuses every token without the context that the tenant demands, and says how to get one."""

import base64
import json
import re
from typing import Annotated, Any

import pytest
from fastapi import Depends, FastAPI
from fastapi.testclient import TestClient

from step_up import challenge, step_up
from tests.snippets.issuer import ABSENT, APP_ONLY, DELEGATED, PARTNER, STRANGER, TENANT, changed
from ztcheck.authority import Entra

CHOSEN = {(TENANT, "refund-account"): "c1", (PARTNER, "refund-account"): "c25"}


def context_for(tenant_id: str, operation: str) -> str:
    return CHOSEN[tenant_id, operation]


def user(**changes: Any) -> dict[str, Any]:
    return changed(DELEGATED, {"xms_cc": ["cp1"], **changes})


CHALLENGED = {
    "no-acrs": user(),
    "capability-in-capitals": user(xms_cc=["CP1"]),
    "no-context": user(acrs=[]),
    "password-only": user(acrs=["p1"]),
    "another-context": user(acrs=["p1", "c2"]),
    "longer-context": user(acrs=["c11", "c10"]),
    "upper-case": user(acrs=["C1"]),
    "text-instead-of-list": user(acrs="c1"),
    "texts-in-one": user(acrs=["c1 c2"]),
    "object-instead-of-list": user(acrs={"c1": True}),
    "list-in-list": user(acrs=[["c1"]]),
    "claim-acr": user(acr="c1"),
    "claim-amr": user(amr=["c1", "mfa"]),
    "context-of-the-partner": user(acrs=["c25"]),
}

FORBIDDEN = {
    "client-that-knows-no-challenge": user(xms_cc=ABSENT),
    "capability-of-another-name": user(xms_cc=["cp2"]),
    "capability-as-text": user(xms_cc="cp1"),
    "app-only": changed(APP_ONLY, {"xms_cc": ["cp1"]}),
    "app-only-with-the-context": changed(APP_ONLY, {"xms_cc": ["cp1"], "acrs": ["c1"]}),
    "app-by-idtyp-with-the-context": user(idtyp="app", acrs=["c1"]),
    "tenant-that-chose-nothing": user(tid=STRANGER, acrs=["c1"]),
}


def call(claims: dict[str, Any], operation: str = "refund-account", contexts: Any = context_for) -> Any:
    """Call the route that changes the account for refunds with the claims of a verified token."""
    app = FastAPI()

    @app.put("/refund-account")
    def change(granted: Annotated[dict[str, Any], Depends(step_up(operation, contexts))]) -> dict[str, str]:
        return {"changed_by": granted["oid"]}

    async def with_claims(scope, receive, send):
        scope["state"] = {"claims": claims}
        await app(scope, receive, send)

    return TestClient(with_claims).put("/refund-account")


def wanted(header: str) -> Any:
    """The claims that a challenge asks for."""
    return json.loads(base64.b64decode(re.search('claims="([^"]+)"', header)[1]))  # type: ignore[index]


@pytest.mark.parametrize("name", CHALLENGED)
def test_refuses_with_a_challenge(name):
    answer = call(CHALLENGED[name])
    assert answer.status_code == 401
    header = answer.headers["WWW-Authenticate"]
    assert 'error="insufficient_claims"' in header
    assert wanted(header) == {"access_token": {"acrs": {"essential": True, "value": "c1"}}}


@pytest.mark.parametrize("name", FORBIDDEN)
def test_refuses_without_a_challenge(name):
    answer = call(FORBIDDEN[name])
    assert answer.status_code == 403
    assert "WWW-Authenticate" not in answer.headers


def test_refuses_an_operation_that_the_tenant_did_not_map():
    assert call(user(acrs=["c1"]), operation="delete-everything").status_code == 403


@pytest.mark.parametrize("context", ["", "c0", "c100", "c01", "p1", "C1", 'c1", x="', "c1\r\nX-Injected: 1", "c1\n"])
def test_refuses_to_ask_for_what_is_no_context(context):
    with pytest.raises(ValueError, match="c1 to c99"):
        call(user(acrs=[context]), contexts=lambda *_: context)


@pytest.mark.parametrize(
    "claims",
    [user(acrs=["c1"]), user(acrs=["p1", "c1", "c2"]), user(tid=PARTNER, acrs=["c25"]), user(acrs=["c1"], xms_cc=[])],
    ids=["alone", "among-others", "other-tenant-with-its-own", "without-the-capability"],
)
def test_accepts(claims):
    assert call(claims).json() == {"changed_by": claims["oid"]}


def test_its_challenge_brings_a_token_that_it_accepts():
    with Entra(cloud="public") as entra:
        tenant = entra.tenant("contoso")
        api = tenant.register("orders-api", identifier_uri="https://orders.contoso.com", scopes=["Orders.Read"])
        web = tenant.register("orders-web", secret=True, redirect_uris=["https://orders.contoso.com/auth"])
        ana = tenant.user("ana")
        claims = json.dumps(wanted(challenge("c1")))
        tenant.consent(web, api, "Orders.Read")
        token = ask(entra, web, ana, claims)
        assert call(user(acrs=ABSENT)).status_code == 401
        assert call(user(acrs=token.get("acrs"))).status_code == 200


def ask(entra: Entra, web: Any, ana: Any, claims: str) -> dict[str, Any]:
    """The claims of the access token that MSAL gets when it hands on the claims of a challenge."""
    import msal

    from ztcheck.authority.keys import peek
    from ztcheck.authority.loopback import loopback

    with loopback(entra):
        app = msal.ConfidentialClientApplication(
            web.app_id,
            client_credential=web.secrets[0].value,
            authority=entra.authority(web.tenant),
            client_capabilities=["CP1"],
        )
        flow = app.initiate_auth_code_flow(
            ["https://orders.contoso.com/Orders.Read"],
            redirect_uri="https://orders.contoso.com/auth",
            response_mode="form_post",
            claims_challenge=claims,
        )
        result = app.acquire_token_by_auth_code_flow(flow, entra.sign_in(flow["auth_uri"], ana))
        return peek(result["access_token"])[1]
