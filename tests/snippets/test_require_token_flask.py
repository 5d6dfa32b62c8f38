"""No request reaches a Flask app without a valid token, whatever it looks like; nothing is answered with a 5xx."""

from pathlib import Path

import pytest
from flask import Flask, g, request
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from require_token_flask import require_token
from signing_keys import SigningKeys
from tests.snippets.bad_requests import HEADERS, TOKENS
from tests.snippets.bad_tokens import REFUSED
from tests.snippets.issuer import API, PARTNER, PUBLIC, TENANT, USER
from tests.snippets.servers import raw_request, status, werkzeug_server
from verify_access_token import AccessTokenValidator


def contoso_orders(folder: Path) -> Flask:
    app = Flask("contoso_orders", static_folder=folder)
    app.config["SEEN"] = []
    validator = AccessTokenValidator(API, {TENANT, PARTNER}, SigningKeys(f"{PUBLIC}/common/discovery/v2.0/keys"))
    require_token(app, validator, public={("GET", "/health")})

    @app.before_request
    def seen() -> None:
        if request.path != "/health":
            app.config["SEEN"].append(request.path)

    @app.get("/orders")
    def orders() -> dict[str, str]:
        return {"user": g.claims["oid"]}

    @app.post("/orders")
    def create() -> dict[str, str]:
        return {}

    @app.get("/health")
    def health() -> dict[str, str]:
        return {"status": "ok"}

    return app


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    folder = tmp_path_factory.mktemp("static")
    (folder / "a.txt").write_text("secret")
    return folder


@pytest.fixture(scope="module")
def app(folder):
    return contoso_orders(folder)


@pytest.fixture
def client(app):
    app.config["SEEN"].clear()
    return app.test_client()


@pytest.fixture(scope="module")
def server(app):
    with werkzeug_server(app) as port:
        yield port


def bearer(token: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {token}"}


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("GET", "/orders"),
        ("POST", "/orders"),
        ("DELETE", "/orders"),
        ("OPTIONS", "/orders"),
        ("HEAD", "/orders"),
        ("GET", "/orders/"),
        ("GET", "/static/a.txt"),
        ("GET", "/static/../orders"),
        ("GET", "/no-such-path"),
        ("GET", "/"),
        ("POST", "/health"),
        ("HEAD", "/health"),
        ("OPTIONS", "/health"),
        ("GET", "/health/"),
        ("GET", "/HEALTH"),
        ("GET", "/health/../orders"),
        ("GET", "/health%2f..%2forders"),
        ("GET", "/orders?x=/health"),
        ("BREW", "/orders"),
    ],
)
def test_refuses_without_a_token(method, path, client, app):
    answer = client.open(path, method=method)
    assert answer.status_code == 401
    assert answer.headers["WWW-Authenticate"] == 'Bearer realm="api"'
    assert app.config["SEEN"] == []


def test_refuses_a_token_in_the_query(client, signing_key):
    assert client.get("/orders", query_string={"access_token": signing_key.token()}).status_code == 401


def test_refuses_a_token_in_the_body(client, signing_key):
    assert client.post("/orders", data={"access_token": signing_key.token()}).status_code == 401


def test_the_refusal_says_nothing_but_the_challenge(client, attacker_key):
    answer = client.get("/orders", headers=bearer(attacker_key.token()))
    assert (answer.status_code, answer.data) == (401, b"")
    assert answer.headers["WWW-Authenticate"] == 'Bearer error="invalid_token"'
    assert set(answer.headers.keys()) == {"WWW-Authenticate", "Cache-Control", "Content-Type", "Content-Length"}


def test_the_log_holds_neither_the_token_nor_text_of_the_caller(client, attacker_key, signing_key, caplog):
    for token in (attacker_key.token(), signing_key.token(header={"crit": ["forged line"]})):
        assert client.get("/orders", headers=bearer(token)).status_code == 401
        assert token[:20] not in caplog.text
    assert "forged" not in caplog.text
    assert caplog.text.count("token refused") == 2


@pytest.mark.parametrize("name", HEADERS)
def test_a_real_server_refuses_the_header(name, server, app, signing_key):
    app.config["SEEN"].clear()
    token = signing_key.token().encode()
    answer = raw_request(server, *(line.replace(b"{token}", token) for line in HEADERS[name]))
    assert status(answer) in (0, 400, 401, 431)
    assert app.config["SEEN"] == []


@pytest.mark.parametrize("name", TOKENS)
def test_a_real_server_refuses_the_token(name, server, app, by):
    app.config["SEEN"].clear()
    answer = raw_request(server, b"Authorization: Bearer " + REFUSED[name](by).encode(errors="surrogatepass"))
    assert status(answer) in (0, 400, 401, 431)
    assert app.config["SEEN"] == []


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.binary(max_size=200).filter(lambda value: not set(value) & set(b"\r\n\0")))
def test_no_header_value_is_answered_with_a_5xx(server, value):
    assert status(raw_request(server, b"Authorization: " + value)) in (0, 400, 401)


def test_answers_the_public_route_to_everyone(client):
    assert client.get("/health").json == {"status": "ok"}


def test_passes_a_valid_token_and_gives_the_view_its_claims(client, signing_key):
    assert client.get("/orders", headers=bearer(signing_key.token())).json == {"user": USER}


def test_passes_a_valid_token_through_a_real_server(server, signing_key):
    answer = raw_request(server, b"Authorization: Bearer " + signing_key.token().encode())
    assert status(answer) == 200
    assert USER.encode() in answer


def test_gives_each_request_its_own_claims(client, signing_key):
    other = "00000000-1111-4222-8333-444444444444"
    assert client.get("/orders", headers=bearer(signing_key.token({"oid": other}))).json == {"user": other}
    assert client.get("/orders").status_code == 401
    assert client.get("/orders", headers=bearer(signing_key.token())).json == {"user": USER}
