"""Conditional Access, authentication contexts, continuous access evaluation: claims challenges and who answers them."""

from __future__ import annotations

import base64
import json
import re
from typing import Any

import httpx
import msal
import pytest

from tests.authority.conftest import WEB, Contoso, claims_of
from tests.authority.test_refusals import client_credentials, on_behalf_of
from ztcheck.authority import PageShown
from ztcheck.authority.directory import GRAPH
from ztcheck.authority.keys import peek

GRAPH_SCOPE = "https://graph.microsoft.com/User.Read"


def app_of(contoso: Contoso, **more: Any) -> msal.ConfidentialClientApplication:
    return msal.ConfidentialClientApplication(
        contoso.web.app_id, client_credential=contoso.secret, authority=contoso.authority, **more
    )


def sign_in(
    contoso: Contoso, app: msal.ConfidentialClientApplication, scope: str, challenge: str | None = None, **how: Any
) -> dict[str, Any]:
    flow = app.initiate_auth_code_flow([scope], redirect_uri=WEB, response_mode="form_post", claims_challenge=challenge)
    back = contoso.entra.sign_in(flow["auth_uri"], contoso.ana, **how)
    back.pop("redirect_uri")
    answer: dict[str, Any] = app.acquire_token_by_auth_code_flow(flow, back)
    return answer


def test_a_blocking_policy_lets_nobody_in(contoso: Contoso) -> None:
    contoso.tenant.require("block", apps=(contoso.api,))
    with pytest.raises(PageShown) as shown:
        contoso.code()
    assert shown.value.code == 53003


def test_a_policy_that_is_only_reported_or_off_changes_nothing(contoso: Contoso) -> None:
    contoso.tenant.require("block", state="enabledForReportingButNotEnforced")
    contoso.tenant.require("block", state="disabled")
    assert contoso.code()


def test_an_excluded_user_is_let_in(contoso: Contoso) -> None:
    policy = contoso.tenant.require("block")
    policy["conditions"]["users"]["excludeUsers"] = [contoso.ana.id]
    assert contoso.code()


def test_without_the_second_factor_the_sign_in_does_not_end(contoso: Contoso) -> None:
    contoso.tenant.require("mfa", apps=(contoso.api,))
    with pytest.raises(PageShown, match="Approve"):
        contoso.entra.sign_in(contoso.authorize_url(), contoso.ana, mfa=False)
    contoso.ana.mfa = False
    with pytest.raises(PageShown) as shown:
        contoso.code()
    assert shown.value.code == 50076


def test_a_new_policy_stops_the_refresh_and_names_itself_in_the_challenge(contoso: Contoso) -> None:
    app = app_of(contoso)
    sign_in(contoso, app, contoso.scope)
    policy = contoso.tenant.require("mfa", apps=(contoso.api,))
    account = app.get_accounts()[0]
    refused = app.acquire_token_silent_with_error([contoso.scope], account, force_refresh=True)
    assert (refused["error"], refused["error_codes"]) == ("interaction_required", [50076])
    challenge = json.loads(refused["claims"])
    assert challenge == {"access_token": {"capolids": {"essential": True, "values": [policy["id"]]}}}
    assert "access_token" in sign_in(contoso, app, contoso.scope, refused["claims"])


def test_the_middle_tier_gets_the_challenge_of_the_api_behind_it(contoso: Contoso) -> None:
    assert on_behalf_of(contoso, consented="1").status == 200
    shipping = next(app for app in contoso.tenant.registrations.values() if app.name == "shipping")
    contoso.tenant.require("mfa", apps=(shipping,))
    body = on_behalf_of(contoso, consented="1").json()
    assert body["error"] == "interaction_required"
    assert "capolids" in json.loads(body["claims"])["access_token"]


def test_a_device_that_is_not_compliant_is_refused(contoso: Contoso) -> None:
    contoso.tenant.require("compliantDevice")
    with pytest.raises(PageShown) as shown:
        contoso.code()
    assert shown.value.code == 53000
    contoso.ana.compliant_device = True
    assert contoso.code()


def test_a_policy_for_workloads_refuses_the_app(contoso: Contoso) -> None:
    contoso.tenant.require("block", workloads=(contoso.web,))
    assert client_credentials(contoso).json()["error_codes"] == [53003]
    assert contoso.code(), "it reaches no users"


# Step-up with an authentication context

STEP_UP = json.dumps({"access_token": {"acrs": {"essential": True, "value": "c1"}}})


def test_a_plain_token_carries_no_authentication_context(contoso: Contoso) -> None:
    contoso.tenant.require("mfa", context="c1")
    assert "acrs" not in claims_of(contoso.redeem(contoso.code()))


def test_step_up_needs_the_second_factor_and_then_says_so_in_the_token(contoso: Contoso) -> None:
    contoso.tenant.require("mfa", context="c1")
    app = app_of(contoso)
    sign_in(contoso, app, contoso.scope)
    account = app.get_accounts()[0]
    refused = app.acquire_token_silent_with_error([contoso.scope], account, claims_challenge=STEP_UP)
    assert refused["error_codes"] == [50076]
    with pytest.raises(PageShown, match="Approve"):
        sign_in(contoso, app, contoso.scope, STEP_UP, mfa=False)
    answer = sign_in(contoso, app, contoso.scope, STEP_UP)
    assert peek(answer["access_token"])[1]["acrs"] == ["c1"]


@pytest.mark.parametrize(
    "claims",
    ["{", "[]", '{"access_token": 1}', '{"access_token": {"acrs": "c1"}}', '{"access_token": {"acrs": {"values": 1}}}'],
)
def test_a_broken_claims_parameter_is_refused(contoso: Contoso, claims: str) -> None:
    refresh = contoso.redeem(contoso.code()).json()["refresh_token"]
    assert contoso.refresh(refresh, claims=claims).json()["error_codes"] == [9002313]


# Continuous access evaluation


def test_only_a_capable_client_at_a_capable_api_gets_a_long_lived_token(contoso: Contoso) -> None:
    contoso.web.optional_claims = {}
    plain = sign_in(contoso, app_of(contoso), GRAPH_SCOPE)
    capable = sign_in(contoso, app_of(contoso, client_capabilities=["CP1"]), GRAPH_SCOPE)
    elsewhere = sign_in(contoso, app_of(contoso, client_capabilities=["CP1"]), contoso.scope)
    assert "xms_cc" not in peek(plain["access_token"])[1]
    assert peek(capable["access_token"])[1]["xms_cc"] == ["CP1"]
    assert plain["expires_in"] < 7200 < capable["expires_in"]
    assert elsewhere["expires_in"] < 7200


def test_the_api_decides_whether_tokens_say_what_the_client_can_do(contoso: Contoso) -> None:
    contoso.api.optional_claims = {"xms_cc": ()}
    answer = sign_in(contoso, app_of(contoso, client_capabilities=["CP1"]), contoso.scope)
    assert peek(answer["access_token"])[1]["xms_cc"] == ["CP1"]


def me(token: str) -> httpx.Response:
    return httpx.get("https://graph.microsoft.com/v1.0/me", headers={"Authorization": f"Bearer {token}"})


def test_a_revoked_users_token_meets_a_claims_challenge_that_only_a_new_sign_in_answers(contoso: Contoso) -> None:
    app = app_of(contoso, client_capabilities=["CP1"])
    token = sign_in(contoso, app, GRAPH_SCOPE)["access_token"]
    assert me(token).status_code == 200
    contoso.entra.skew = 5
    contoso.entra.revoke_sessions(contoso.ana)
    refused = me(token)
    assert refused.status_code == 401
    found = re.search(r'error="insufficient_claims", claims="([^"]+)"', refused.headers["WWW-Authenticate"])
    assert found is not None
    challenge = base64.b64decode(found[1]).decode()
    assert json.loads(challenge)["access_token"]["nbf"]["essential"] is True
    account = app.get_accounts()[0]
    silent = app.acquire_token_silent_with_error([GRAPH_SCOPE], account, claims_challenge=challenge)
    assert silent["error"] == "invalid_grant"
    contoso.entra.skew = 10
    again = sign_in(contoso, app, GRAPH_SCOPE, challenge)["access_token"]
    assert me(again).status_code == 200


def test_a_token_without_the_capability_lives_on_until_it_expires(contoso: Contoso) -> None:
    token = contoso.entra.mint(
        contoso.entra.microsoft[GRAPH], user=contoso.ana, client=contoso.web, scopes=["User.Read"]
    )
    contoso.entra.skew = 5
    contoso.entra.revoke_sessions(contoso.ana)
    assert me(token).status_code == 200
    contoso.entra.skew = 2 * 3600
    assert me(token).status_code == 401
