# /// script
# requires-python = ">=3.11"
# dependencies = ["httpx2>=2.16", "msal[broker]>=1.39"]
# ///
"""Requests a token that is bound to this device where the API takes one, and falls back to bearer only openly."""

import logging
import re
from collections.abc import Sequence
from typing import Any

import httpx2
import msal

from token_errors import answer_of

log = logging.getLogger(__name__)
POP_CHALLENGE = re.compile(r'(?:^|,)\s*PoP\s+(?:[\w-]+="[^"]*"\s*,\s*)*nonce="([^"]{1,512})"', re.IGNORECASE)


class NotBoundError(Exception):
    """A bound token was demanded and there is none."""


def get(
    app: msal.PublicClientApplication, scopes: Sequence[str], home_account_id: str, url: str, *, demand: bool = False
) -> httpx2.Response:
    """What the API answers to a GET of *url*, sent with a bound token if API and device can.

    Signed HTTP requests go through the broker of Windows and macOS: build *app* with it. With *demand*, nothing is
    sent with a bearer token. Raises NotBoundError, PermissionError, and OutageError while Entra is out of
    reach.
    """
    if not url.startswith("https://"):
        raise ValueError("tokens travel over https")
    first = httpx2.get(url, timeout=10)  # without a token: an API that takes bound ones answers with a nonce
    nonce = next(
        (found[1] for header in first.headers.get_list("WWW-Authenticate") if (found := POP_CHALLENGE.search(header))),
        None,
    )
    scheme, missing = None, ""
    if first.status_code != 401 or nonce is None:
        missing = "the API offers no bound tokens"
    elif not app.is_pop_supported():
        missing = "this machine's broker cannot bind tokens"
    else:
        scheme = msal.PopAuthScheme(http_method=msal.PopAuthScheme.HTTP_GET, url=url, nonce=nonce)
    if missing and demand:
        raise NotBoundError(missing)
    if missing:
        log.warning("bearer token used for %s: %s", httpx2.URL(url).host, missing)
    kind, token = _token(app, scopes, home_account_id, scheme)
    return httpx2.get(url, headers={"Authorization": f"{kind} {token}"}, timeout=10)


def _token(
    app: msal.PublicClientApplication, scopes: Sequence[str], home_account_id: str, scheme: Any
) -> tuple[str, str]:
    """The kind of token and the token; one that was to be bound and is not is thrown away."""
    account = next((each for each in app.get_accounts() if each["home_account_id"] == home_account_id), None)
    if account is None:
        raise PermissionError("no token: sign in first")
    result = answer_of(lambda: app.acquire_token_silent_with_error(list(scopes), account, auth_scheme=scheme))
    if "access_token" not in result:
        raise PermissionError(f"no token: {result.get('error', 'sign in first')}")
    kind = str(result.get("token_type", "Bearer")).lower()
    if kind != ("pop" if scheme else "bearer"):
        raise NotBoundError(f"a token of the kind {kind!r} came instead")
    return ("PoP" if scheme else "Bearer"), str(result["access_token"])
