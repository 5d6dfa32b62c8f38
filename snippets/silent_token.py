# /// script
# requires-python = ">=3.11"
# dependencies = ["msal>=1.39"]
# ///
"""Acquires silently first, renews early, and goes on with a cached token that is valid while Entra is unavailable."""

import secrets
import time
from collections.abc import Sequence

import msal

from token_errors import OUTAGES, OutageError, Refusal, Step, answer_of, refusal


class NoTokenError(Exception):
    """There is no token without more; *refusal* says what to do next."""

    def __init__(self, refused: Refusal) -> None:
        super().__init__(f"{refused.step.value} ({refused.reference})")
        self.refusal = refused


def silent_token(
    app: msal.ClientApplication,
    scopes: Sequence[str],
    home_account_id: str,
    *,
    attempts: int = 3,
    pause: float = 1,
) -> str:
    """A token for *scopes* in the name of this one account, from the cache or by its refresh token.

    *app* is kept as long as the process or the user's session, with its cache. MSAL renews when the platform says so,
    well before a token ends; how long that is, no line here assumes. Raises NoTokenError.
    """
    refused = refusal(None)
    for attempt in range(attempts):
        if attempt:
            time.sleep(pause * 2 ** (attempt - 1) * secrets.SystemRandom().uniform(0.5, 1.5))
        try:
            result = answer_of(lambda: _ask(app, scopes, home_account_id))
        except OutageError as error:
            refused = refusal(error)
            continue
        if "access_token" in result:
            return str(result["access_token"])
        refused = refusal(result or None)
        if refused.step is not Step.WAIT:
            break
    raise NoTokenError(refused)


def _ask(app: msal.ClientApplication, scopes: Sequence[str], home_account_id: str) -> object:
    accounts = [account for account in app.get_accounts() if account["home_account_id"] == home_account_id]
    if not accounts:
        return None
    # MSAL on its own falls back to the cached token when the network fails, and raises when Entra answers 429 or 503.
    return app.acquire_token_silent_with_error(list(scopes), accounts[0], http_exceptions=OUTAGES)
