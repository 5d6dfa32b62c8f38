"""No token, code or secret that is logged reaches a handler, however it got into the record."""

import base64
import io
import json
import logging
import urllib.parse

import pytest

from redact_tokens import RedactTokens, redact, redact_logs
from tests.snippets.issuer import b64

SECRET = "kT8~Q.abcDEF-_.123456789xyzXYZ,0=1"
CODE = "0.AXoAimUbxxx.AgABBAIAAAD" + "aZ9_-" * 20
REFRESH = "1.AXoAimUb-Refresh." + "bY8_-" * 20


@pytest.fixture
def token(signing_key):
    return signing_key.token()


@pytest.fixture
def log():
    """A logger whose only handler has the filter, and what that handler wrote."""
    stream = io.StringIO()
    handler = logging.StreamHandler(stream)
    handler.setFormatter(logging.Formatter("%(levelname)s %(message)s %(headers)s", defaults={"headers": ""}))
    handler.addFilter(RedactTokens())
    logger = logging.Logger("orders")
    logger.addHandler(handler)
    logger.stream = stream  # type: ignore[attr-defined]
    return logger


def written(log) -> str:
    return log.stream.getvalue()


SHAPES = {
    "bare": "{}",
    "header": "Authorization: Bearer {}",
    "lower-case-scheme": "authorization=bearer {}",
    "inside-words": "token {}, sent to the API",
    "quoted": 'got "{}"',
    "in-parentheses": "({})",
    "query": "GET /orders?access_token={}&x=1",
    "fragment": "https://orders.contoso.com/#id_token={}&state=7",
    "json": '{{"access_token": "{}", "expires_in": 3599}}',
    "repr": "{{'access_token': '{}'}}",
    "bytes": "b'access_token={}'",
    "json-in-json": '{{"body": "{{\\"access_token\\":\\"{}\\"}}"}}',
    "pop-scheme": "PoP {}",
    "two": "{0} and {0}",
    "after-newline": "line\n{}",
}


@pytest.mark.parametrize("shape", SHAPES)
def test_refuses_to_write_an_access_token(shape, log, token):
    log.warning(SHAPES[shape].format(token))
    for part in token.split("."):
        assert part not in written(log)
    assert "[removed]" in written(log)


HEADERS = {
    "encrypted": lambda: ".".join([b64(b'{"alg":"RSA-OAEP","enc":"A256GCM"}'), "a" * 40, "b" * 16, "c" * 90, "d" * 22]),
    "encrypted-with-empty-key": lambda: ".".join([b64(b'{"alg":"dir","enc":"A256GCM"}'), "", "b" * 16, "c" * 90, "d"]),
    "header-begins-with-blank": lambda: ".".join([b64(b'{ "alg":"RS256"}'), "a" * 40, "b" * 90]),
    "header-begins-with-newline": lambda: ".".join([b64(b'{\n"alg":"RS256"}'), "a" * 40, "b" * 90]),
    "header-begins-with-line-end": lambda: ".".join([b64(b'{\r\n"alg":"RS256"}'), "a" * 40, "b" * 90]),
    "unsigned": lambda: ".".join([b64(b'{"alg":"none"}'), b64(b'{"oid":"x"}'), ""]),
}


@pytest.mark.parametrize("name", HEADERS)
def test_refuses_to_write_a_token_of_another_shape(name):
    assert redact(f"x {HEADERS[name]()} y") == "x [removed] y"


VALUES = {
    "secret-in-form": (f"client_id=7&client_secret={SECRET}&scope=x", SECRET),
    "secret-first-in-form": (f"client_secret={SECRET}", SECRET),
    "secret-percent-encoded": ("client_secret=" + urllib.parse.quote(SECRET + "%&+/"), "abcDEF"),
    "secret-in-encoded-url": (urllib.parse.quote(f"https://a.example/?client_secret={SECRET}"), "abcDEF"),
    "secret-in-json": (json.dumps({"client_secret": SECRET}), SECRET),
    "secret-in-json-with-blank-inside": (json.dumps({"password": "correct horse"}), "horse"),
    "secret-in-repr": (repr({"client_secret": SECRET}), SECRET),
    "secret-in-repr-of-bytes": (repr({"client_secret": SECRET.encode()}), SECRET),
    "secret-from-graph": (json.dumps({"secretText": SECRET, "keyId": "7"}), SECRET),
    "secret-in-yaml": (f"client_secret: {SECRET}", SECRET),
    "secret-as-keyword": (f"App(client_secret='{SECRET}')", SECRET),
    "secret-in-capitals": (f"CLIENT_SECRET={SECRET}", SECRET),
    "secret-of-an-environment": (f"ORDERS_CLIENT_SECRET={SECRET}", SECRET),
    "basic": ("Authorization: Basic " + base64.b64encode(f"id:{SECRET}".encode()).decode(), "aWQ6"),
    "basic-alone": ("Basic " + base64.b64encode(f"id:{SECRET}".encode()).decode(), "aWQ6"),
    "refresh-token": (f"refresh_token={REFRESH}", REFRESH[:20]),
    "refresh-token-in-json": (json.dumps({"refresh_token": REFRESH}), REFRESH[:20]),
    "code-in-redirect": (f"GET /auth?code={CODE}&state=7", CODE[:20]),
    "code-second": (f"GET /auth?state=7&code={CODE}", CODE[:20]),
    "short-code-in-redirect": ("GET /auth?code=abc123&state=7", "abc123"),
    "code-in-fragment": (f"https://a.example/#code={CODE}", CODE[:20]),
    "code-in-form": (f"code={CODE}&grant_type=authorization_code", CODE[:20]),
    "code-in-repr": (repr({"code": CODE}), CODE[:20]),
    "code-in-json": (json.dumps({"code": CODE}), CODE[:20]),
    "code-in-encoded-url": (urllib.parse.quote(f"https://a.example/?code={CODE}", safe=""), CODE[:20]),
    "device-code": (json.dumps({"device_code": "DAQAB-short"}), "DAQAB"),
    "code-verifier": ("code_verifier=dBjftJeZ4CVP", "dBjftJeZ"),
    "assertion": (f"assertion={SECRET}", SECRET),
    "saml-response": ("SAMLResponse=PHNhbWxwOlJlc3BvbnNl", "PHNhbW"),
    "cookie": ("Cookie: __Host-session=abc123; theme=dark", "abc123"),
    "set-cookie-in-repr": (repr({"set-cookie": "session=abc123; HttpOnly"}), "abc123"),
    "opaque-authorization": ("{'Authorization': 'Custom abc123'}", "abc123"),
    "managed-identity-header": (repr({"X-IDENTITY-HEADER": "abc123def"}), "abc123"),
    "value-with-escaped-quote": ('{"client_secret": "ab\\"cdef"}', "cdef"),
    "value-with-escaped-quote-in-json-in-json": (json.dumps(json.dumps({"client_secret": 'ab"cdef'})), "cdef"),
    "secret-with-blanks-around": (f"client_secret = {SECRET}", SECRET),
    "secret-in-a-list-of-pairs": (repr([("client_secret", SECRET)]), SECRET),
    "cookie-in-a-list-of-pairs": (repr([(b"cookie", b"__Host-session=abc123")]), "abc123"),
    "credential-as-msal-names-it": (f"App(client_credential='{SECRET}')", SECRET),
    "refresh-token-in-camel-case": (json.dumps({"refreshToken": REFRESH}), REFRESH[:20]),
    "api-key": ("x-api-key: abc123def", "abc123"),
    "subscription-key": (repr({"Ocp-Apim-Subscription-Key": "abc123def"}), "abc123"),
    "account-key": (f"AccountName=x;AccountKey={'abc123' * 14}==;", "abc123"),
    "signature-of-a-url": ("https://a.example/c?sv=2022&sig=abc123%2Bdef%3D&se=1", "abc123"),
    "password-in-a-url": (f"https://user:{SECRET}@a.example/", SECRET),
    "private-key": ("-----BEGIN RSA PRIVATE KEY-----\nabc123\n-----END RSA PRIVATE KEY-----", "abc123"),
    "private-key-cut-off": ("-----BEGIN PRIVATE KEY-----\nabc123", "abc123"),
}


@pytest.mark.parametrize("name", VALUES)
def test_refuses_to_write_a_secret(name, log):
    text, secret = VALUES[name]
    assert secret in text
    log.error(text)
    assert secret not in written(log)


def raise_with(token: str) -> None:
    raise ValueError(f"cannot use {token}")


WAYS = {
    "argument": lambda log, token: log.warning("token %s refused", token),
    "argument-by-name": lambda log, token: log.warning("token %(it)s refused", {"it": token}),
    "dictionary": lambda log, token: log.warning("%s", {"access_token": token}),
    "object-as-message": lambda log, token: log.warning({"access_token": token}),
    "exception-as-message": lambda log, token: log.warning(ValueError(token)),
    "bytes": lambda log, token: log.warning("%s", token.encode()),
    "extra-text": lambda log, token: log.warning("call", extra={"headers": f"Bearer {token}"}),
    "extra-dictionary": lambda log, token: log.warning("call", extra={"headers": {"authorization": f"Bearer {token}"}}),
    "extra-list-of-bytes": lambda log, token: log.warning("call", extra={"headers": [(b"x", token.encode())]}),
    "stack": lambda log, token: log.warning("x", stack_info=True) or log.warning(token),
}


@pytest.mark.parametrize("way", WAYS)
def test_refuses_a_token_that_came_as(way, log, token):
    WAYS[way](log, token)
    assert token not in written(log)
    assert token.split(".")[2] not in written(log)


class Unprintable:
    def __str__(self) -> str:
        raise ValueError("cannot use client_secret=abc123")


MISTAKES = {
    "wrong-kind": ("%d", "client_secret=abc123"),
    "too-many": ("x", "client_secret=abc123"),
    "too-few": ("%s %s client_secret=abc123",),
    "unprintable": (Unprintable(),),
}


@pytest.mark.parametrize("name", MISTAKES)
def test_refuses_to_stop_the_app_for_a_mistake_in_a_call_of_the_logger(name, log):
    log.warning(*MISTAKES[name])
    assert "a record that cannot be formatted" in written(log) or name == "too-few"
    assert "abc123" not in written(log)


def test_refuses_a_token_in_a_traceback(log, token):
    try:
        try:
            raise_with(token)
        except ValueError as error:
            raise RuntimeError("call failed") from error
    except RuntimeError:
        log.exception("refused")
    assert token.split(".")[2] not in written(log)
    assert "RuntimeError: call failed" in written(log)
    assert "cannot use [removed]" in written(log)


def test_refuses_to_hand_the_exception_itself_to_the_next_handler(token):
    seen = []  # type: ignore[var-annotated]
    handler = logging.Handler()
    handler.addFilter(RedactTokens())
    handler.emit = seen.append  # type: ignore[assignment, method-assign]
    logger = logging.Logger("orders")
    logger.addHandler(handler)
    try:
        raise_with(token)
    except ValueError:
        logger.exception("refused")
    assert token not in repr(vars(seen[0]))
    assert seen[0].exc_info is None


def test_refuses_on_every_handler_that_there_is(token, monkeypatch):
    streams = {name: io.StringIO() for name in ("", "orders.access", "orders.worker")}
    for name, stream in streams.items():
        handler = logging.StreamHandler(stream)
        monkeypatch.setattr(logging.getLogger(name), "handlers", [handler])
        monkeypatch.setattr(logging.getLogger(name), "propagate", name == "orders.worker")
    monkeypatch.setattr(logging.lastResort, "filters", [])
    redact_logs()
    redact_logs()
    for name in streams:
        logging.getLogger(name).warning("token %s", token)
    assert [len(logging.getLogger(name).handlers[0].filters) for name in streams] == [1, 1, 1]
    assert all("token [removed]" in stream.getvalue() for stream in streams.values())
    assert not any(token in stream.getvalue() for stream in streams.values())


@pytest.mark.parametrize(
    "text",
    [
        "GET /orders/17 answered 404",
        "status code=404 code: 404",
        "error code AADSTS50173 for user 5a5b5c5d-6e6f-4071-8283-94a5b6c7d8e9",
        '{"error": {"code": "InvalidAuthenticationToken", "message": "expired"}}',
        "uti fqiBqXLPj0eQa82S-IYFAA, correlation id 3d3f0b6a-5f0e-4f4e-9a57-6f2f4d7b1c10",
        "token refused: ExpiredSignatureError",
        "Bearer token missing",
        "secret rotation done; expires_in=3599 token_type=Bearer",
    ],
)
def test_keeps_what_identifies_without_opening_anything(text, log):
    log.warning(text)
    assert text in written(log)
