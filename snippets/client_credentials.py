# /// script
# requires-python = ">=3.11"
# dependencies = ["msal>=1.39"]
# ///
"""Acquires and reuses an app-only token with MSAL, in each customer's tenant apart."""

import re
import threading
from collections.abc import Callable, Mapping
from json import JSONDecodeError
from typing import Any

import msal
from msal.exceptions import MsalServiceError

GUID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")
Credential = Mapping[str, str | Callable[[], str]]


class TokenRefusedError(Exception):
    """Entra gave no token: *error* is the class to act on, *correlation_id* is for the log and for support."""

    def __init__(self, error: str, correlation_id: str) -> None:
        super().__init__(f"{error}, correlation ID {correlation_id}")
        self.error = error
        self.correlation_id = correlation_id


class AppTokens:
    """Keep one for the life of the process: it holds MSAL's caches, one for each tenant."""

    def __init__(self, client_id: str, credential: Credential) -> None:
        """*credential* is a certificate or a client assertion as MSAL takes them."""
        if not isinstance(credential, Mapping):
            raise TypeError("use a certificate or a client assertion, not a secret")
        self._client_id = client_id
        self._credential = dict(credential)
        self._apps: dict[str, msal.ConfidentialClientApplication] = {}
        self._lock = threading.Lock()

    def get(self, tenant_id: str, api: str) -> str:
        """An access token for *api*, an identifier URI such as https://orders.contoso.com, in one tenant.

        It comes from the cache until MSAL finds it due for renewal. Which permissions it carries was decided when app
        roles were assigned, so the one scope there is to ask for is .default. Raises TokenRefusedError, and OSError or
        MsalServiceError when Entra is out of reach and no valid token is at hand.
        """
        app = self._app(tenant_id)
        # During an outage a token that is still valid is served, also when Entra answers 429 or 503.
        outage = (OSError, MsalServiceError, JSONDecodeError)
        try:
            result: dict[str, Any] = app.acquire_token_for_client([f"{api}/.default"], http_exceptions=outage)
        except JSONDecodeError as error:
            raise ConnectionError("something else answers in Entra's place") from error
        if "access_token" not in result:
            raise TokenRefusedError(result.get("error", "unknown"), result.get("correlation_id", "none"))
        return str(result["access_token"])

    def _app(self, tenant_id: str) -> msal.ConfidentialClientApplication:
        if not GUID.fullmatch(tenant_id):
            raise ValueError("name one tenant by its ID; an app on its own has no other")
        with self._lock:
            if tenant_id not in self._apps:
                self._apps[tenant_id] = msal.ConfidentialClientApplication(
                    self._client_id,
                    client_credential=self._credential,
                    authority=f"https://login.microsoftonline.com/{tenant_id}",
                    timeout=10,
                )
            return self._apps[tenant_id]
