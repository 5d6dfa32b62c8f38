# /// script
# requires-python = ">=3.11"
# dependencies = ["azure-identity>=1.27", "requests>=2.34"]
# ///
"""Reads whether a multitenant app is locked in other tenants, and prints the command that locks it.

Sign in first, for example with `az login`; the least permission is Application.Read.All.
"""

import argparse
import json
import sys
from typing import Any
from uuid import UUID

import requests
from azure.identity import DefaultAzureCredential
from requests.adapters import HTTPAdapter

GRAPH = "https://graph.microsoft.com/v1.0/"
LOCK = {"isEnabled": True, "allProperties": True}


def graph(path: str) -> Any:
    """What Microsoft Graph holds at *path*."""
    token = DefaultAzureCredential().get_token("https://graph.microsoft.com/.default").token
    with requests.Session() as session:
        session.mount(GRAPH, HTTPAdapter(max_retries=4))  # waits as long as Retry-After says
        response = session.get(GRAPH + path, headers={"Authorization": f"Bearer {token}"}, timeout=30)
    response.raise_for_status()
    return response.json()


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("app_id", type=UUID, help="the client ID of the registration")
    arguments = parser.parse_args()
    try:
        names = "displayName,signInAudience,servicePrincipalLockConfiguration"
        app = graph(f"applications(appId='{arguments.app_id}')?$select={names}")
        multitenant = app["signInAudience"] not in ("AzureADMyOrg", "PersonalMicrosoftAccount")
        found = app["servicePrincipalLockConfiguration"] or {}
        locked = all(found.get(name) is True for name in LOCK)
        print(f"{app['displayName']!r} for {app['signInAudience']!r}: {found!r}")
    except Exception as error:  # uncaught, it would end with 1, which says that the practice does not hold
        print(f"could not be checked: {error!r:.300}", file=sys.stderr)
        sys.exit(2)
    if locked or not multitenant:
        sys.exit(0)
    body = json.dumps({"servicePrincipalLockConfiguration": LOCK})
    print("Administrators of other tenants can add credentials to your app there. To lock it, run:")
    url = f"{GRAPH}applications(appId='{arguments.app_id}')"
    print(f"az rest --method PATCH --url \"{url}\" --headers Content-Type=application/json --body '{body}'")
    sys.exit(1)
