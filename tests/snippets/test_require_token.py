"""No request reaches a FastAPI app without a valid token, whatever it looks like; nothing is answered with a 5xx."""

from pathlib import Path

import pytest
from fastapi import FastAPI, Request, WebSocket
from fastapi.staticfiles import StaticFiles
from fastapi.testclient import TestClient
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from starlette.websockets import WebSocketDisconnect

from require_token import RequireToken
from signing_keys import SigningKeys
from tests.snippets.bad_requests import HEADERS, TOKENS
from tests.snippets.bad_tokens import REFUSED
from tests.snippets.issuer import API, PARTNER, PUBLIC, TENANT, USER
from tests.snippets.servers import raw_request, status, uvicorn_server
from verify_access_token import AccessTokenValidator


def contoso_orders(folder: Path) -> FastAPI:
    app = FastAPI()
    seen: list[str] = []
    app.state.seen = seen

    @app.get("/orders")
    def orders(request: Request) -> dict[str, str]:
        seen.append("orders")
        return {"user": request.state.claims["oid"]}

    @app.post("/orders")
    def create(order: dict[str, int]) -> dict[str, int]:
        seen.append("create")
        return order

    @app.get("/health")
    def health() -> dict[str, str]:
        return {"status": "ok"}

    @app.websocket("/live")
    async def live(socket: WebSocket) -> None:
        await socket.accept()
        await socket.close()

    app.mount("/files", StaticFiles(directory=folder))
    sub = FastAPI()
    app.mount("/admin", sub)
    validator = AccessTokenValidator(API, {TENANT, PARTNER}, SigningKeys(f"{PUBLIC}/common/discovery/v2.0/keys"))
    app.add_middleware(RequireToken, validator=validator, public={("GET", "/health")})
    return app


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    folder = tmp_path_factory.mktemp("files")
    (folder / "a.txt").write_text("secret")
    return folder


@pytest.fixture
def app(folder):
    return contoso_orders(folder)


@pytest.fixture
def client(app):
    return TestClient(app)


@pytest.fixture(scope="module")
def module_app(folder):
    return contoso_orders(folder)


@pytest.fixture(scope="module")
def server(module_app):
    with uvicorn_server(module_app) as port:
        yield port


def bearer(token: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {token}"}


ROUTES = [
    ("GET", "/orders"),
    ("POST", "/orders"),
    ("DELETE", "/orders"),
    ("OPTIONS", "/orders"),
    ("GET", "/orders/"),
    ("GET", "/docs"),
    ("GET", "/redoc"),
    ("GET", "/openapi.json"),
    ("GET", "/files/a.txt"),
    ("GET", "/admin"),
    ("GET", "/admin/docs"),
    ("GET", "/admin/openapi.json"),
    ("GET", "/no-such-path"),
    ("GET", "/"),
    ("POST", "/health"),
    ("HEAD", "/health"),
    ("GET", "/health/"),
    ("GET", "//health"),
    ("GET", "/HEALTH"),
    ("GET", "/health/../orders"),
    ("GET", "/health%2f..%2forders"),
    ("GET", "/orders?x=/health"),
    ("GET", "/orders;/health"),
    ("BREW", "/orders"),
]


@pytest.mark.parametrize(("method", "path"), ROUTES)
def test_refuses_without_a_token(method, path, client):
    answer = client.request(method, path)
    assert answer.status_code == 401
    assert answer.headers["WWW-Authenticate"] == 'Bearer realm="api"'


def test_refuses_before_it_reads_the_body(client, app):
    answer = client.post("/orders", content=b"not json", headers={"Content-Type": "application/json"})
    assert answer.status_code == 401
    assert app.state.seen == []


def test_refuses_a_websocket_without_a_token(client):
    with pytest.raises(WebSocketDisconnect), client.websocket_connect("/live"):
        pass


def test_refuses_a_websocket_on_a_public_path(client):
    with pytest.raises(WebSocketDisconnect), client.websocket_connect("/health"):
        pass


def test_refuses_a_token_in_the_query(client, signing_key):
    assert client.get("/orders", params={"access_token": signing_key.token()}).status_code == 401


def test_refuses_a_token_in_the_body(client, signing_key):
    assert client.post("/orders", data={"access_token": signing_key.token()}).status_code == 401


def test_the_refusal_says_nothing_but_the_challenge(client, attacker_key):
    answer = client.get("/orders", headers=bearer(attacker_key.token()))
    assert (answer.status_code, answer.content) == (401, b"")
    assert dict(answer.headers) == {
        "www-authenticate": 'Bearer error="invalid_token"',
        "content-length": "0",
        "cache-control": "no-store",
    }


def test_the_log_holds_neither_the_token_nor_text_of_the_caller(client, attacker_key, signing_key, caplog):
    for token in (attacker_key.token(), signing_key.token(header={"crit": ["forged line"]})):
        assert client.get("/orders", headers=bearer(token)).status_code == 401
        assert token[:20] not in caplog.text
    assert "forged" not in caplog.text
    assert caplog.text.count("token refused") == 2


@pytest.mark.parametrize("name", HEADERS)
def test_a_real_server_refuses_the_header(name, server, module_app, signing_key):
    module_app.state.seen.clear()
    token = signing_key.token().encode()
    answer = raw_request(server, *(line.replace(b"{token}", token) for line in HEADERS[name]))
    assert status(answer) in (0, 400, 401, 431)
    assert module_app.state.seen == []


@pytest.mark.parametrize("name", TOKENS)
def test_a_real_server_refuses_the_token(name, server, module_app, by):
    module_app.state.seen.clear()
    token = REFUSED[name](by).encode(errors="surrogatepass")
    answer = raw_request(server, b"Authorization: Bearer " + token)
    assert status(answer) in (0, 400, 401, 431)
    assert module_app.state.seen == []


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.binary(max_size=200).filter(lambda value: not set(value) & set(b"\r\n\0")))
def test_no_header_value_is_answered_with_a_5xx(server, value):
    assert status(raw_request(server, b"Authorization: " + value)) in (0, 400, 401)


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    st.dictionaries(
        st.sampled_from(["alg", "typ", "kid", "crit", "b64", "jku"]),
        st.recursive(
            st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8),
            lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=4), inner, max_size=3),
        ),
    )
)
def test_no_token_header_is_answered_with_a_5xx(server, signing_key, header):
    answer = raw_request(server, b"Authorization: Bearer " + signing_key.token(header=header).encode())
    assert status(answer) in (200, 401)


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    st.dictionaries(
        st.sampled_from(
            ["aud", "iss", "tid", "exp", "nbf", "iat", "scp", "roles", "azp", "sub", "oid", "ver", "idtyp"]
        ),
        st.none()
        | st.booleans()
        | st.integers()
        | st.floats()
        | st.text(max_size=8)
        | st.lists(st.text(), max_size=2)
        | st.dictionaries(st.text(max_size=4), st.none(), max_size=2),
        min_size=1,
    )
)
def test_no_claim_is_answered_with_a_5xx(server, signing_key, claims):
    answer = raw_request(server, b"Authorization: Bearer " + signing_key.token(claims).encode())
    assert status(answer) in (200, 401)


def test_answers_the_public_route_to_everyone(client):
    assert client.get("/health").json() == {"status": "ok"}


@pytest.mark.parametrize("scheme", ["Bearer", "bearer", "BEARER"])
def test_passes_a_valid_token_and_gives_the_route_its_claims(scheme, client, signing_key):
    answer = client.get("/orders", headers={"Authorization": f"{scheme} {signing_key.token()}"})
    assert answer.json() == {"user": USER}


def test_passes_a_valid_token_through_a_real_server(folder, signing_key):
    with uvicorn_server(contoso_orders(folder)) as port:
        answer = raw_request(port, b"Authorization: Bearer " + signing_key.token().encode())
    assert status(answer) == 200
    assert USER.encode() in answer


def test_opens_a_websocket_for_a_valid_token(client, signing_key):
    with client.websocket_connect("/live", headers=bearer(signing_key.token())):
        pass


def test_gives_each_request_its_own_claims(client, signing_key):
    other = "00000000-1111-4222-8333-444444444444"
    assert client.get("/orders", headers=bearer(signing_key.token({"oid": other}))).json() == {"user": other}
    assert client.get("/orders").status_code == 401
    assert client.get("/orders", headers=bearer(signing_key.token())).json() == {"user": USER}
