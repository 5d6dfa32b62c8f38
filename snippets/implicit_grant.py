# /// script
# requires-python = ">=3.11"
# dependencies = ["azure-identity>=1.27", "requests>=2.34"]
# ///
"""Reports which tokens a registration still issues by the implicit grant, and prints the command that stops it.

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
OFF = {"enableAccessTokenIssuance": False, "enableIdTokenIssuance": False}


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
        app = graph(f"applications(appId='{arguments.app_id}')?$select=displayName,web")
        settings = {name: app["web"]["implicitGrantSettings"][name] for name in OFF}
        print(f"{app['displayName']!r}: {settings!r}")
    except Exception as error:  # uncaught, it would end with 1, which says that the practice does not hold
        print(f"could not be checked: {error!r:.300}", file=sys.stderr)
        sys.exit(2)
    if settings == OFF:
        sys.exit(0)
    body = json.dumps({"web": {"implicitGrantSettings": OFF}})
    print("Move what still uses it to the authorization code flow with PKCE, then run:")
    url = f"{GRAPH}applications(appId='{arguments.app_id}')"
    print(f"az rest --method PATCH --url \"{url}\" --headers Content-Type=application/json --body '{body}'")
    sys.exit(1)
