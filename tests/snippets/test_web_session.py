"""A session lives on the server, behind a cookie that is worth nothing after its end."""

import time

import pytest
from flask import Flask, jsonify, session
from flask.testing import FlaskClient

from web_session import COOKIE, ServerSessions, current_session

SITE = "https://orders.contoso.com"


@pytest.fixture
def app() -> Flask:
    app = Flask("orders")
    app.session_interface = ServerSessions(most=3)

    @app.get("/come")
    def come() -> str:
        session["cart"] = "empty"
        return ""

    @app.get("/in/<int:seconds>")
    def sign_in(seconds: int) -> str:
        current_session().begin(time.time() + seconds, {"user": "ana"})
        return ""

    @app.get("/slow")
    def slow() -> str:
        """The user signs out in another tab while this is being answered."""
        other = app.test_client()
        other.set_cookie(COOKIE, current_session().key, domain="orders.contoso.com", secure=True)
        other.post("/out", base_url=SITE)
        session["late"] = True
        return ""

    @app.post("/out")
    def sign_out() -> str:
        current_session().end()
        return ""

    app.get("/")(lambda: jsonify(dict(session)))
    return app


def go(browser: FlaskClient, path: str = "/") -> object:
    answer = browser.get(path, base_url=SITE)
    assert answer.status_code == 200
    return answer.json if path == "/" else answer.headers


def key_of(browser: FlaskClient) -> str:
    cookie = browser.get_cookie(COOKIE, "orders.contoso.com")
    return cookie.value if cookie else ""


def browser_with(app: Flask, key: str) -> FlaskClient:
    browser = app.test_client()
    browser.set_cookie(COOKIE, key, domain="orders.contoso.com", secure=True)
    return browser


def signed_in(app: Flask, seconds: int = 3600) -> FlaskClient:
    browser = app.test_client()
    go(browser, f"/in/{seconds}")
    return browser


def test_sends_a_cookie_that_only_https_and_only_the_server_can_read(app):
    header = app.test_client().get("/in/3600", base_url=SITE).headers["Set-Cookie"]
    attributes = {part.strip().partition("=")[0]: part.strip().partition("=")[2] for part in header.split(";")[1:]}
    assert header.startswith("__Host-session=")
    assert attributes.pop("Expires")
    assert attributes == {"Secure": "", "HttpOnly": "", "Path": "/", "SameSite": "Lax"}


def test_tells_caches_to_keep_the_answer_with_the_cookie_to_themselves(app):
    headers = app.test_client().get("/in/3600", base_url=SITE).headers
    assert (headers["Cache-Control"], headers["Vary"]) == ("no-store", "Cookie")


def test_sends_no_cookie_to_a_visitor_without_data(app):
    assert "Set-Cookie" not in app.test_client().get("/", base_url=SITE).headers


def test_keeps_the_session_until_exp(app):
    assert go(signed_in(app)) == {"user": "ana"}


@pytest.mark.parametrize("key", ["made-up", "", "0" * 43, "../../etc/passwd", "ana"])
def test_refuses_an_id_that_was_not_made_here(key, app):
    browser = browser_with(app, key)
    assert go(browser) == {}
    go(browser, "/come")
    assert key_of(browser) != key


@pytest.mark.parametrize("seconds", [0, 1])
def test_refuses_the_cookie_after_exp(seconds, app, monkeypatch):
    browser = signed_in(app, seconds)
    key = key_of(browser)
    now = time.time() + 2
    monkeypatch.setattr(time, "time", lambda: now)
    assert go(browser_with(app, key)) == {}


def test_refuses_a_visitor_who_stays_too_long_at_the_sign_in_page(app, monkeypatch):
    browser = app.test_client()
    go(browser, "/come")
    key, later = key_of(browser), time.time() + 601
    monkeypatch.setattr(time, "time", lambda: later)
    assert go(browser_with(app, key)) == {}


def test_refuses_a_copy_of_the_cookie_after_sign_out(app):
    browser = signed_in(app)
    copy = browser_with(app, key_of(browser))
    assert go(copy) == {"user": "ana"}
    browser.post("/out", base_url=SITE)
    assert go(copy) == {}
    assert key_of(browser) == ""


def test_refuses_an_id_from_before_the_sign_in(app):
    browser = app.test_client()
    go(browser, "/come")
    planted = key_of(browser)
    go(browser, "/in/3600")
    assert key_of(browser) != planted
    assert go(browser_with(app, planted)) == {}


def test_refuses_to_revive_a_session_that_was_signed_out_meanwhile(app):
    browser = signed_in(app)
    copy = browser_with(app, key_of(browser))
    go(browser, "/slow")
    assert go(copy) == {}


def test_drops_what_was_there_before_the_sign_in(app):
    browser = app.test_client()
    go(browser, "/come")
    go(browser, "/in/3600")
    assert go(browser) == {"user": "ana"}


def test_holds_no_more_sessions_than_it_may(app):
    browsers = [signed_in(app) for _ in range(5)]
    assert [bool(go(browser)) for browser in browsers] == [False, False, True, True, True]


def test_refuses_to_let_visitors_push_out_who_is_signed_in(app):
    ana = signed_in(app)
    for _ in range(5):
        go(app.test_client(), "/come")
    assert go(ana) == {"user": "ana"}


def test_says_what_is_missing_without_it():
    with Flask("plain").test_request_context(), pytest.raises(RuntimeError, match="session_interface"):
        current_session()
