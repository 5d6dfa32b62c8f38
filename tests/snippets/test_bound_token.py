"""A bound token where API and device can; a bearer token only openly, and never in a bound one's place."""

from typing import Any

import msal
import pytest

from bound_token import NotBoundError, get
from tests.snippets.apis import answer
from tests.snippets.people import API, READ, People, people
from ztcheck.authority import Entra

URL = f"{API}/orders"
OFFER = answer(401, headers={"WWW-Authenticate": 'PoP realm="", nonce="eyJ0cyI"'})
NO_OFFER = answer(401, headers={"WWW-Authenticate": 'Bearer realm=""'})


@pytest.fixture
def there(entra: Entra) -> People:
    return people(entra)


class Broker:
    """The broker of a machine that can bind tokens, which this one cannot: it answers as MSAL's adapter does."""

    def __init__(self, app: msal.PublicClientApplication, result: dict[str, Any]) -> None:
        self.app = app
        self.result = result
        self.asked: list[Any] = []

    def __getattr__(self, name: str) -> Any:
        return getattr(self.app, name)

    def is_pop_supported(self) -> bool:
        return True

    def acquire_token_silent_with_error(self, _scopes: list[str], _account: object, auth_scheme: Any) -> dict[str, Any]:
        self.asked.append(auth_scheme)
        return self.result


@pytest.fixture
def app(there: People) -> msal.PublicClientApplication:
    return there.app()


@pytest.fixture
def ana(there: People, app: msal.PublicClientApplication) -> str:
    return there.sign_in(app)


def sent(orders_api: Any) -> list[str]:
    return [received.authorization.split(" ")[0] for received in orders_api.received]


def test_sends_a_bound_token_where_both_can(app, ana, orders_api):
    orders_api.answers = [OFFER, answer(200)]
    broker = Broker(app, {"access_token": "signed-request", "token_type": "pop"})
    assert get(broker, [READ], ana, URL, demand=True).status_code == 200
    assert orders_api.received[1].authorization == "PoP signed-request"
    (scheme,) = broker.asked
    assert (scheme._http_method, scheme._url.geturl(), scheme._nonce) == ("GET", URL, "eyJ0cyI")


def test_finds_the_offer_beside_others(app, ana, orders_api):
    header = 'Bearer realm="x", authorization_uri="https://y", PoP realm="", nonce="n"'
    orders_api.answers = [answer(401, headers={"WWW-Authenticate": header}), answer(200)]
    broker = Broker(app, {"access_token": "signed-request", "token_type": "pop"})
    get(broker, [READ], ana, URL)
    assert sent(orders_api) == ["", "PoP"]


FALLS_BACK = {
    "the-api-offers-none": (NO_OFFER, "the API offers no bound tokens"),
    "the-api-asks-for-nothing": (answer(200), "the API offers no bound tokens"),
    "a-nonce-without-refusal": (answer(200, headers={"WWW-Authenticate": 'PoP nonce="n"'}), "the API offers no"),
    "an-offer-without-nonce": (answer(401, headers={"WWW-Authenticate": 'PoP realm=""'}), "the API offers no"),
    "this-machine-cannot": (OFFER, "broker cannot bind tokens"),
}


@pytest.mark.parametrize("name", FALLS_BACK)
def test_falls_back_to_bearer_and_says_so(name, app, ana, orders_api, caplog):
    first, reason = FALLS_BACK[name]
    orders_api.answers = [first, answer(200)]
    assert get(app, [READ], ana, URL).status_code == 200
    assert sent(orders_api) == ["", "Bearer"]
    assert reason in caplog.text
    assert orders_api.tokens[1] not in caplog.text


@pytest.mark.parametrize("name", FALLS_BACK)
def test_refuses_to_fall_back_on_demand(name, app, ana, orders_api):
    first, reason = FALLS_BACK[name]
    orders_api.answers = [first, answer(200)]
    with pytest.raises(NotBoundError, match=reason):
        get(app, [READ], ana, URL, demand=True)
    assert sent(orders_api) == [""]


@pytest.mark.parametrize("kind", ["Bearer", "bearer", "", "ssh-cert", "mtls_pop"])
def test_refuses_an_unbound_token_in_a_bound_ones_place(kind, app, ana, orders_api):
    orders_api.answers = [OFFER, answer(200)]
    broker = Broker(app, {"access_token": "plain", "token_type": kind})
    with pytest.raises(NotBoundError, match="came instead"):
        get(broker, [READ], ana, URL)
    assert sent(orders_api) == [""]


def test_refuses_to_fall_back_when_the_broker_refuses(app, ana, orders_api):
    orders_api.answers = [OFFER, answer(200)]
    with pytest.raises(PermissionError, match="interaction_required"):
        get(Broker(app, {"error": "interaction_required"}), [READ], ana, URL)
    assert sent(orders_api) == [""]


def test_refuses_to_take_another_account(app, ana, orders_api):
    assert ana
    with pytest.raises(PermissionError, match="sign in first"):
        get(app, [READ], "another-account", URL)
    assert sent(orders_api) == [""]


@pytest.mark.parametrize("url", ["http://orders.contoso.com/", "orders.contoso.com", "ftp://orders.contoso.com", ""])
def test_refuses_to_send_a_token_without_tls(url, app, ana, orders_api):
    with pytest.raises(ValueError, match="https"):
        get(app, [READ], ana, url)
    assert orders_api.received == []
