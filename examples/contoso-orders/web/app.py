"""The web app: signs users in and shows them their orders."""

import os

import msal
import requests
from azure.identity import ManagedIdentityCredential
from azure.keyvault.secrets import SecretClient
from flask import Flask, redirect, render_template, request, session, url_for
from flask_session import Session

app = Flask(__name__)
app.config.update(
    SESSION_TYPE="redis",
    SESSION_COOKIE_NAME="__Host-orders",
    SESSION_COOKIE_SECURE=True,
    SESSION_COOKIE_HTTPONLY=True,
    SESSION_COOKIE_SAMESITE="Lax",
)
Session(app)
SCOPES = ["https://orders.contoso.example/Orders.Read"]


def client() -> msal.ConfidentialClientApplication:
    vault = SecretClient(os.environ["VAULT_URL"], ManagedIdentityCredential())
    return msal.ConfidentialClientApplication(
        os.environ["ORDERS_WEB_CLIENT_ID"],
        client_credential=vault.get_secret("orders-web").value,
        authority="https://login.microsoftonline.com/organizations",
        token_cache=session.setdefault("cache", msal.SerializableTokenCache()),
    )


@app.route("/auth/start")
def start():
    session["flow"] = client().initiate_auth_code_flow(SCOPES, redirect_uri=url_for("callback", _external=True))
    return redirect(session["flow"]["auth_uri"])


@app.route("/auth/callback")
def callback():
    result = client().acquire_token_by_auth_code_flow(session.pop("flow", {}), request.args)
    if "access_token" not in result:
        return render_template("sorry.html", reason=result.get("error")), 403
    return redirect("/")


@app.route("/")
def orders():
    accounts = client().get_accounts()
    result = client().acquire_token_silent(SCOPES, account=accounts[0]) if accounts else None
    if not result or "access_token" not in result:
        return redirect(url_for("start"))
    answer = requests.get(
        "https://orders.contoso.example/orders",
        headers={"Authorization": f"Bearer {result['access_token']}"},
        timeout=10,
    )
    return render_template("orders.html", orders=answer.json())
