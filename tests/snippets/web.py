"""The orders web app made of the snippets, as a browser meets it."""

from dataclasses import dataclass

from flask import Flask, jsonify, session
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from sign_in_web_app import sign_in_routes
from web_session import ServerSessions
from ztcheck.authority import Entra, Registration, Tenant, User

REDIRECT_URI = "https://orders.contoso.com/auth/callback"
SIGNED_OUT_URI = "https://orders.contoso.com/goodbye"
SECRET = "web-app-secret"


@dataclass
class WebApp:
    """The app, registered in an Entra with one user."""

    entra: Entra
    contoso: Tenant
    api: Registration
    client: Registration
    ana: User
    flask: Flask
    sessions: ServerSessions

    def browser(self) -> FlaskClient:
        return self.flask.test_client()

    def start(self, browser: FlaskClient) -> dict[str, str]:
        """Go to the sign-in page and through it; what Entra sends back in the address."""
        to_entra = get(browser, "/auth/sign-in")
        answer = self.entra.sign_in(to_entra.headers["Location"], self.ana)
        assert answer.pop("redirect_uri") == REDIRECT_URI
        return answer

    def signed_in(self) -> FlaskClient:
        browser = self.browser()
        done = get(browser, "/auth/callback", self.start(browser))
        assert (done.status_code, done.headers["Location"]) == (302, "/"), done.text
        return browser


def get(browser: FlaskClient, path: str, query: dict[str, str] | None = None) -> TestResponse:
    return browser.get(path, base_url="https://orders.contoso.com", query_string=query)


def user_of(browser: FlaskClient) -> object:
    """Whom the app takes the browser for."""
    return get(browser, "/whoami").json


def web_app(entra: Entra) -> WebApp:
    contoso = entra.tenant("contoso")
    api = contoso.register(
        "orders-api", identifier_uri="https://orders.contoso.com", scopes=["Orders.Read", "Orders.ReadWrite"]
    )
    client = contoso.register(
        "orders-web", secret=SECRET, redirect_uris=[REDIRECT_URI, SIGNED_OUT_URI], audience="AzureADMultipleOrgs"
    )
    ana = contoso.user("ana")
    app = Flask("orders")
    sessions = app.session_interface = ServerSessions()
    app.register_blueprint(sign_in_routes(client.app_id, SECRET, REDIRECT_URI, SIGNED_OUT_URI, {contoso.id}))
    app.get("/whoami")(lambda: jsonify(session.get("user")))
    return WebApp(entra, contoso, api, client, ana, app, sessions)
