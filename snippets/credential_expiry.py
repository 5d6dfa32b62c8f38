# /// script
# requires-python = ">=3.11"
# dependencies = ["azure-identity>=1.27", "requests>=2.34"]
# ///
"""Lists how long an app's secrets and certificates live, and fails when one lives too long or ends soon.

Sign in first, for example with `az login`; the least permission is Application.Read.All.
"""

import argparse
import sys
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import requests
from azure.identity import DefaultAzureCredential
from requests.adapters import HTTPAdapter

GRAPH = "https://graph.microsoft.com/v1.0/"


def graph(path: str) -> Any:
    """What Microsoft Graph holds at *path*."""
    token = DefaultAzureCredential().get_token("https://graph.microsoft.com/.default").token
    with requests.Session() as session:
        session.mount(GRAPH, HTTPAdapter(max_retries=4))  # waits as long as Retry-After says
        response = session.get(GRAPH + path, headers={"Authorization": f"Bearer {token}"}, timeout=30)
    response.raise_for_status()
    return response.json()


def credentials(app: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """What *app* proves itself with; a SAML signing certificate and its password are not for that."""
    signing = {key["keyId"] for key in app["keyCredentials"] if key["usage"] == "Sign"}
    for credential in app["passwordCredentials"] + app["keyCredentials"]:
        if credential["keyId"] not in signing:
            yield credential


def fault_of(credential: dict[str, Any], most: int, soon: int) -> str:
    """Why a credential needs attention, or nothing as for one that has ended; *most* and *soon* are days."""
    if credential["endDateTime"] is None:
        return "never ends"
    end = datetime.fromisoformat(credential["endDateTime"])
    life, left = end - datetime.fromisoformat(credential["startDateTime"]), end - datetime.now(UTC)
    if left.days < 0:
        return ""
    if life.days > most:
        return f"lives {life.days} days"
    return f"ends in {left.days} days: replace it" if left.days <= soon else ""


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("app_id", type=UUID, help="the client ID of the registration")
    parser.add_argument("--most", type=int, default=180, help="the longest life of a credential in days")
    parser.add_argument("--soon", type=int, default=30, help="the days in which its successor must be in place")
    arguments = parser.parse_args()
    try:
        select = "?$select=keyCredentials,passwordCredentials"
        found = [
            (credential, fault_of(credential, arguments.most, arguments.soon))
            for kind in ("applications", "servicePrincipals")
            for credential in credentials(graph(f"{kind}(appId='{arguments.app_id}'){select}"))
        ]
        for credential, fault in found:
            kind = "secret" if "secretText" in credential else "certificate"
            name, end = credential["displayName"], credential["endDateTime"]
            print(f"{'BAD' if fault else 'ok '} {kind} {name!r} {credential['keyId']!r} until {end!r} {fault}")
    except Exception as error:  # uncaught, it would end with 1, which says that the practice does not hold
        print(f"could not be checked: {error!r:.300}", file=sys.stderr)
        sys.exit(2)
    sys.exit(1 if any(fault for _, fault in found) else 0)
