# /// script
# requires-python = ">=3.11"
# dependencies = ["azure-identity>=1.27", "httpx2>=2.16"]
# ///
"""Calls an API with a managed identity: no credential is stored, and none that lies about is taken."""

import re
from collections.abc import Sequence

from azure.core.exceptions import ClientAuthenticationError
from azure.identity import ManagedIdentityCredential

from call_api import Api

GUID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")


def orders_api(identity_client_id: str) -> Api:
    """The orders API, called as the user-assigned managed identity with this client ID.

    The identity is named, so neither a variable of the environment nor a second identity of the machine decides who
    the app is. Keep the returned object: it holds the cache. Its requests raise azure.core.exceptions.AzureError if
    this machine has no such identity.
    """
    if not GUID.fullmatch(identity_client_id):
        raise ValueError("name the managed identity by its client ID")
    credential = ManagedIdentityCredential(client_id=identity_client_id)

    def token(scopes: Sequence[str]) -> str:
        token = credential.get_token(*scopes).token
        if not isinstance(token, str) or not token:  # whatever answers at the address of the identity is taken for it
            raise ClientAuthenticationError("what came is no token")
        return token

    return Api("https://orders.contoso.com", ["https://orders.contoso.com/.default"], token)
