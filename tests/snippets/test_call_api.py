"""A token goes to the API it was requested for, over https, and to no other host."""

from collections.abc import Sequence

import httpx2
import pytest

from call_api import Api
from tests.snippets.apis import answer
from tests.snippets.people import API, READ, WRITE, people

SHIPPING = "https://shipping.contoso.com"


class Source:
    """Gives a token named after the scopes, and counts."""

    def __init__(self) -> None:
        self.asked: list[tuple[str, ...]] = []

    def __call__(self, scopes: Sequence[str]) -> str:
        self.asked.append(tuple(scopes))
        return "for-" + scopes[0].split("/")[2]


@pytest.fixture
def source() -> Source:
    return Source()


def test_sends_each_api_its_own_token(orders_api, source):
    Api(API, [READ], source).request("GET", "/orders/17")
    Api(SHIPPING, [f"{SHIPPING}/Parcels.Read"], source).request("GET", "/parcels")
    assert [(received.url, received.authorization) for received in orders_api.received] == [
        (f"{API}/orders/17", "Bearer for-orders.contoso.com"),
        (f"{SHIPPING}/parcels", "Bearer for-shipping.contoso.com"),
    ]


def test_takes_the_token_from_msal_as_it_is(entra, orders_api):
    there = people(entra)
    app = there.app()
    there.sign_in(app)
    result = app.acquire_token_silent([READ], app.get_accounts()[0])
    Api(API, [READ], lambda scopes: result["access_token"]).request("GET", "/orders")  # noqa: ARG005
    assert orders_api.tokens == [result["access_token"]]


def test_sends_a_token_that_it_could_not_read(orders_api):
    """Access tokens are opaque to clients; this one is no JWT."""
    Api(API, [READ], lambda scopes: "EwBgA8l6BAAU").request("GET", "/orders")  # noqa: ARG005
    assert orders_api.tokens == ["EwBgA8l6BAAU"]


def test_asks_for_a_token_at_each_call_so_that_its_cache_decides(orders_api, source):
    api = Api(API, [READ], source)
    for _ in range(3):
        api.request("GET", "/orders")
    assert source.asked == [(READ,)] * 3
    assert len(orders_api.received) == 3


@pytest.mark.parametrize(
    "scopes",
    [
        [READ, "https://graph.microsoft.com/User.Read"],
        [READ, "User.Read"],
        ["User.Read"],
        ["openid"],
        [],
        [""],
    ],
    ids=str,
)
def test_refuses_scopes_of_several_apis_or_of_none(scopes, source):
    with pytest.raises(ValueError, match="one API"):
        Api(API, scopes, source)


@pytest.mark.parametrize(
    "base_url",
    [
        "http://orders.contoso.com",
        "orders.contoso.com",
        "https://",
        "https://orders.contoso.com@stranger.example",
        "https://orders.contoso.com/redirect?to=",
        "https://orders.contoso.com?to=",
        "https://orders.contoso.com#a",
        "ftp://orders.contoso.com",
        "",
    ],
)
def test_refuses_a_base_address_that_is(base_url, source):
    with pytest.raises(ValueError, match="https"):
        Api(base_url, [READ], source)


@pytest.mark.parametrize(
    "path", ["", "orders", "https://stranger.example/", ".stranger.example/", "@stranger.example/", ":444/", "\\\\x"]
)
def test_refuses_a_path_that_could_change_the_host(path, orders_api, source):
    with pytest.raises(ValueError, match="slash"):
        Api(API, [READ], source).request("GET", path)
    assert source.asked == []
    assert orders_api.received == []


@pytest.mark.parametrize(
    "path", ["//stranger.example/", "/@stranger.example/", "/\\stranger.example", "/https://stranger.example"]
)
def test_refuses_to_leave_the_host_whatever_the_path_says(path, orders_api, source):
    Api(API, [READ], source).request("GET", path)
    assert [received.url.startswith(f"{API}/") for received in orders_api.received] == [True]


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
@pytest.mark.parametrize("to", ["https://stranger.example/", "https://shipping.contoso.com/", "/elsewhere"])
def test_refuses_to_follow_a_redirect(to, status, orders_api, source):
    orders_api.answers = [answer(status, headers={"Location": to})]
    with pytest.raises(httpx2.HTTPStatusError):
        Api(API, [READ], source).request("GET", "/orders", follow_redirects=True)
    assert len(orders_api.received) == 1


def test_refuses_headers_from_outside(orders_api, source):
    """An Authorization header that came in must not go out."""
    with pytest.raises(ValueError, match="headers"):
        Api(API, [READ], source).request("GET", "/orders", headers={"Authorization": "Bearer received"})
    assert orders_api.received == []


@pytest.mark.parametrize("status", [400, 401, 403, 404, 500])
def test_refuses_to_take_an_error_for_an_answer(status, orders_api, source):
    orders_api.answers = [answer(status)]
    with pytest.raises(httpx2.HTTPStatusError):
        Api(API, [WRITE], source).request("POST", "/orders", json={"item": 1})
    assert len(orders_api.received) == 1
