"""A challenge is answered with its claims, silently if possible, once; whatever is no challenge is left alone."""

import base64
import json
from typing import Any

import httpx2
import jwt
import pytest

from claims_challenge import CAPABILITIES, MAX_CLAIMS, call, claims_in
from tests.snippets.apis import answer
from tests.snippets.people import API, READ, REDIRECT_URI, People, people
from ztcheck.authority import Entra
from ztcheck.authority.directory import GRAPH

C1 = {"access_token": {"acrs": {"essential": True, "value": "c1"}}}


def encoded(claims: object) -> str:
    return base64.b64encode(json.dumps(claims).encode()).decode()


def challenge(claims: str, error: str = "insufficient_claims", scheme: str = "Bearer") -> str:
    uri = "https://login.microsoftonline.com/common/oauth2/authorize"
    return f'{scheme} realm="", authorization_uri="{uri}", error="{error}", claims="{claims}"'


def response(status: int, *headers: str) -> httpx2.Response:
    return httpx2.Response(status, headers=[("WWW-Authenticate", header) for header in headers])


UNDERSTOOD = {
    "as-microsoft-sends-it": challenge(encoded(C1)),
    "without-padding": challenge(encoded(C1).rstrip("=")),
    "base64url": challenge(base64.urlsafe_b64encode(json.dumps(C1 | {}).encode()).decode()),
    "lower-case-scheme": challenge(encoded(C1), scheme="bearer"),
    "unquoted": f"Bearer error=insufficient_claims, claims={encoded(C1).rstrip('=')}",
    "behind-another-scheme-in-one-header": f'Basic realm="x", PoP nonce="y", {challenge(encoded(C1))}',
    "before-another-scheme-in-one-header": f'{challenge(encoded(C1))}, PoP nonce="y"',
    "other-order": f'Bearer claims="{encoded(C1)}", error="insufficient_claims"',
}


@pytest.mark.parametrize("name", UNDERSTOOD)
def test_reads_the_claims(name):
    claims = claims_in(response(401, UNDERSTOOD[name]))
    assert claims is not None
    assert json.loads(claims) == C1


def test_finds_the_challenge_among_others():
    assert claims_in(response(401, 'Basic realm="x"', 'Bearer error="invalid_token"', challenge(encoded(C1))))


NO_CHALLENGE = {
    "no-header": (401, ()),
    "expired-token": (401, ('Bearer error="invalid_token"',)),
    "403": (403, (challenge(encoded(C1)),)),
    "200": (200, (challenge(encoded(C1)),)),
    "another-error": (401, (challenge(encoded(C1), error="insufficient_scope"),)),
    "another-scheme": (401, (challenge(encoded(C1), scheme="DPoP"),)),
    "no-claims": (401, ('Bearer error="insufficient_claims"',)),
    "empty": (401, (challenge(""),)),
    "not-base64": (401, (challenge("%%%"),)),
    "plain-json": (401, ('Bearer error="insufficient_claims", claims={"access_token":{}}',)),
    "not-json": (401, (challenge(base64.b64encode(b"{access_token}").decode()),)),
    "not-text": (401, (challenge(base64.b64encode(b"\xff\xfe\x00").decode()),)),
    "list": (401, (challenge(encoded([C1])),)),
    "text": (401, (challenge(encoded("access_token")),)),
    "id-token": (401, (challenge(encoded({"id_token": {"auth_time": {"essential": True}}})),)),
    "more-than-claims": (401, (challenge(encoded({**C1, "prompt": "none"})),)),
    "not-an-object": (401, (challenge(encoded({"access_token": "acrs"})),)),
    "a-word-without-end": (401, ("Bearer " + "a" * 1_000_000,)),
    "words-without-end": (401, ("Bearer " + "a= " * 300_000,)),
    "schemes-without-end": (401, ("Bearer ," * 100_000,)),
    "too-long": (401, (challenge(encoded({"access_token": {"x": "y" * MAX_CLAIMS}})),)),
    "too-deep": (401, (challenge(base64.b64encode(b'{"access_token":' + b"[" * 2900).decode()),)),
}


@pytest.mark.timeout(20)  # whatever comes is read in time that grows with its length
@pytest.mark.parametrize("name", NO_CHALLENGE)
def test_refuses_to_see_a_challenge_in(name):
    status, headers = NO_CHALLENGE[name]
    assert claims_in(response(status, *headers)) is None


class Client:
    """A native app with Ana signed in, and a count of how often she was asked."""

    def __init__(self, there: People, scopes: tuple[str, ...] = (READ,)) -> None:
        self.there = there
        self.scopes = scopes
        self.app = there.app(client_capabilities=CAPABILITIES)
        self.ana = there.sign_in(self.app, scopes=scopes)
        self.asked: list[str | None] = []

    def interact(self, claims: str | None) -> dict[str, Any]:
        self.asked.append(claims)
        flow = self.app.initiate_auth_code_flow(
            list(self.scopes), redirect_uri=REDIRECT_URI, response_mode="form_post", claims_challenge=claims
        )
        back = self.there.entra.sign_in(flow["auth_uri"], self.there.contoso.user("ana"))
        return dict(self.app.acquire_token_by_auth_code_flow(flow, back))

    def get(self, url: str) -> httpx2.Response:
        def send(token: str) -> httpx2.Response:
            return httpx2.get(url, headers={"Authorization": f"Bearer {token}"})

        return call(send, self.app, self.scopes, self.ana, self.interact)


@pytest.fixture
def client(entra: Entra) -> Client:
    return Client(people(entra))


def claims(token: str) -> dict[str, Any]:
    return dict(jwt.decode(token, options={"verify_signature": False}))


def test_says_that_it_can_handle_challenges(client, orders_api):
    client.there.api.optional_claims["xms_cc"] = ()
    fresh = Client(client.there)
    fresh.get(f"{API}/orders")
    assert claims(orders_api.tokens[0])["xms_cc"] == ["CP1"]


def test_serves_an_api_that_never_challenges_from_the_cache(client, orders_api):
    before = client.there.requests()
    assert client.get(f"{API}/orders").status_code == 200
    assert (len(orders_api.received), client.there.requests(), client.asked) == (1, before, [])


def test_answers_silently_first(client, orders_api):
    orders_api.answers = [answer(401, headers={"WWW-Authenticate": challenge(encoded(C1))}), answer(200)]
    assert client.get(f"{API}/orders").status_code == 200
    first, second = orders_api.tokens
    assert (claims(first).get("acrs"), claims(second)["acrs"]) == (None, ["c1"])
    assert client.asked == []


def test_asks_the_user_when_entra_wants_more(client, orders_api):
    client.there.contoso.require("mfa", context="c1")
    orders_api.answers = [answer(401, headers={"WWW-Authenticate": challenge(encoded(C1))}), answer(200)]
    assert client.get(f"{API}/orders").status_code == 200
    assert len(client.asked) == 1
    assert "capolids" in str(client.asked[0])


def test_answers_graph_after_a_revocation(entra):
    there = people(entra)
    there.contoso.consent(there.client, entra.microsoft[GRAPH], "User.Read")
    client = Client(there, ("User.Read",))
    there.entra.skew = 400
    there.entra.revoke_sessions(there.contoso.user("ana"))
    assert client.get("https://graph.microsoft.com/v1.0/me").status_code == 200
    assert len(client.asked) == 1
    assert "nbf" in str(client.asked[0])


def test_refuses_to_loop(client, orders_api):
    orders_api.answers = [answer(401, headers={"WWW-Authenticate": challenge(encoded(C1))})]
    assert client.get(f"{API}/orders").status_code == 401
    assert len(orders_api.received) == 2


def test_refuses_to_send_the_old_token_again(client, orders_api):
    orders_api.answers = [answer(401, headers={"WWW-Authenticate": challenge(encoded(C1))}), answer(200)]
    client.get(f"{API}/orders")
    assert len(set(orders_api.tokens)) == 2


def test_refuses_to_go_on_when_the_user_declines(client, orders_api, monkeypatch):
    client.there.contoso.require("mfa", context="c1")
    orders_api.answers = [answer(401, headers={"WWW-Authenticate": challenge(encoded(C1))}), answer(200)]
    monkeypatch.setattr(client, "interact", lambda _: {"error": "access_denied"})
    with pytest.raises(PermissionError, match="access_denied"):
        client.get(f"{API}/orders")
    assert len(orders_api.received) == 1


def test_refuses_to_take_another_account(client, orders_api):
    with pytest.raises(PermissionError, match="no user here"):
        call(lambda _: pytest.fail("sent"), client.app, [READ], "another-account", lambda _: {"error": "no user here"})
    assert orders_api.received == []
