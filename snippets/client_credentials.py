# /// script
# requires-python = ">=3.11"
# dependencies = ["msal>=1.39"]
# ///
"""Acquires and reuses an app-only token with MSAL, in each customer's tenant apart."""

import re
import threading
from collections.abc import Callable, Mapping
from typing import Any

import msal

from token_errors import OUTAGES, answer_of

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
        roles were assigned, so the one scope to ask for is .default. Raises TokenRefusedError, OutageError when
        Entra is out of reach and no valid token is at hand, and what *credential* raises if it has no assertion.
        """
        if not GUID.fullmatch(tenant_id):
            raise ValueError("name one tenant by its ID; an app on its own has no other")

        def ask() -> Any:
            # During an outage a token that is still valid is served, also when Entra answers 429 or 503.
            return self._app(tenant_id).acquire_token_for_client([f"{api}/.default"], http_exceptions=OUTAGES)

        result = answer_of(ask)
        if "access_token" not in result:
            raise TokenRefusedError(result.get("error", "unknown"), result.get("correlation_id", "none"))
        return str(result["access_token"])

    def _app(self, tenant_id: str) -> msal.ConfidentialClientApplication:
        with self._lock:
            if tenant_id not in self._apps:
                self._apps[tenant_id] = msal.ConfidentialClientApplication(
                    self._client_id,
                    client_credential=self._credential,
                    authority=f"https://login.microsoftonline.com/{tenant_id}",
                    timeout=10,
                )
            return self._apps[tenant_id]
