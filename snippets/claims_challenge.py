# /// script
# requires-python = ">=3.11"
# dependencies = ["httpx2>=2.16", "msal>=1.39"]
# ///
"""Answers a claims challenge: reads it, asks for a token with its claims silently, then with the user, and once."""

import base64
import json
import re
from collections.abc import Callable, Sequence
from typing import Any

import httpx2
import msal

from token_errors import answer_of

CAPABILITIES = ["cp1"]  # pass it as client_capabilities to MSAL's constructor, once every API call goes through here
MAX_CLAIMS = 4096
BEARER = re.compile(r"(?:^|,)\s*Bearer\s+(.*)", re.IGNORECASE | re.DOTALL)
PARAMETER = re.compile(r'(?<![\w-])([\w-]+) *= *(?:"([^"]*)"|([^\s,"]+))')
Interact = Callable[[str | None], dict[str, Any]]


def claims_in(response: httpx2.Response) -> str | None:
    """The claims that an API asks for in a 401, as JSON text for MSAL's claims_challenge; None if it asks for none.

    Any server that is called can send them, so what is not a small request for claims is left alone.
    """
    if response.status_code != 401:
        return None
    for challenge in response.headers.get_list("WWW-Authenticate"):
        bearer = BEARER.search(challenge)
        found = PARAMETER.findall(bearer[1]) if bearer else []
        parameters = {name.lower(): quoted or plain for name, quoted, plain in found}
        if parameters.get("error") != "insufficient_claims":
            continue
        encoded = parameters.get("claims", "").replace("-", "+").replace("_", "/").rstrip("=")
        try:
            wanted = json.loads(base64.b64decode(encoded + "=" * (-len(encoded) % 4), validate=True))
        except (ValueError, RecursionError):
            continue
        asks = isinstance(wanted, dict) and set(wanted) == {"access_token"} and isinstance(wanted["access_token"], dict)
        if asks and len(encoded) <= MAX_CLAIMS:
            return json.dumps(wanted)
    return None


def call(
    send: Callable[[str], httpx2.Response],
    app: msal.ClientApplication,
    scopes: Sequence[str],
    home_account_id: str,
    interact: Interact,
) -> httpx2.Response:
    """What the API answers to *send*, which makes one request with the token it is given.

    *app* was built with CAPABILITIES. *interact* signs the user in with the claims it is given and returns MSAL's
    result. The same code serves APIs that never challenge. Raises PermissionError if there is no token,
    OutageError while Entra is out of reach.
    """
    response = send(_token(app, scopes, home_account_id, None, interact))
    claims = claims_in(response)
    if claims is None:
        return response
    return send(_token(app, scopes, home_account_id, claims, interact))  # a second challenge is the caller's to see


def _token(
    app: msal.ClientApplication, scopes: Sequence[str], home_account_id: str, claims: str | None, interact: Interact
) -> str:
    account = next((each for each in app.get_accounts() if each["home_account_id"] == home_account_id), None)
    result = {}
    if account:
        result = answer_of(lambda: app.acquire_token_silent_with_error(list(scopes), account, claims_challenge=claims))
    if "access_token" not in result:
        result = interact(result.get("claims") or claims)
    if "access_token" not in result:
        raise PermissionError(f"no token: {result.get('error')}, correlation ID {result.get('correlation_id')}")
    return str(result["access_token"])
