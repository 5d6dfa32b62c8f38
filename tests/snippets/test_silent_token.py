"""The cache first, the right account only, an early renewal, and no prompt because of an outage."""

import time

import jwt
import pytest

from silent_token import NoTokenError, silent_token
from tests.snippets.people import READ, WRITE, People, people
from token_errors import Step
from ztcheck.authority import Entra


@pytest.fixture
def there(entra: Entra) -> People:
    entra.lifetime = 9000  # from two hours on, Entra says when to renew: at half the time
    return people(entra)


def later(monkeypatch: pytest.MonkeyPatch, seconds: float) -> None:
    true_time = time.time
    monkeypatch.setattr(time, "time", lambda: true_time() + seconds)


def faulty(there: People, name: str) -> None:
    """Break the token endpoint, until told otherwise, in one of the ways it breaks."""
    faults = there.entra.faults
    {
        "503": lambda: faults.unavailable("*/token", times=None),
        "429": lambda: faults.add(
            "*/token", status=429, headers={"Retry-After": "1"}, body={"error": "temporarily_unavailable"}, times=None
        ),
        "html": lambda: faults.html("*/token", status=502, times=None),
        "cut": lambda: faults.cut("*/token", times=None),
        "throttle": lambda: faults.throttle("*/token", times=None),
        "page": lambda: faults.html("*/token", times=None),
    }[name]()


FAULTS = ("503", "429", "html", "cut", "throttle", "page")


def test_asks_the_cache_first(there):
    app = there.app()
    ana = there.sign_in(app)
    before = there.requests()
    assert len({silent_token(app, [READ], ana) for _ in range(5)}) == 1
    assert there.requests() == before


def test_renews_when_the_platform_says_so(there, monkeypatch):
    app = there.app()
    ana = there.sign_in(app)
    first = silent_token(app, [READ], ana)
    later(monkeypatch, 4000)
    assert silent_token(app, [READ], ana) == first
    later(monkeypatch, 4600 - 4000)
    assert silent_token(app, [READ], ana) != first


def test_gets_another_scope_without_asking_the_user(there):
    there.contoso.consent(there.client, there.api, "Orders.ReadWrite")
    app = there.app()
    token = silent_token(app, [WRITE], there.sign_in(app))
    assert jwt.decode(token, options={"verify_signature": False})["scp"] == "Orders.ReadWrite"


@pytest.mark.parametrize("fault", FAULTS)
def test_goes_on_with_a_valid_token_while_entra_is_unavailable(fault, there, monkeypatch):
    app = there.app()
    ana = there.sign_in(app)
    first = silent_token(app, [READ], ana)
    later(monkeypatch, 5000)
    faulty(there, fault)
    assert silent_token(app, [READ], ana, pause=0) == first


@pytest.mark.parametrize("fault", FAULTS)
def test_refuses_to_serve_a_token_that_is_over(fault, there, monkeypatch):
    app = there.app()
    ana = there.sign_in(app)
    later(monkeypatch, 9001)
    faulty(there, fault)
    with pytest.raises(NoTokenError) as refused:
        silent_token(app, [READ], ana, pause=0)
    assert refused.value.refusal.step is Step.WAIT


def test_waits_and_asks_again_after_an_outage(there, monkeypatch):
    app = there.app()
    ana = there.sign_in(app)
    later(monkeypatch, 9001)
    there.entra.faults.cut("*/token", times=1)
    waited: list[float] = []
    monkeypatch.setattr(time, "sleep", waited.append)
    assert silent_token(app, [READ], ana)
    assert [0.5 <= seconds <= 1.5 for seconds in waited] == [True]


@pytest.mark.parametrize("who", ["", "ben", "ANA", "00000000-0000-0000-0000-000000000000"])
def test_refuses_to_take_another_account(who, there):
    app = there.app()
    there.sign_in(app)
    with pytest.raises(NoTokenError) as refused:
        silent_token(app, [READ], who)
    assert refused.value.refusal.step is Step.INTERACT


def test_keeps_two_accounts_apart(there):
    app = there.app()
    accounts = {name: there.sign_in(app, name) for name in ("ana", "ben")}
    for name, account in accounts.items():
        claims = jwt.decode(silent_token(app, [READ], account), options={"verify_signature": False})
        assert claims["oid"] == there.contoso.user(name).id


def test_refuses_to_ask_twice_when_the_user_is_needed(there, monkeypatch):
    app = there.app()
    ana = there.sign_in(app)
    later(monkeypatch, 9001)
    there.contoso.require("mfa")
    monkeypatch.setattr(time, "sleep", lambda _: pytest.fail("asked again"))
    before = there.requests()
    with pytest.raises(NoTokenError) as refused:
        silent_token(app, [READ], ana)
    assert refused.value.refusal.step is Step.INTERACT
    assert "capolids" in str(refused.value.refusal.claims)
    assert there.requests() == before + 1
