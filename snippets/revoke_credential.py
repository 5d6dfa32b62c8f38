# /// script
# requires-python = ">=3.11"
# dependencies = ["azure-identity>=1.27", "azure-keyvault-secrets>=4.12", "httpx2>=2.16"]
# ///
"""Removes an app's leaked credential through Microsoft Graph, once its successor is in the vault, and ends sessions.

Sign in first, for example with `az login`; the least permission is Application.ReadWrite.OwnedBy for an app that the
caller owns, and User.RevokeSessions.All to end sessions. For a successor the caller writes secrets of the vault.
"""

import argparse
import sys
import time
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import httpx2
from azure.identity import DefaultAzureCredential
from azure.keyvault.secrets import SecretClient

GRAPH = "https://graph.microsoft.com/v1.0/"


class Graph:
    """Microsoft Graph for whoever is signed in here."""

    def __init__(self) -> None:
        self.credential = DefaultAzureCredential()

    def call(self, method: str, path: str, body: dict[str, Any] | None = None) -> Any:
        """The JSON of the answer, if any; waits when throttled, raises httpx2.HTTPError for any other refusal."""
        token = self.credential.get_token("https://graph.microsoft.com/.default").token
        headers = {"Authorization": f"Bearer {token}"}
        for _ in range(5):
            answer = httpx2.request(method, GRAPH + path, json=body, headers=headers, timeout=30)
            if answer.status_code != 429:
                break
            time.sleep(min(int(answer.headers.get("Retry-After", 5)), 60))
        answer.raise_for_status()
        return answer.json() if answer.status_code == 200 else None


def add_successor(graph: Graph, path: str, days: int, vault_url: str, secret_name: str) -> None:
    """Add a secret and put it into the vault, where the app reads it; nobody sees it."""
    end = (datetime.now(UTC) + timedelta(days=days)).strftime("%Y-%m-%dT%H:%M:%SZ")
    wanted = {"passwordCredential": {"displayName": "successor of a leaked one", "endDateTime": end}}
    value = graph.call("POST", f"{path}/addPassword", wanted)["secretText"]
    SecretClient(vault_url, graph.credential).set_secret(secret_name, value)


def remove(graph: Graph, path: str, app: dict[str, Any], key_id: str) -> None:
    """Remove the secret or certificate with this key ID."""
    kept = [each for each in app["keyCredentials"] if each["keyId"] != key_id]
    if len(kept) < len(app["keyCredentials"]):
        graph.call("PATCH", path, {"keyCredentials": kept})
    else:
        graph.call("POST", f"{path}/removePassword", {"keyId": key_id})


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("app_id", type=UUID, help="the client ID of the registration")
    parser.add_argument("key_id", type=UUID, help="keyId of the leaked credential")
    parser.add_argument(
        "--vault", help="add a successor first, into this vault, such as https://orders.vault.azure.net"
    )
    parser.add_argument("--secret-name", default="", help="the name of the secret in the vault")
    parser.add_argument("--days", type=int, default=90, help="the successor's life")
    parser.add_argument("--disable", action="store_true", help="stop the whole app in this tenant at once")
    parser.add_argument("--revoke-user", type=UUID, action="append", default=[], help="object ID of a user to sign out")
    arguments = parser.parse_args()
    graph, key_id = Graph(), str(arguments.key_id)
    try:
        path = f"applications(appId='{arguments.app_id}')"
        app = graph.call("GET", f"{path}?$select=id,keyCredentials,passwordCredentials")
        if key_id not in [each["keyId"] for each in app["keyCredentials"] + app["passwordCredentials"]]:
            print(f"nothing was changed: the app has no credential {key_id}")
            sys.exit(1)
        path = f"applications/{UUID(app['id'])}"
        if arguments.disable:
            graph.call("PATCH", f"servicePrincipals(appId='{arguments.app_id}')", {"accountEnabled": False})
            print("the service principal is disabled")
        if arguments.vault:
            add_successor(graph, path, arguments.days, arguments.vault, arguments.secret_name)
            print("the successor is in the vault")
        remove(graph, path, app, key_id)
        print(f"credential {key_id} is removed; tokens issued before live until they expire")
        for user in arguments.revoke_user:
            graph.call("POST", f"users/{user}/revokeSignInSessions")
            print(f"the sessions of {user} are revoked")
    except Exception as error:  # uncaught, it would end with 1: nothing was changed
        status = error.response.status_code if isinstance(error, httpx2.HTTPStatusError) else ""
        print(f"stopped here: {type(error).__name__} {status}", file=sys.stderr)
        sys.exit(2)
    sys.exit(0)
