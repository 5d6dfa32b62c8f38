# /// script
# requires-python = ">=3.11"
# dependencies = ["flask>=3.1", "httpx2>=2.16", "msal>=1.39", "pyjwt[crypto]>=2.15"]
# ///
"""Signs users in with MSAL's code flow (state, nonce, PKCE) and makes a session only from a verified ID token."""

import time
import warnings
from collections.abc import Callable, Container
from typing import Any
from urllib.parse import urlencode

import jwt
import msal
from flask import Blueprint, abort, current_app, redirect, request
from werkzeug.wrappers import Response

from signing_keys import SigningKeys
from token_errors import OUTAGES, OutageError, Step, answer_of, refusal
from web_session import current_session

LOGIN = "https://login.microsoftonline.com"
RENEW_SECONDS = 300  # how long before its end a session in use is renewed
LONGEST_SECONDS = 25 * 3600  # the lifetime of an ID token is one hour, and one day at most by policy
SCOPES = ["https://orders.contoso.com/Orders.Read"]  # what the first screen needs, no more
# A form posted from the sign-in page would arrive without the session cookie, which is SameSite=Lax.
warnings.filterwarnings("ignore", "response_mode='form_post' is recommended")


def verify_id_token(token: str, client_id: str, tenants: Container[str], keys: SigningKeys) -> dict[str, Any]:
    """The claims of an ID token that Entra signed for this app in an accepted tenant; else jwt.InvalidTokenError.

    Where the key that it names is not to be had, an OutageError: the token may be good, and is not accepted either.
    MSAL compares the nonce and checks nothing else of an ID token (1.38 and later).
    """
    kid = jwt.get_unverified_header(token).get("kid")
    if kid is None:
        raise jwt.InvalidTokenError("no signing key is named")
    key = keys.get(kid)
    if key is None:
        raise OutageError("unknown signing key")
    claims: dict[str, Any] = jwt.decode(
        token,
        key.key,
        algorithms=["RS256"],
        audience=client_id,
        leeway=60,
        options={"require": ["iss", "aud", "exp", "nbf", "iat", "tid", "oid"], "strict_aud": True},
    )
    tenant = str(claims["tid"])
    if tenant not in tenants:
        raise jwt.InvalidTokenError("tenant is not accepted")
    issuer = f"{LOGIN}/{tenant}/v2.0"
    timed = type(claims["exp"]) is type(claims["iat"]) is int and claims["exp"] - claims["iat"] <= LONGEST_SECONDS
    if not timed or not isinstance(claims["oid"], str):
        raise jwt.InvalidTokenError("oid or lifetime are not of Entra's kind")
    if claims["iss"] != issuer or key.issuer.replace("{tenantid}", tenant) not in ("", issuer):
        raise jwt.InvalidIssuerError("issuer, tenant and key disagree")
    return claims


def sign_in_routes(
    client_id: str,
    credential: Any,
    redirect_uri: str,
    signed_out_uri: str,
    tenants: Container[str],
    authority: str = "organizations",
) -> Blueprint:
    """Routes for a Flask app whose `session_interface` is ServerSessions; *credential* is what MSAL takes for one.

    *redirect_uri* leads to /auth/callback, *signed_out_uri* is where a sign-out ends; both are registered. *tenants*
    are the tenant IDs that you accept, *authority* is one of them or organizations. `session["user"]` then holds tid
    and oid of whoever signed in.
    """
    routes = Blueprint("sign_in", __name__)
    keys = SigningKeys(f"{LOGIN}/{authority}/discovery/v2.0/keys")

    def app_with(cache: msal.SerializableTokenCache) -> msal.ConfidentialClientApplication:
        try:
            return msal.ConfidentialClientApplication(
                client_id, client_credential=credential, authority=f"{LOGIN}/{authority}", token_cache=cache, timeout=10
            )
        except OUTAGES as error:  # among them a ValueError for an authority that is none
            raise OutageError(str(error)) from error

    def ask(msal_call: Callable[[], Any]) -> dict[str, Any]:
        result = answer_of(msal_call)
        if "error" in result and refusal(result).step is Step.WAIT:
            raise OutageError(result["error"])
        return result

    @routes.errorhandler(OutageError)
    def later(error: OutageError) -> tuple[str, int]:
        current_app.logger.warning("sign-in without Entra: %r", str(error)[:200])
        return "You cannot be signed in at the moment. Please try again in a minute.", 503

    @routes.get("/auth/sign-in")
    def sign_in() -> Response:
        flow = app_with(msal.SerializableTokenCache()).initiate_auth_code_flow(SCOPES, redirect_uri=redirect_uri)
        current_session().begin(0, {"flow": flow})
        return redirect(flow["auth_uri"])

    @routes.get("/auth/callback")
    def callback() -> Response:
        flow = current_session().pop("flow", None)  # one answer for each flow, whatever becomes of it
        if flow is None or flow["state"] != request.args.get("state") or not {"code", "error"} & set(request.args):
            abort(400, "This sign-in has ended. Please start again.")
        answer = {name: request.args[name] for name in ("code", "state", "error") if name in request.args}
        cache = msal.SerializableTokenCache()  # kept only if every check passes: MSAL fills it before it compares
        try:
            result = ask(lambda: app_with(cache).acquire_token_by_auth_code_flow(flow, answer))
            if "id_token" not in result:
                current_app.logger.warning("sign-in refused: %r", [result.get("error"), result.get("correlation_id")])
                abort(403, "You were not signed in.")
            claims = verify_id_token(result["id_token"], client_id, tenants, keys)
        except (jwt.PyJWTError, ValueError, RuntimeError) as error:
            current_app.logger.warning("answer to a sign-in refused: %s", type(error).__name__)
            abort(400, "This sign-in could not be verified. Please start again.")
        user = {name: claims[name] for name in ("tid", "oid")}
        current_session().begin(claims["exp"], {"user": user, "token_cache": cache.serialize()})
        return redirect("/")

    @routes.before_app_request
    def renew() -> None:
        """Shortly before the end, ask Entra again; whoever may no longer sign in is out at once."""
        session = current_session()
        if "user" not in session or session.ends - time.time() > RENEW_SECONDS:
            return
        cache = msal.SerializableTokenCache()
        cache.deserialize(session["token_cache"])
        try:
            app = app_with(cache)
            (account,) = app.get_accounts()
            result = ask(lambda: app.acquire_token_silent_with_error(SCOPES, account, force_refresh=True))
            claims = verify_id_token(result["id_token"], client_id, tenants, keys)
            if any(claims[name] != session["user"][name] for name in ("tid", "oid")):
                raise jwt.InvalidTokenError("another user")  # OpenID Connect Core, section 12.2
        except OutageError:
            return  # the session goes on to its end
        except (jwt.PyJWTError, LookupError, TypeError, ValueError) as error:
            current_app.logger.warning("session not renewed: %s", type(error).__name__)
            session.end()
            return
        session.ends = claims["exp"]
        session["token_cache"] = cache.serialize()

    @routes.post("/auth/sign-out")
    def sign_out() -> Response:
        current_session().end()
        back = urlencode({"post_logout_redirect_uri": signed_out_uri})
        return redirect(f"{LOGIN}/{authority}/oauth2/v2.0/logout?{back}", 303)

    return routes
