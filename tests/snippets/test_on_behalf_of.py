"""The API trades the caller's token for its own, keeps callers apart, and passes on what the user has to do."""

import base64
import json
from collections.abc import Callable
from dataclasses import dataclass

import httpx2
import jwt
import pytest

from on_behalf_of import Downstream, ExchangeRefusedError
from tests.snippets.certificates import certificate
from ztcheck.authority import Entra, Registration, Tenant, User
from ztcheck.authority.directory import GRAPH

SCOPES = ["User.Read"]


@dataclass
class Middle:
    """The orders API, and a web app that calls it for Ana."""

    entra: Entra
    contoso: Tenant
    api: Registration
    web: Registration
    ana: User
    downstream: Downstream

    def received(self, user: User | None = None) -> str:
        return self.entra.mint(self.api, user=user or self.ana, client=self.web, scopes=["Orders.Read"])

    def exchange(self, token: str, challenge: str | None = None) -> str:
        return self.downstream.token(claims(token), token, SCOPES, challenge)

    def requests(self) -> int:
        return len(self.entra.log.find("*/token"))


def claims(token: str) -> dict[str, object]:
    return jwt.decode(token, options={"verify_signature": False})


@pytest.fixture
def middle(entra: Entra) -> Middle:
    contoso = entra.tenant("contoso")
    api = contoso.register(
        "orders-api",
        identifier_uri="https://orders.contoso.com",
        scopes=["Orders.Read"],
        certificate=certificate().public,
    )
    web = contoso.register("orders-web", secret=True)
    contoso.consent(api, entra.microsoft[GRAPH], "User.Read")
    return Middle(entra, contoso, api, web, contoso.user("ana"), Downstream(api.app_id, certificate().credential))


def test_gets_a_token_of_its_own_in_the_users_name(middle):
    got = claims(middle.exchange(middle.received()))
    assert (got["aud"], got["oid"], got["appid"]) == (
        "https://graph.microsoft.com",
        middle.ana.id,
        middle.api.app_id,
    )


def test_refuses_to_forward_the_received_token(middle):
    """Downstream sees the exchanged token; the received one goes to Entra alone, and never in a header."""
    received = middle.received()
    token = middle.exchange(received)
    assert token != received
    httpx2.get("https://graph.microsoft.com/v1.0/me", headers={"Authorization": f"Bearer {token}"}).raise_for_status()
    for exchange in middle.entra.log:
        assert received not in str(exchange.request.headers)
        assert received.encode() not in exchange.request.body or exchange.request.path.endswith("/token")


def test_reuses_the_exchanged_token_while_the_same_token_comes_in(middle):
    received = middle.received()
    assert len({middle.exchange(received) for _ in range(4)}) == 1
    assert middle.requests() == 1


@pytest.mark.parametrize("who", ["another-user", "the-same-user-signed-in-again"])
def test_refuses_to_serve_one_callers_token_to(who, middle):
    first = middle.exchange(middle.received())
    ben = middle.contoso.user("ben")
    second = middle.exchange(middle.received(ben if who == "another-user" else None))
    assert second != first
    assert claims(second)["oid"] == (ben if who == "another-user" else middle.ana).id


@pytest.mark.parametrize("idtyp", [{}, {"idtyp": "app"}, {"idtyp": "app", "scp": "Orders.Read"}], ids=str)
def test_refuses_an_app_only_caller_without_asking_entra(idtyp, middle):
    token = middle.entra.mint(middle.api, client=middle.web, roles=["Orders.Process.All"], claims=idtyp)
    with pytest.raises(ExchangeRefusedError) as refused:
        middle.exchange(token)
    assert refused.value.status == 403
    assert middle.requests() == 0


def _policy(middle: Middle) -> str:
    middle.contoso.require("mfa", apps=(middle.entra.microsoft[GRAPH],))
    return middle.received()


def _no_consent(middle: Middle) -> str:
    middle.contoso.consents.clear()
    return middle.received()


def _revoked(middle: Middle) -> str:
    token = middle.received()
    middle.entra.skew = 10
    middle.entra.revoke_sessions(middle.ana)
    return token


def _for_another_api(middle: Middle) -> str:
    return middle.entra.mint(middle.web, user=middle.ana, client=middle.web, scopes=["Orders.Read"])


def _wrong_certificate(middle: Middle) -> str:
    middle.downstream = Downstream(middle.api.app_id, certificate("other").credential)
    return middle.received()


def _outage(middle: Middle) -> str:
    middle.entra.faults.unavailable("*/token", times=None)
    return middle.received()


def _cut(middle: Middle) -> str:
    middle.entra.faults.cut("*", times=None)
    return middle.received()


def _throttle(middle: Middle) -> str:
    middle.entra.faults.throttle("*/token", times=None)
    return middle.received()


def _page(path: str) -> Callable[[Middle], str]:
    def show(middle: Middle) -> str:
        middle.entra.faults.html(path, times=None)
        return middle.received()

    return show


REFUSED = {
    "throttled": (_throttle, 503, ""),
    "page-in-place-of-a-token": (_page("*/token"), 503, ""),
    "page-in-place-of-the-metadata": (_page("*/openid-configuration"), 503, ""),
    "outage-of-the-token-endpoint": (_outage, 503, ""),
    "connection-cut": (_cut, 503, ""),
    "policy-asks-for-more": (_policy, 401, 'error="insufficient_claims"'),
    "no-consent": (_no_consent, 403, 'error="insufficient_scope"'),
    "revoked": (_revoked, 401, 'error="invalid_token"'),
    "own-certificate-is-wrong": (_wrong_certificate, 503, ""),
    "token-for-another-api": (_for_another_api, 401, 'error="invalid_token"'),
}


@pytest.mark.parametrize("name", REFUSED)
def test_tells_the_caller_why_entra_refuses(name, middle):
    arrange, status, challenge = REFUSED[name]
    token = arrange(middle)
    with pytest.raises(ExchangeRefusedError) as refused:
        middle.exchange(token)
    assert refused.value.status == status
    assert challenge in refused.value.challenge
    assert bool(challenge) == bool(refused.value.challenge)
    assert token not in str(refused.value)


def test_relays_the_claims_that_entra_refused_with(middle):
    with pytest.raises(ExchangeRefusedError) as refused:
        middle.exchange(_policy(middle))
    encoded = refused.value.challenge.partition('claims="')[2].rstrip('"')
    wanted = json.loads(base64.b64decode(encoded, validate=True))
    assert wanted["access_token"]["capolids"]["essential"] is True


def test_asks_entra_again_when_the_downstream_api_challenges(middle):
    received = middle.received()
    first = middle.exchange(received)
    challenge = json.dumps({"access_token": {"acrs": {"essential": True, "value": "c1"}}})
    second = middle.exchange(received, challenge)
    assert second != first
    assert claims(second)["acrs"] == ["c1"]


def test_says_that_it_can_handle_challenges(middle):
    assert claims(middle.exchange(middle.received()))["xms_cc"] == ["CP1"]


def test_forgets_the_oldest_token_when_it_is_full(middle):
    middle.downstream = Downstream(middle.api.app_id, certificate().credential, most=1)
    first = middle.received()
    middle.exchange(first)
    middle.exchange(middle.received())
    middle.exchange(first)
    assert middle.requests() == 3
