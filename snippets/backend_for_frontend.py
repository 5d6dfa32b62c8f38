# /// script
# requires-python = ">=3.11"
# dependencies = ["flask>=3.1", "httpx2>=2.16", "msal>=1.39", "pyjwt[crypto]>=2.15"]
# ///
"""Calls listed APIs for the browser with tokens that stay on the server; the browser holds nothing but its cookie."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import httpx2
import msal
from flask import Blueprint, Response, abort, request

from sign_in_web_app import LOGIN
from silent_token import NoTokenError, silent_token
from token_errors import OUTAGES, Step
from web_session import WebSession, current_session

PATH = re.compile(r"(?!.*(?:^|/)\.\.?(?:/|$))[\w.~/-]*", re.ASCII)
OWN_HEADER = "X-Orders-Request"  # a page of another site cannot send it without being asked first, which is refused
PASSED_ON = ("Accept", "Content-Type", "If-Match", "If-None-Match")
PASSED_BACK = ("Content-Type", "ETag")
# what an API answers without a type must not become a page of this app
PLAIN = {"Content-Type": "application/octet-stream", "X-Content-Type-Options": "nosniff", "Cache-Control": "no-store"}


@dataclass(frozen=True)
class Api:
    """An API that the browser may reach, and the scope of the token for it."""

    base_url: str  # https, without a slash at the end
    scope: str


def api_routes(client_id: str, credential: Any, apis: Mapping[str, Api], authority: str = "organizations") -> Blueprint:
    """Routes /api/NAME/PATH beside those of `sign_in_routes`, for a Flask app with its ServerSessions.

    Set MAX_CONTENT_LENGTH in the app. The script in the browser sends the header X-Orders-Request with each call,
    any value; an answer 401 means that the user has to sign in again.
    """
    routes = Blueprint("api", __name__)

    def token_for(session: WebSession, scope: str) -> str:
        cache = msal.SerializableTokenCache()
        cache.deserialize(session["token_cache"])
        try:
            app = msal.ConfidentialClientApplication(
                client_id, client_credential=credential, authority=f"{LOGIN}/{authority}", token_cache=cache, timeout=10
            )
        except OUTAGES:
            abort(503)
        try:
            return silent_token(app, [scope], app.get_accounts()[0]["home_account_id"])
        except (NoTokenError, LookupError) as error:
            waiting = isinstance(error, NoTokenError) and error.refusal.step is Step.WAIT
            abort(503 if waiting else 401)
        finally:
            if cache.has_state_changed:
                session["token_cache"] = cache.serialize()

    @routes.route("/api/<name>/<path:path>", methods=["GET", "POST", "PUT", "PATCH", "DELETE"])
    def call(name: str, path: str) -> Response:
        session = current_session()
        if "user" not in session:
            abort(401)
        if OWN_HEADER not in request.headers:
            abort(403)
        api = apis.get(name)
        if api is None or not PATH.fullmatch(path):
            abort(404)
        token = token_for(session, api.scope)
        headers = {key: request.headers[key] for key in PASSED_ON if key in request.headers}
        try:
            answer = httpx2.request(  # follows no redirect, so the token goes to the listed host only
                request.method,
                f"{api.base_url}/{path}",
                params=request.args.to_dict(flat=False),
                content=request.get_data(),
                headers={**headers, "Authorization": f"Bearer {token}"},
                timeout=10,
            )
        except httpx2.HTTPError:
            abort(502)
        back = {key: answer.headers[key] for key in PASSED_BACK if key in answer.headers}
        moved = answer.is_redirect and answer.status_code != 304  # that one says: not modified
        if moved or token.encode() in answer.content or token in str(back):
            abort(502)
        return Response(answer.content, answer.status_code, {**PLAIN, **back})

    return routes
