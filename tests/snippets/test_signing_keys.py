"""The key cache follows Entra within seconds and never lets a bad key endpoint hold up, or open, an API."""

import json
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from http.server import BaseHTTPRequestHandler, HTTPServer
from typing import Any

import pytest
from jwt.algorithms import RSAAlgorithm

from signing_keys import SigningKeys
from tests.snippets.issuer import PUBLIC, SigningKey, body, keys

URI = f"{PUBLIC}/common/discovery/v2.0/keys"


def warm(**settings: Any) -> SigningKeys:
    """A cache that holds the signing key of today."""
    cache = SigningKeys(URI, **settings)
    assert cache.get("today")
    return cache


def test_refuses_an_unknown_key_id():
    assert warm().get("unknown") is None


def test_refuses_a_withdrawn_key_after_the_refresh(endpoint, next_key, wait_until):
    cache = warm(refresh_after=0.05, cooldown=0)
    endpoint.answer = keys(next_key.jwk())
    assert wait_until(lambda: cache.get("today") is None)
    assert cache.get("tomorrow")


def test_refuses_a_withdrawn_key_at_once_after_an_idle_time(endpoint, next_key):
    cache = warm(refresh_after=0.01, cooldown=0)
    endpoint.answer = keys(next_key.jwk())
    time.sleep(0.03)
    assert cache.get("today") is None


def test_refuses_every_key_when_no_good_answer_came_for_too_long(endpoint):
    cache = warm(refresh_after=0.01, discard_after=0.05, cooldown=0)
    endpoint.answer = body(b"", status=503)
    time.sleep(0.06)
    assert cache.get("today") is None


def test_accepts_a_new_key_at_its_first_token(endpoint, signing_key, next_key):
    cache = warm(cooldown=0)
    endpoint.answer = keys(signing_key.jwk(), next_key.jwk())
    assert cache.get("tomorrow")


def test_accepts_a_new_key_that_many_requests_bring_at_the_same_time(endpoint, signing_key, next_key):
    cache = warm(cooldown=0)
    endpoint.answer = keys(signing_key.jwk(), next_key.jwk())
    endpoint.paths.clear()
    with ThreadPoolExecutor(20) as pool:
        assert all(pool.map(cache.get, ["tomorrow"] * 20))
    assert len(endpoint.paths) <= 2


def test_many_first_requests_share_one_fetch(endpoint):
    cache = SigningKeys(URI)
    with ThreadPoolExecutor(30) as pool:
        assert all(pool.map(cache.get, ["today"] * 30))
    assert len(endpoint.paths) == 1


def test_made_up_key_ids_cause_one_fetch_in_the_cooldown(endpoint):
    cache = warm(cooldown=60)
    for number in range(200):
        assert cache.get(f"made-up-{number}") is None
    assert len(endpoint.paths) == 1


def test_a_known_key_causes_no_further_fetch(endpoint):
    cache = warm()
    for _ in range(100):
        assert cache.get("today")
    assert len(endpoint.paths) == 1


def rsa_entry(**changes: Any) -> dict[str, Any]:
    return SigningKey.generate("x", 1024).jwk(**changes)


def private_entry() -> dict[str, Any]:
    """A key as its owner keeps it, from PyJWT."""
    entry: dict[str, Any] = RSAAlgorithm.to_jwk(SigningKey.generate("x", 2048).private, as_dict=True)
    return {name: value for name, value in entry.items() if name != "key_ops"}


LIES = {
    "html": body(b"<html>Sign in to the hotel's network</html>", headers={"Content-Type": "text/html"}),
    "html-named-json": body(b"<html>", headers={"Content-Type": "application/json"}),
    "empty": body(b""),
    "invalid-utf-8": body(b"\xff\xfe\xfa"),
    "json-text": body(b'"keys"'),
    "json-number": body(b"5"),
    "json-list": body(b"[]"),
    "json-null": body(b"null"),
    "no-keys-member": body(b"{}"),
    "keys-null": body(b'{"keys": null}'),
    "keys-text": body(b'{"keys": "today"}'),
    "keys-empty": body(b'{"keys": []}'),
    "keys-of-texts": keys("today"),
    "keys-of-null": keys(None),
    "deep-nesting": body(b"[" * 100_000),
    "two-megabytes": body(b" " * 2_000_000 + json.dumps({"keys": [rsa_entry()]}).encode()),
    "a-key-set-as-an-error": body(json.dumps({"keys": [rsa_entry()]}).encode(), status=500),
    "a-key-set-as-a-redirect": body(json.dumps({"keys": [rsa_entry()]}).encode(), 302, {"Location": URI}),
    "not-found": body(b"", status=404),
    "server-error": body(b"oops", status=500),
    "unavailable": body(b"", 503, {"Retry-After": "1"}),
    "no-content": body(b"", status=204),
    "partial-content": body(b"{}", status=206),
    "redirect-to-another-host": body(b"", 302, {"Location": "https://attacker.example/keys"}),
    "redirect-to-itself": body(b"", 302, {"Location": URI}),
    "redirect-to-http": body(b"", 301, {"Location": "http://login.microsoftonline.com/keys"}),
    "redirect-to-a-file": body(b"", 307, {"Location": "file:///etc/passwd"}),
    "compressed-though-not-asked": body(b"\x1f\x8b\x08\x00", headers={"Content-Encoding": "gzip"}),
    "symmetric-key": keys({"kty": "oct", "kid": "x", "k": "c2VjcmV0"}),
    "elliptic-key": keys({"kty": "EC", "kid": "x", "crv": "P-256", "x": "AA", "y": "AA"}),
    "encryption-key": keys(rsa_entry(use="enc")),
    "key-to-encrypt-with": keys(rsa_entry(key_ops=["encrypt"])),
    "key-to-sign-with": keys(rsa_entry(key_ops=["sign"])),
    "key-operations-a-number": keys(rsa_entry(key_ops=7)),
    "key-operations-a-text": keys(rsa_entry(key_ops="verify")),
    "one-prime-of-the-private-key": keys(rsa_entry(p=private_entry()["p"])),
    "private-key": keys({**private_entry(), "kid": "x"}),
    "exponent-one": keys(rsa_entry(e="AQ")),
    "exponent-even": keys(rsa_entry(e="AQAA")),
    "key-for-another-algorithm": keys(rsa_entry(alg="RS512")),
    "key-without-modulus": keys({"kty": "RSA", "kid": "x", "e": "AQAB"}),
    "key-of-nonsense": keys({"kty": "RSA", "kid": "x", "n": "!!", "e": "??"}),
    "key-without-id": keys({"kty": "RSA", "n": "AQAB", "e": "AQAB"}),
    "key-id-a-list": keys(rsa_entry(kid=["x"])),
    "key-issuer-a-list": keys(rsa_entry(issuer=[URI])),
    "key-issuer-null": keys(rsa_entry(issuer=None)),
    "one-id-twice": keys(rsa_entry(), rsa_entry()),
}


@pytest.mark.parametrize("lie", LIES)
def test_refuses_an_answer_and_keeps_the_last_good_keys(lie, endpoint, wait_until):
    cache = warm(refresh_after=0, cooldown=0)
    endpoint.answer = LIES[lie]
    before = len(endpoint.paths)
    assert cache.get("x") is None
    assert wait_until(lambda: len(endpoint.paths) > before)
    assert cache.get("today")


@pytest.mark.parametrize("lie", LIES)
def test_refuses_every_key_when_the_first_answer_is(lie, endpoint):
    endpoint.answer = LIES[lie]
    assert SigningKeys(URI).get("x") is None


def test_recovers_from_a_bad_start(endpoint, signing_key):
    cache = SigningKeys(URI, cooldown=0)
    endpoint.answer = LIES["html"]
    assert cache.get("today") is None
    endpoint.answer = keys(signing_key.jwk())
    assert cache.get("today")


def test_refuses_keys_over_http(signing_key):
    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            keys(signing_key.jwk())(self)

        def log_message(self, *args: Any) -> None:
            pass

    with HTTPServer(("127.0.0.1", 0), Handler) as server:
        thread = threading.Thread(target=server.handle_request)
        thread.start()
        assert SigningKeys(f"http://127.0.0.1:{server.server_port}/keys").get("today") is None
        thread.join()


def test_refuses_keys_from_a_host_with_an_untrusted_certificate(monkeypatch):
    monkeypatch.delenv("SSL_CERT_FILE")
    assert SigningKeys(URI).get("today") is None


def test_refuses_when_the_host_cannot_be_reached():
    assert SigningKeys("https://keys.example/keys").get("today") is None


@pytest.fixture
def hanging(endpoint):
    """Makes the endpoint accept requests and answer nothing until the test ends."""
    released = threading.Event()
    endpoint.hang = lambda: setattr(endpoint, "answer", lambda _: released.wait(20))
    yield endpoint
    released.set()


def test_a_known_key_never_waits_for_a_hanging_endpoint(hanging):
    cache = warm(refresh_after=0.05, cooldown=0, timeout=30)
    hanging.hang()
    time.sleep(0.06)
    stuck = threading.Thread(target=cache.get, args=("unknown",), daemon=True)
    stuck.start()
    for _ in range(100):
        assert cache.get("today")
    assert stuck.is_alive(), "the unknown key id was to wait all this time"


def test_a_flood_of_unknown_key_ids_leaves_threads_for_others(hanging):
    cache = warm(cooldown=0, timeout=30, most_waiting=2)
    hanging.hang()
    flood = [threading.Thread(target=cache.get, args=(f"made-up-{n}",), daemon=True) for n in range(10)]
    for thread in flood:
        thread.start()
    for thread in flood:
        thread.join(0.5)
    assert sum(thread.is_alive() for thread in flood) == 2


def test_an_answer_that_drips_is_cut_off(endpoint):
    def drip(request):
        request.send_response(200)
        request.send_header("Content-Length", "100000")
        request.end_headers()
        for _ in range(100):
            request.wfile.write(b" ")
            time.sleep(0.02)

    cache = SigningKeys(URI, timeout=0.2)
    endpoint.answer = drip
    assert cache.get("today") is None
    assert cache._fetch_done.wait(1), "the fetch ends soon after its time is up"


def test_headers_that_drip_are_cut_off_and_leave_no_thread_behind(endpoint):
    released = threading.Event()

    def drip_headers(request):
        request.wfile.write(b"HTTP/1.1 200 OK\r\nX: ")
        while not released.wait(0.02):
            request.wfile.write(b"a")

    cache = SigningKeys(URI, timeout=0.2)
    endpoint.answer = drip_headers
    try:
        assert cache.get("today") is None
        assert cache._fetch_done.wait(3), "the fetch ends soon after its time is up"
    finally:
        released.set()


def test_a_fetch_that_never_ends_is_given_up(endpoint, signing_key):
    released = threading.Event()

    def drip_headers(request):
        request.wfile.write(b"HTTP/1.1 200 OK\r\n")
        while not released.wait(0.02):
            request.wfile.write(b"X: y\r\n")

    cache = SigningKeys(URI, timeout=0.5, cooldown=0)
    endpoint.answer = drip_headers
    assert cache.get("today") is None
    endpoint.answer = keys(signing_key.jwk())
    assert cache.get("today") is None, "the endless fetch is still given its time"
    time.sleep(4 * cache.timeout)
    assert cache.get("today")
    released.set()


def test_an_old_answer_that_arrives_late_does_not_bring_back_a_withdrawn_key(endpoint, signing_key, next_key):
    released, answers = threading.Event(), iter([signing_key, next_key])

    def answer(request):
        key = next(answers)
        if key is signing_key:
            released.wait(20)
        body(json.dumps({"keys": [key.jwk()]}).encode())(request)

    endpoint.answer = answer
    cache = SigningKeys(URI, cooldown=0)
    late = threading.Thread(target=cache._fetch, args=(time.monotonic(), threading.Event()))
    late.start()
    while not endpoint.paths:
        time.sleep(0.01)
    assert cache.get("tomorrow")
    released.set()
    late.join()
    assert cache.get("today") is None
