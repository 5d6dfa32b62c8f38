"""One feature, one scope, one question: and only the user of the session can answer it."""

from typing import Any
from urllib.parse import parse_qs, urlsplit

import jwt
import msal
import pytest

from incremental_consent import FEATURES, AskUserError, FeatureClosedError, finish, token_for
from tests.snippets.people import READ, REDIRECT_URI, WRITE, People, people
from token_errors import Step
from ztcheck.authority import Entra, PageShown

pytestmark = pytest.mark.filterwarnings("ignore:response_mode='form_post':UserWarning")


class Session:
    """Ana's session in the app."""

    def __init__(self, there: People) -> None:
        self.there = there
        self.app: msal.PublicClientApplication = there.app()
        self.ana = there.sign_in(self.app, scopes=(READ,))

    def open(self, feature: str) -> str:
        return token_for(self.app, feature, self.ana, REDIRECT_URI)

    def asked(self, feature: str) -> dict[str, Any]:
        with pytest.raises(AskUserError) as ask:
            self.open(feature)
        return ask.value.flow

    def answer(self, feature: str, flow: dict[str, Any], name: str = "ana", *, accept: bool = True) -> str:
        user = self.there.contoso.user(name)
        back = self.there.entra.sign_in(flow["auth_uri"], user, accept=accept)
        return finish(self.app, feature, self.ana, flow, back)


@pytest.fixture
def session(entra: Entra) -> Session:
    return Session(people(entra))


def scopes_of(token: str) -> str:
    return str(jwt.decode(token, options={"verify_signature": False})["scp"])


def test_opens_the_first_screen_with_the_scope_of_the_sign_in(session):
    before = session.there.requests()
    assert scopes_of(session.open("see-orders")) == "Orders.Read"
    assert session.there.requests() == before


def test_asks_for_one_more_scope_when_the_feature_opens(session):
    flow = session.asked("change-orders")
    query = parse_qs(urlsplit(flow["auth_uri"]).query)
    asked = set(query["scope"][0].split())
    assert asked - {"openid", "profile", "offline_access"} == {WRITE}
    assert scopes_of(session.answer("change-orders", flow)) == "Orders.ReadWrite"


def test_refuses_to_force_a_prompt(session):
    assert "prompt=" not in session.asked("change-orders")["auth_uri"]


def test_refuses_to_ask_twice(session):
    session.answer("change-orders", session.asked("change-orders"))
    assert scopes_of(session.open("change-orders"))
    again = Session(session.there)
    assert scopes_of(again.open("change-orders")) == "Orders.ReadWrite"


@pytest.mark.parametrize("feature", FEATURES)
def test_refuses_to_ask_for_everything_at_once(feature):
    assert len(FEATURES[feature]) == 1
    assert not any(scope.endswith(("/.default", ".All")) for scope in FEATURES[feature])


def test_closes_the_feature_when_the_user_refuses_and_keeps_the_rest(session):
    with pytest.raises(FeatureClosedError) as closed:
        session.answer("change-orders", session.asked("change-orders"), accept=False)
    assert closed.value.refusal.step is Step.EXPLAIN
    assert session.open("see-orders")


def test_refuses_another_user_who_agrees_in_this_session(session):
    with pytest.raises(PermissionError, match="another user"):
        session.answer("change-orders", session.asked("change-orders"), "ben")
    assert [each["home_account_id"] for each in session.app.get_accounts()] == [session.ana]
    assert scopes_of(session.open("see-orders")) == "Orders.Read"


def test_refuses_an_answer_of_another_session(session):
    other = Session(session.there)
    with pytest.raises(ValueError, match="state"):
        session.answer(
            "change-orders", session.asked("change-orders") | {"auth_uri": other.asked("change-orders")["auth_uri"]}
        )


def test_refuses_a_token_with_less_than_the_feature_needs(session):
    """The answer to the question of one feature does not open another."""
    session.there.contoso.consent(session.there.client, session.there.api, "Orders.Read")
    flow = session.app.initiate_auth_code_flow([READ], redirect_uri=REDIRECT_URI)
    with pytest.raises(PermissionError, match="not granted"):
        session.answer("change-orders", flow)


def test_leaves_a_tenant_without_user_consent_to_its_administrators(session):
    session.there.contoso.user_consent = "none"
    flow = session.asked("change-orders")
    with pytest.raises(PageShown) as page:
        session.answer("change-orders", flow)
    assert page.value.code == 90094


def test_refuses_to_ask_the_user_about_an_outage(session, monkeypatch):
    outcome = {"error": "temporarily_unavailable"}
    monkeypatch.setattr(session.app, "acquire_token_silent_with_error", lambda *_: outcome)
    with pytest.raises(FeatureClosedError) as closed:
        session.open("change-orders")
    assert closed.value.refusal.step is Step.WAIT


OUTAGES = ["throttle", "unavailable", "html", "cut"]


@pytest.mark.parametrize("fault", OUTAGES)
def test_refuses_with_the_next_step_when_an_outage_comes_before_the_question(fault, session):
    session.there.contoso.consent(session.there.client, session.there.api, "Orders.ReadWrite")
    getattr(session.there.entra.faults, fault)("*/token", times=None)
    with pytest.raises(FeatureClosedError) as closed:
        session.open("change-orders")
    assert closed.value.refusal.step is Step.WAIT


@pytest.mark.parametrize("fault", OUTAGES)
def test_refuses_with_the_next_step_when_an_outage_comes_before_the_answer(fault, session):
    flow = session.asked("change-orders")
    getattr(session.there.entra.faults, fault)("*/token", times=None)
    with pytest.raises(FeatureClosedError) as closed:
        session.answer("change-orders", flow)
    assert closed.value.refusal.step is Step.WAIT


def test_asks_for_a_sign_in_when_the_account_is_gone(session):
    session.app.remove_account(session.app.get_accounts()[0])
    assert READ in parse_qs(urlsplit(session.asked("see-orders")["auth_uri"]).query)["scope"][0]


def test_refuses_an_unknown_feature(session):
    with pytest.raises(KeyError):
        session.open("delete-everything")
