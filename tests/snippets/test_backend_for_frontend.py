"""The browser reaches the listed APIs through the backend, and never sees a token."""

import json

import pytest
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from backend_for_frontend import Api, api_routes
from tests.snippets.apis import OrdersApi, answer
from tests.snippets.issuer import body
from tests.snippets.web import SECRET, WebApp, get, web_app
from ztcheck.authority import Entra

pytestmark = pytest.mark.filterwarnings("ignore:response_mode='form_post':UserWarning")
BASE = "https://orders.contoso.com"
OWN = {"X-Orders-Request": "1"}


@pytest.fixture
def web(entra: Entra, orders_api: OrdersApi) -> WebApp:  # noqa: ARG001 - it has to be there
    web = web_app(entra)
    apis = {"orders": Api(f"{BASE}/v1", f"{BASE}/Orders.Read")}
    web.flask.register_blueprint(api_routes(web.client.app_id, SECRET, apis))
    return web


def call(browser: FlaskClient, path: str = "/api/orders/orders/17", method: str = "GET", **more) -> TestResponse:
    return browser.open(path, method=method, base_url=BASE, **{"headers": OWN, **more})


def test_refuses_a_browser_without_a_session(web, orders_api):
    assert call(web.browser()).status_code == 401
    assert not orders_api.received


def test_refuses_a_session_that_has_ended(web, orders_api):
    browser = web.signed_in()
    browser.post("/auth/sign-out", base_url=BASE)
    assert call(browser).status_code == 401
    assert not orders_api.received


@pytest.mark.parametrize("method", ["GET", "POST", "PUT", "PATCH", "DELETE"])
def test_refuses_what_a_page_of_another_site_can_send(method, web, orders_api):
    assert call(web.signed_in(), method=method, headers={}).status_code == 403
    assert not orders_api.received


def test_refuses_to_let_another_site_ask_whether_it_may(web):
    headers = {"Origin": "https://stranger.example", "Access-Control-Request-Headers": "x-orders-request"}
    asked = call(web.signed_in(), method="OPTIONS", headers=headers)
    assert not [name for name in dict(asked.headers) if name.lower().startswith("access-control")]


@pytest.mark.parametrize(
    "path",
    [
        "/api/stranger/orders/17",
        "/api/https:/stranger.example/orders",
        "/api/orders.contoso.com/orders",
        "/api/orders/../admin",
        "/api/orders/%2e%2e/admin",
        "/api/orders/a/%2E%2E/%2e%2e/admin",
        "/api/orders/..",
        "/api/orders/./17",
        "/api/orders/a%5c..%5cadmin",
        "/api/orders/17%3Fall=1",
        "/api/orders/17%23",
        "/api/orders/%2525",
        "/api/orders/@stranger.example/",
        "/api/orders/17%0d%0aX-Injected:%201",
        "/api/orders/17%0a",
        "/api/orders/17;admin",
    ],
)
def test_refuses_every_address_but_the_listed(path, web, orders_api):
    assert call(web.signed_in(), path).status_code in (404, 405)
    assert not orders_api.received


def test_refuses_to_follow_a_redirect_with_the_token(web, orders_api):
    orders_api.answers = [answer(302, {}, {"Location": "https://stranger.example/take"})]
    assert call(web.signed_in()).status_code == 502
    assert [seen.url for seen in orders_api.received] == [f"{BASE}/v1/orders/17"]


def test_refuses_an_answer_that_holds_the_token(web, orders_api):
    def echo(request):
        body(json.dumps({"headers": dict(request.headers)}).encode())(request)

    orders_api.answers = [echo]
    shown = call(web.signed_in())
    assert shown.status_code == 502
    assert "eyJ" not in shown.text


@pytest.mark.parametrize("name", ["ETag", "Content-Type"])
def test_refuses_an_answer_that_holds_the_token_in_a_header(name, web, orders_api):
    def echo(request):
        token = request.headers["Authorization"].removeprefix("Bearer ")
        body(b"{}", 200, {name: f"text/{token}"})(request)

    orders_api.answers = [echo]
    shown = call(web.signed_in())
    assert shown.status_code == 502
    assert "eyJ" not in str(shown.headers)


def test_refuses_to_let_an_answer_without_a_type_become_a_page(web, orders_api):
    orders_api.answers = [body(b"<script>alert(1)</script>")]
    shown = call(web.signed_in())
    assert (shown.status_code, shown.content_type) == (200, "application/octet-stream")
    assert shown.headers["X-Content-Type-Options"] == "nosniff"


@pytest.mark.parametrize("name", ["Set-Cookie", "WWW-Authenticate", "Location", "Access-Control-Allow-Origin", "X-Y"])
def test_refuses_to_pass_back_the_header(name, web, orders_api):
    orders_api.answers = [answer(200, {}, {name: "x=1"})]
    assert name not in call(web.signed_in()).headers


@pytest.mark.parametrize("name", ["Cookie", "Authorization", "X-Forwarded-For", "Host-Override", "X-Orders-Request"])
def test_refuses_to_pass_on_the_header(name, web, orders_api):
    seen = []
    orders_api.answers = [lambda request: (seen.append(request.headers.get(name)), body(b"{}")(request))]  # type: ignore[func-returns-value]
    call(web.signed_in(), headers={**OWN, name: "Bearer of-the-browser"})
    assert "of-the-browser" not in str(seen)
    assert "__Host-session" not in str(seen)


def test_refuses_when_the_session_was_revoked(web, orders_api):
    web.entra.lifetime = 100  # MSAL hands out no token that ends in less than five minutes
    browser = web.signed_in()
    web.entra.revoke_sessions(web.ana)
    assert call(browser).status_code == 401
    assert not orders_api.received


def test_shows_the_browser_no_token(web, orders_api):
    browser = web.signed_in()
    answers = [call(browser), get(browser, "/whoami")]
    cookies = [cookie.value for cookie in browser._cookies.values()]
    assert "eyJ" not in str([(each.text, list(each.headers)) for each in answers]) + str(cookies)
    assert orders_api.tokens[0].startswith("eyJ")


def test_calls_the_api_with_a_token_for_it(web, orders_api):
    orders_api.answers = [answer(200, {"id": "17"}, {"ETag": '"3"', "Content-Type": "application/json"})]
    done = call(web.signed_in(), "/api/orders/orders/17?expand=lines&expand=x")
    assert (done.json, done.headers["ETag"], done.headers["Cache-Control"]) == ({"id": "17"}, '"3"', "no-store")
    assert orders_api.received[0].url == f"{BASE}/v1/orders/17?expand=lines&expand=x"


def test_passes_back_that_nothing_was_modified(web, orders_api):
    orders_api.answers = [body(b"", 304, {"ETag": '"3"'})]
    done = call(web.signed_in(), headers={**OWN, "If-None-Match": '"3"'})
    assert (done.status_code, done.headers["ETag"]) == (304, '"3"')


def test_passes_a_refusal_of_the_api_back(web, orders_api):
    orders_api.answers = [answer(403, {"error": "no"})]
    assert call(web.signed_in()).status_code == 403
