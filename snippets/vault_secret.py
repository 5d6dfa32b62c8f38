# /// script
# requires-python = ">=3.11"
# dependencies = ["azure-identity>=1.27", "azure-keyvault-secrets>=4.12", "msal>=1.39"]
# ///
"""Signs an app in with a secret from the vault, opened by managed identity, and reads it again when sign-in fails."""

import logging
import threading
import time
from collections.abc import Sequence
from typing import Any

import msal
from azure.core.exceptions import AzureError
from azure.identity import ManagedIdentityCredential
from azure.keyvault.secrets import SecretClient

from token_errors import OUTAGES, OutageError, answer_of

log = logging.getLogger(__name__)


class SignInError(Exception):
    """Entra ID or the vault refused; the text holds error codes and no secret."""


class VaultSignIn:
    """App-only tokens by a secret that anyone may rotate at any time; keep one for each process.

    Give the managed identity *Key Vault Secrets User* on this vault, and the app no other way to the secret.
    """

    def __init__(self, client_id: str, tenant_id: str, vault_url: str, secret_name: str, max_age: float = 3600) -> None:
        self.client_id = client_id
        self.authority = f"https://login.microsoftonline.com/{tenant_id}"
        self.vault = SecretClient(vault_url, ManagedIdentityCredential())
        self.secret_name = secret_name
        self.max_age = max_age  # seconds after which the secret is read again, even if it works
        self._cache = msal.TokenCache()
        self._lock = threading.Lock()
        self._secret = ""
        self._read = float("-inf")

    def token(self, scopes: Sequence[str]) -> str:
        """An access token, from the cache if there is one; raises SignInError."""
        with self._lock:
            if time.monotonic() - self._read > self.max_age:
                self._read_secret(must=not self._secret)
            result = self._ask(scopes)
            if result.get("error") == "invalid_client":
                refused = self._secret
                self._read_secret(must=True)
                if self._secret != refused:
                    result = self._ask(scopes)
        if "access_token" not in result:
            raise SignInError(f"{result.get('error')} {result.get('error_codes')} {result.get('correlation_id')}")
        return str(result["access_token"])

    def _ask(self, scopes: Sequence[str]) -> dict[str, Any]:
        def ask() -> Any:
            app = msal.ConfidentialClientApplication(
                self.client_id,
                client_credential=self._secret,
                authority=self.authority,
                token_cache=self._cache,
                timeout=10,
            )
            return app.acquire_token_for_client(list(scopes), http_exceptions=OUTAGES)

        try:
            return answer_of(ask)
        except OutageError as error:
            raise SignInError(f"Entra ID is out of reach: {error}") from None

    def _read_secret(self, must: bool) -> None:
        """Take the newest version; when the vault is out of reach, a secret that still works will do."""
        try:
            value = self.vault.get_secret(self.secret_name).value
        except (AzureError, *OUTAGES) as error:  # the SDK, too, takes whatever comes for an answer
            log.warning("vault not read: %s", type(error).__name__)
            if must:
                raise SignInError(f"the vault refused: {type(error).__name__}") from None
            return
        if not value:
            raise SignInError("the vault holds an empty secret")
        self._secret, self._read = value, time.monotonic()
