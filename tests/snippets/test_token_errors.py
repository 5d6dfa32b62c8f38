"""The next step follows from the class of an error, whatever number or text comes with it."""

import json
from collections.abc import Callable
from typing import Any
from urllib.parse import parse_qs, urlsplit

import msal
import pytest
import requests

from tests.snippets.certificates import certificate
from tests.snippets.people import READ, WRITE, People, people
from token_errors import OutageError, Step, answer_of, approval_link, refusal

CLASSES = {
    "temporarily_unavailable": Step.WAIT,
    "server_error": Step.WAIT,
    "interaction_required": Step.INTERACT,
    "login_required": Step.INTERACT,
    "consent_required": Step.INTERACT,
    "invalid_grant": Step.INTERACT,
    "access_denied": Step.EXPLAIN,
    "authorization_declined": Step.EXPLAIN,
    "invalid_client": Step.ALERT,
    "unauthorized_client": Step.ALERT,
    "invalid_scope": Step.ALERT,
    "invalid_request": Step.ALERT,
    "invalid_resource": Step.ALERT,
    "some_error_of_tomorrow": Step.ALERT,
    "": Step.ALERT,
}


@pytest.mark.parametrize("error", CLASSES)
def test_goes_by_the_class_and_refuses_to_retry_what_it_does_not_know(error):
    assert refusal({"error": error}).step is CLASSES[error]


@pytest.mark.parametrize(
    "more",
    [
        {"error_description": "AADSTS50076: consent_required, temporarily_unavailable, access_denied"},
        {"error_codes": [65001]},
        {"suberror": "made_up_tomorrow"},
        {"suberror": "bad_token"},
        {"error_uri": "https://login.microsoftonline.com/error?code=50076"},
    ],
    ids=str,
)
@pytest.mark.parametrize("error", ["invalid_grant", "invalid_client", "access_denied", "temporarily_unavailable"])
def test_refuses_to_be_led_by_numbers_and_texts(error, more):
    assert refusal({"error": error, **more}).step is CLASSES[error]


@pytest.mark.parametrize(
    "outcome", [{}, {"error": None}, {"error": ["invalid_grant"]}, {"error": {"code": "x"}}, {"error": 7}], ids=str
)
def test_refuses_to_bother_anybody_with_what_is_not_an_oauth_error(outcome):
    assert refusal(outcome).step is Step.WAIT


def test_refuses_to_send_the_user_round_in_circles():
    """No sign-in satisfies an app protection policy: the app itself has to change."""
    assert refusal({"error": "invalid_grant", "suberror": "protection_policy_required"}).step is Step.ALERT


def test_refuses_to_call_a_token_a_refusal():
    with pytest.raises(ValueError, match="not a refusal"):
        refusal({"access_token": "eyJ"})


def test_refuses_to_hide_a_mistake_in_the_code():
    with pytest.raises(TypeError):
        refusal(TypeError("wrong argument"))


@pytest.mark.parametrize(
    "error",
    [
        requests.ConnectionError(),
        TimeoutError(),
        json.JSONDecodeError("no JSON", "", 0),
        msal.exceptions.MsalServiceError("", error="", error_description=""),
    ],
    ids=repr,
)
def test_waits_while_the_service_is_out_of_reach(error):
    def ask() -> object:
        raise error

    with pytest.raises(OutageError) as outage:
        answer_of(ask)
    assert refusal(outage.value).step is Step.WAIT


@pytest.mark.parametrize(
    "answer",
    [[], [{}], "access_token", 7, True, {}, {"access_token": 7}, {"access_token": ""}, {"error": ["invalid_grant"]}],
    ids=repr,
)
def test_refuses_an_answer_that_entra_does_not_give(answer):
    with pytest.raises(OutageError):
        answer_of(lambda: answer)


def test_asks_the_user_if_there_is_no_token():
    assert refusal(None).step is Step.INTERACT


def test_keeps_claims_for_the_user_alone():
    assert refusal({"error": "invalid_grant", "claims": "{}"}).claims == "{}"
    assert refusal({"error": "access_denied", "claims": "{}"}).claims is None


def test_refuses_to_log_the_description():
    """It holds names of users and apps."""
    assert "ana@" not in refusal({"error": "invalid_grant", "error_description": "user ana@contoso"}).reference


def _policy(people: People) -> None:
    people.contoso.require("mfa", apps=(people.api,))


def _revoke(people: People) -> None:
    people.entra.skew = 5
    people.entra.revoke_sessions(people.contoso.user("ana"))


def _disable(people: People) -> None:
    people.contoso.user("ana").enabled = False


def _withdraw_consent(people: People) -> None:
    people.contoso.consents.clear()


def _compliant(people: People) -> None:
    people.contoso.require("compliantDevice")


SILENT: dict[str, tuple[Callable[[People], None], bool]] = {
    "policy-asks-for-a-second-factor": (_policy, True),
    "policy-asks-for-a-compliant-device": (_compliant, True),
    "sessions-revoked": (_revoke, False),
    "consent-withdrawn": (_withdraw_consent, False),
    "account-disabled": (_disable, False),
}


@pytest.mark.parametrize("name", SILENT)
def test_asks_the_user_when_entra_refuses_a_renewal(name, entra):
    there = people(entra)
    app = there.app()
    there.sign_in(app)
    arrange, claims = SILENT[name]
    arrange(there)
    outcome: dict[str, Any] = app.acquire_token_silent_with_error([READ], app.get_accounts()[0], force_refresh=True)
    assert refusal(outcome).step is Step.INTERACT
    assert bool(refusal(outcome).claims) == claims
    assert len(refusal(outcome).reference.rpartition(" ")[2]) == 36


def test_explains_when_the_user_declines(entra):
    there = people(entra)
    app = there.app()
    flow = app.initiate_auth_code_flow([WRITE], redirect_uri="http://localhost", response_mode="form_post")
    answer = entra.sign_in(flow["auth_uri"], there.contoso.user("ana"), accept=False)
    assert refusal(app.acquire_token_by_auth_code_flow(flow, answer)).step is Step.EXPLAIN


def test_alerts_the_team_when_the_apps_own_certificate_is_wrong(entra):
    there = people(entra)
    daemon = there.contoso.register("orders-daemon", certificate=certificate().public)
    app = msal.ConfidentialClientApplication(
        daemon.app_id, client_credential=certificate("other").credential, authority=entra.authority(there.contoso)
    )
    assert refusal(app.acquire_token_for_client([f"{READ.rpartition('/')[0]}/.default"])).step is Step.ALERT


def test_links_to_the_approval_that_an_administrator_gives(entra):
    there = people(entra)
    there.client.redirect_uris["web"].append("https://orders.contoso.com/approved")
    link = approval_link(there.contoso.id, there.client.app_id, [READ], "https://orders.contoso.com/approved", "s&t=x")
    parts = urlsplit(link)
    assert parts.hostname == "login.microsoftonline.com"
    assert parse_qs(parts.query)["state"] == ["s&t=x"]
    page = requests.get(link, timeout=10)
    assert (page.status_code, "Permissions requested" in page.text) == (200, True)
