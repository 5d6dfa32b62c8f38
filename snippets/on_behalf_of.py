# /// script
# requires-python = ">=3.11"
# dependencies = ["msal>=1.39"]
# ///
"""Exchanges the caller's token for one to a downstream API, and relays to the caller what Entra still asks for."""

import base64
import hashlib
import threading
from collections import OrderedDict
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import msal

from token_errors import OUTAGES, OutageError, answer_of

LOGIN = "https://login.microsoftonline.com"


class ExchangeRefusedError(Exception):
    """There is no downstream token: answer the caller with *status*, and with *challenge* as WWW-Authenticate."""

    def __init__(self, reason: str, status: int, challenge: str = "") -> None:
        super().__init__(reason)
        self.status = status
        self.challenge = challenge


class Downstream:
    """Keep one for the life of the API; it keeps MSAL's cache of each received token apart, for *most* of them."""

    def __init__(self, client_id: str, credential: Mapping[str, str | Callable[[], str]], most: int = 1000) -> None:
        """*client_id* and *credential*, a certificate or a client assertion, are the API's own."""
        self._client_id = client_id
        self._credential = dict(credential)
        self._most = most
        self._apps: OrderedDict[bytes, msal.ConfidentialClientApplication] = OrderedDict()
        self._lock = threading.Lock()

    def token(
        self, claims: Mapping[str, Any], assertion: str, scopes: Sequence[str], claims_challenge: str | None = None
    ) -> str:
        """A token for *scopes* of one downstream API, in the name of the caller's user.

        *assertion* is the access token that the caller sent and *claims* is what came out of verifying it. If the
        downstream API answers with a claims challenge, ask again and hand its claims over as *claims_challenge*.
        Raises ExchangeRefusedError.
        """
        if "scp" not in claims or claims.get("idtyp", "user") != "user":
            raise ExchangeRefusedError("an app calls, and only a user's token can be exchanged", 403)
        tenant_id = claims["tid"]

        def ask() -> Any:
            app, result = self._app(tenant_id, assertion), None
            if claims_challenge is None and (accounts := app.get_accounts()):
                result = app.acquire_token_silent(list(scopes), accounts[0], http_exceptions=OUTAGES)
            return result or app.acquire_token_on_behalf_of(assertion, list(scopes), claims_challenge=claims_challenge)

        try:
            result = answer_of(ask)
        except OutageError as error:
            raise ExchangeRefusedError(str(error), 503) from error
        if "access_token" not in result:
            raise self._refusal(result)
        return str(result["access_token"])

    def _app(self, tenant_id: str, assertion: str) -> msal.ConfidentialClientApplication:
        """The app whose cache belongs to this token alone: one sign-in never gets what another has proved."""
        key = hashlib.sha256(assertion.encode()).digest()
        with self._lock:
            if key in self._apps:
                self._apps.move_to_end(key)
                return self._apps[key]
        app = msal.ConfidentialClientApplication(
            self._client_id,
            client_credential=self._credential,
            authority=f"{LOGIN}/{tenant_id}",
            client_capabilities=["cp1"],
            timeout=10,
        )
        with self._lock:
            self._apps[key] = app
            if len(self._apps) > self._most:
                self._apps.popitem(last=False)
        return app

    def _refusal(self, result: Mapping[str, Any]) -> ExchangeRefusedError:
        error = result.get("error", "unknown")
        reason = f"{error} {result.get('suberror', '')}, correlation ID {result.get('correlation_id')}"
        bearer = f'Bearer authorization_uri="{LOGIN}/common/oauth2/v2.0/authorize"'
        if result.get("claims"):
            wanted = base64.b64encode(result["claims"].encode()).decode()
            return ExchangeRefusedError(reason, 401, f'{bearer}, error="insufficient_claims", claims="{wanted}"')
        if result.get("suberror") == "consent_required":
            return ExchangeRefusedError(reason, 403, f'{bearer}, error="insufficient_scope"')
        if error in ("invalid_grant", "interaction_required"):
            return ExchangeRefusedError(reason, 401, f'{bearer}, error="invalid_token"')
        return ExchangeRefusedError(reason, 503)  # our own credential or Entra's outage: nothing the caller can mend
