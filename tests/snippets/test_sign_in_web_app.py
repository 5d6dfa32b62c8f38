"""A session comes from a verified answer to this browser's own sign-in, and from nothing else."""

import base64
import json
import time
from collections.abc import Callable
from typing import Any

import jwt
import pytest
import requests

from sign_in_web_app import verify_id_token
from signing_keys import SigningKey, SigningKeys
from tests.snippets.web import SIGNED_OUT_URI, WebApp, get, user_of, web_app
from ztcheck.authority.directory import guid
from ztcheck.authority.entra import Entra
from ztcheck.authority.keys import process_key

pytestmark = pytest.mark.filterwarnings("ignore:response_mode='form_post':UserWarning")


@pytest.fixture
def web(entra: Entra) -> WebApp:
    return web_app(entra)


def test_signs_in_the_user_whom_entra_names(web):
    browser = web.signed_in()
    assert user_of(browser) == {"tid": web.contoso.id, "oid": web.ana.id}


def test_asks_with_state_nonce_and_an_s256_challenge(web):
    location = get(web.browser(), "/auth/sign-in").headers["Location"]
    for part in ("response_type=code", "code_challenge_method=S256", "code_challenge=", "state=", "nonce="):
        assert part in location


def test_keeps_tokens_on_the_server(web):
    browser = web.signed_in()
    cookie = browser.get_cookie("__Host-session", "orders.contoso.com")
    assert "eyJ" not in cookie.value
    assert len(cookie.value) < 100


# The query of the callback, changed on the way through the browser.
BAD_QUERIES: dict[str, dict[str, str | None]] = {
    "foreign-state": {"state": "AAAAAAAAAAAAAAAA"},
    "no-state": {"state": None},
    "empty-state": {"state": ""},
    "no-code": {"code": None},
    "made-up-code": {"code": "1.made-up"},
    "refusal": {"code": None, "error": "access_denied", "error_description": "AADSTS65004: The user declined."},
}


@pytest.mark.parametrize("name", BAD_QUERIES)
def test_refuses_the_answer(name, web):
    browser = web.browser()
    answer = {**web.start(browser), **BAD_QUERIES[name]}
    refused = get(browser, "/auth/callback", {key: value for key, value in answer.items() if value is not None})
    assert refused.status_code in (400, 403)
    assert user_of(browser) is None


@pytest.mark.parametrize("name", ["client_info", "id_token", "access_token", "session_state", "scope"])
def test_refuses_to_be_led_by_what_else_the_address_says(name, web):
    browser = web.browser()
    answer = {**web.start(browser), name: "!"}
    assert get(browser, "/auth/callback", answer).status_code == 302
    assert user_of(browser) == {"tid": web.contoso.id, "oid": web.ana.id}


def test_refuses_an_answer_that_belongs_to_another_browser(web):
    answer = web.start(web.browser())
    other = web.browser()
    assert get(other, "/auth/callback", answer).status_code == 400
    web.start(other)
    assert get(other, "/auth/callback", answer).status_code == 400
    assert user_of(other) is None


def test_refuses_an_answer_without_a_sign_in(web):
    browser = web.browser()
    assert get(browser, "/auth/callback", {"code": "1.x", "state": "y"}).status_code == 400
    assert user_of(browser) is None


def test_refuses_an_answer_for_the_second_time(web):
    browser = web.browser()
    answer = web.start(browser)
    assert get(browser, "/auth/callback", answer).status_code == 302
    assert get(browser, "/auth/callback", answer).status_code == 400


def test_refuses_a_second_answer_to_a_flow_that_failed(web):
    browser = web.browser()
    answer = web.start(browser)
    assert get(browser, "/auth/callback", answer | {"state": "wrong"}).status_code == 400
    assert get(browser, "/auth/callback", answer).status_code == 400
    assert user_of(browser) is None


def _unsigned(token: str) -> str:
    head = base64.urlsafe_b64encode(json.dumps({"typ": "JWT", "alg": "none"}).encode()).decode().rstrip("=")
    return f"{head}.{token.split('.')[1]}."


Claims = Callable[[WebApp, int], dict[str, Any]]
# Claims that Entra would sign, but not for this app, this sign-in, this tenant or this time.
BAD_CLAIMS: dict[str, Claims] = {
    "another-app": lambda *_: {"aud": guid("another", "app")},
    "the-api": lambda web, _: {"aud": web.api.app_id},
    "list-of-audiences": lambda web, _: {"aud": [web.client.app_id, guid("another", "app")]},
    "another-issuer": lambda web, _: {"iss": f"https://login.contoso.example/{web.contoso.id}/v2.0"},
    "version-1-issuer": lambda web, _: {"iss": f"https://sts.windows.net/{web.contoso.id}/"},
    "issuer-of-another-tenant": lambda web, _: {"iss": web.entra.issuer(web.entra.tenant("fabrikam"))},
    "another-tenant": lambda web, _: {
        "iss": web.entra.issuer(web.entra.tenant("fabrikam")),
        "tid": web.entra.tenant("fabrikam").id,
    },
    "tenant-of-another-issuer": lambda web, _: {"tid": web.entra.tenant("fabrikam").id},
    "placeholder-tenant": lambda *_: {
        "iss": "https://login.microsoftonline.com/{tenantid}/v2.0",
        "tid": "{tenantid}",
    },
    "expired": lambda _, now: {"exp": now - 120},
    "not-yet-valid": lambda _, now: {"nbf": now + 600},
    "issued-in-the-future": lambda _, now: {"iat": now + 600},
    "another-nonce": lambda *_: {"nonce": "of-another-sign-in"},
    "expiry-text": lambda _, now: {"exp": str(now + 3600)},
    "expiry-float": lambda _, now: {"exp": now + 3600.5},
    "expiry-true": lambda *_: {"exp": True},
    "expiry-1e30": lambda *_: {"exp": 1e30},
    "expiry-infinity": lambda *_: {"exp": float("inf")},
    "expiry-400-digits": lambda *_: {"exp": 10**400},
    "lifetime-one-year": lambda _, now: {"exp": now + 365 * 86400},
    "issued-text": lambda _, now: {"iat": str(now)},
    "object-id-list": lambda web, _: {"oid": [web.ana.id]},
    "object-id-number": lambda *_: {"oid": 7},
    "tenant-list": lambda web, _: {"tid": [web.contoso.id]},
    "audience-list-of-ours": lambda web, _: {"aud": [web.client.app_id]},
}
MISSING = ("aud", "iss", "exp", "tid", "oid", "nonce")
SIGNED_BY_OTHERS: dict[str, Callable[[WebApp, str], str]] = {
    "unsigned": lambda _, token: _unsigned(token),
    "signature-cut-off": lambda _, token: token.rpartition(".")[0] + ".",
    "signature-of-another-token": lambda web, token: (
        token.rpartition(".")[0] + "." + web.entra.mint(web.api, user=web.ana).rpartition(".")[2]
    ),
}


def redeem(web: WebApp, make: Callable[[str], str]) -> tuple[int, object]:
    """Sign in while the token endpoint's ID token is changed; the callback's status and who is signed in then."""
    true_id_token = web.entra.endpoints._id_token
    web.entra.endpoints._id_token = lambda *args: make(true_id_token(*args))  # type: ignore[method-assign]
    browser = web.browser()
    status = get(browser, "/auth/callback", web.start(browser)).status_code
    return status, user_of(browser)


def resigned(web: WebApp, token: str, change: Callable[[dict[str, Any]], dict[str, Any]], **header: Any) -> str:
    """The ID token with other claims, under a true signature of the authority or of header's key."""
    claims = json.loads(base64.urlsafe_b64decode(token.split(".")[1] + "=="))
    key = header.pop("key", web.entra.signing_key)
    return str(key.sign({"typ": "JWT", "alg": "RS256", "kid": web.entra.signing_key.kid} | header, change(claims)))


@pytest.mark.parametrize("name", BAD_CLAIMS)
def test_refuses_an_id_token_with(name, web):
    changes = BAD_CLAIMS[name](web, int(time.time()))
    assert redeem(web, lambda token: resigned(web, token, lambda claims: claims | changes)) == (400, None)


@pytest.mark.parametrize("name", MISSING)
def test_refuses_an_id_token_without(name, web):
    def without(claims: dict[str, Any]) -> dict[str, Any]:
        return {key: value for key, value in claims.items() if key != name}

    assert redeem(web, lambda token: resigned(web, token, without)) == (400, None)


@pytest.mark.parametrize("name", SIGNED_BY_OTHERS)
def test_refuses_an_id_token_that_is(name, web):
    assert redeem(web, lambda token: SIGNED_BY_OTHERS[name](web, token)) == (400, None)


# One that names a key which is not known is not told from one signed a moment after a rotation.
ATTACKERS: dict[str, tuple[dict[str, Any], int]] = {
    "same-kid": ({}, 400),
    "unknown-kid": ({"kid": "made-up"}, 503),
    "no-kid": ({"kid": None}, 400),
}


@pytest.mark.parametrize("name", ATTACKERS)
def test_refuses_an_id_token_of_an_attackers_key(name, web):
    header, status = ATTACKERS[name]
    key = process_key(901)
    assert redeem(web, lambda token: resigned(web, token, dict, key=key, **header)) == (status, None)


Answer = Callable[[dict[str, Any]], object]
# What the token endpoint, or something in its place, may send instead of tokens.
BAD_ANSWERS: dict[str, Answer] = {
    "no-id-token": lambda answer: {name: value for name, value in answer.items() if name != "id_token"},
    "id-token-null": lambda answer: answer | {"id_token": None},
    "id-token-empty": lambda answer: answer | {"id_token": ""},
    "id-token-number": lambda answer: answer | {"id_token": 5},
    "id-token-list": lambda answer: answer | {"id_token": ["x"]},
    "id-token-word": lambda answer: answer | {"id_token": "x"},
    "access-token-as-id-token": lambda answer: answer | {"id_token": answer["access_token"]},
    "list": lambda _: [],
    "null": lambda _: None,
    "text": lambda _: "no",
    "error-a-list": lambda _: {"error": ["invalid_grant"]},
}


def answering(web: WebApp, make: Answer) -> None:
    """Let the token endpoint answer something else from now on."""
    true_answer = web.entra.endpoints._user_tokens
    web.entra.endpoints._user_tokens = lambda *args: make(true_answer(*args))  # type: ignore[method-assign, assignment]


@pytest.mark.parametrize("name", BAD_ANSWERS)
def test_refuses_the_token_endpoints_answer(name, web):
    answering(web, BAD_ANSWERS[name])
    browser = web.browser()
    assert get(browser, "/auth/callback", web.start(browser)).status_code in (400, 403, 503)
    assert user_of(browser) is None


OUTAGES: dict[str, Callable[[Entra], object]] = {
    "token-endpoint-throttles": lambda entra: entra.faults.throttle("*/token", times=None),
    "token-endpoint-unavailable": lambda entra: entra.faults.unavailable("*/token", times=None),
    "token-endpoint-html": lambda entra: entra.faults.html("*/token", times=None),
    "token-endpoint-html-503": lambda entra: entra.faults.html("*/token", status=503, times=None),
    "token-endpoint-hangs-up": lambda entra: entra.faults.cut("*/token", times=None),
    "metadata-unavailable": lambda entra: entra.faults.unavailable("*/openid-configuration", times=None),
    "metadata-html": lambda entra: entra.faults.html("*/openid-configuration", times=None),
}


@pytest.mark.parametrize("name", OUTAGES)
def test_refuses_to_guess_during_an_outage_and_says_to_come_back(name, web):
    browser = web.browser()
    answer = web.start(browser)
    OUTAGES[name](web.entra)
    assert get(browser, "/auth/callback", answer).status_code == 503
    assert user_of(browser) is None


@pytest.mark.parametrize("name", [name for name in OUTAGES if name.startswith("metadata")])
def test_says_to_come_back_where_no_sign_in_can_start(name, web):
    OUTAGES[name](web.entra)
    assert get(web.browser(), "/auth/sign-in").status_code == 503


def test_refuses_a_line_that_the_address_slips_into_the_log(web, caplog):
    browser = web.browser()
    answer = {"state": web.start(browser)["state"], "error": "x\nWARNING ana signed in", "error_description": "y"}
    assert get(browser, "/auth/callback", answer).status_code == 403
    assert "\n" not in caplog.messages[-1]


def test_refuses_a_key_that_signs_for_another_issuer(web):
    class Keys(SigningKeys):
        def get(self, _kid: str) -> SigningKey:
            return SigningKey(jwt.PyJWK(web.entra.signing_key.jwk, "RS256"), issuer)

    keys = Keys("https://login.microsoftonline.com/common/discovery/v2.0/keys")
    token = web.entra.mint_id_token(web.client, web.ana)
    issuer = web.entra.issuer(web.contoso)
    assert verify_id_token(token, web.client.app_id, {web.contoso.id}, keys)["oid"] == web.ana.id
    issuer = web.entra.issuer(web.entra.tenant("fabrikam"))
    with pytest.raises(jwt.InvalidIssuerError):
        verify_id_token(token, web.client.app_id, {web.contoso.id}, keys)


def test_refuses_a_code_that_was_slipped_in(web):
    """An attacker's code does not fit the verifier of this browser's flow."""
    browser = web.browser()
    answer = web.start(browser)
    stolen = web.start(web.browser())["code"]
    assert get(browser, "/auth/callback", answer | {"code": stolen}).status_code == 403
    assert user_of(browser) is None


def test_refuses_a_session_id_that_was_planted_before_the_sign_in(web):
    browser = web.browser()
    answer = web.start(browser)
    planted = browser.get_cookie("__Host-session", "orders.contoso.com").value
    get(browser, "/auth/callback", answer)
    attacker = web.browser()
    attacker.set_cookie("__Host-session", planted, domain="orders.contoso.com", secure=True)
    assert user_of(attacker) is None
    assert user_of(browser) is not None


def test_renews_the_session_shortly_before_its_end(web):
    browser = web.signed_in()
    ends = _only_entry(web)[0]
    _age(web, 3500)
    assert user_of(browser) == {"tid": web.contoso.id, "oid": web.ana.id}
    assert abs(_only_entry(web)[0] - ends) < 60


@pytest.mark.parametrize(
    "why", ["sessions-revoked", "user-disabled", "token-for-another-app", "another-user", "no-id-token", "in-a-loop"]
)
def test_refuses_to_renew(why, web):
    browser = web.signed_in()
    _age(web, 3500)
    if why == "sessions-revoked":
        web.entra.skew = 5
        web.entra.revoke_sessions(web.ana)
    elif why == "user-disabled":
        web.ana.enabled = False
    elif why == "another-user":
        other = web.entra.mint_id_token(web.client, web.contoso.user("eve"))
        web.entra.endpoints._id_token = lambda *_: other
    elif why == "no-id-token":
        answering(web, BAD_ANSWERS["no-id-token"])
    elif why == "in-a-loop":
        web.entra.faults.loop()
    else:
        bad = web.entra.mint_id_token(web.client, web.ana, claims={"aud": web.api.app_id})
        web.entra.endpoints._id_token = lambda *_: bad
    assert user_of(browser) is None


def test_refuses_to_sign_in_while_the_keys_are_out_of_reach(web):
    browser = web.browser()
    answer = web.start(browser)
    web.entra.faults.cut("*/keys", times=None)
    assert get(browser, "/auth/callback", answer).status_code == 503
    assert user_of(browser) is None


def test_goes_on_to_its_end_and_no_longer_while_a_new_key_is_out_of_reach(web):
    """Entra signs with a key that came since, and its key endpoint is away: nobody's fault, and no proof either."""
    browser = web.signed_in()
    ends = _only_entry(web)[0] - 3500
    _age(web, 3500)
    web.entra.rotate_keys()
    web.entra.faults.cut("*/keys", times=None)
    assert user_of(browser) is not None
    assert abs(_only_entry(web)[0] - ends) < 1, "not renewed"
    _age(web, 200)
    assert user_of(browser) is None


@pytest.mark.parametrize("name", OUTAGES)
def test_goes_on_to_its_end_while_entra_is_out_of_reach(name, web):
    browser = web.signed_in()
    _age(web, 3500)
    OUTAGES[name](web.entra)
    assert user_of(browser) is not None
    _age(web, 200)
    assert user_of(browser) is None


def test_signs_out_at_both_ends(web):
    browser = web.signed_in()
    away = browser.post("/auth/sign-out", base_url="https://orders.contoso.com")
    there = requests.get(away.headers["Location"], allow_redirects=False, timeout=10)
    assert (there.status_code, there.headers["Location"]) == (302, SIGNED_OUT_URI)
    assert user_of(browser) is None


def test_refuses_to_sign_out_by_a_link(web):
    """An image on another site would do."""
    browser = web.signed_in()
    assert get(browser, "/auth/sign-out").status_code == 405
    assert user_of(browser) is not None


def _only_entry(web: WebApp) -> tuple[float, dict[str, Any]]:
    (entry,) = web.sessions._kept.values()
    return entry


def _age(web: WebApp, seconds: float) -> None:
    """Let the kept sessions be *seconds* older."""
    kept = web.sessions._kept
    for key, (ends, data) in kept.items():
        kept[key] = (ends - seconds, data)
