# /// script
# requires-python = ">=3.11"
# dependencies = ["azure-identity>=1.27", "pyyaml>=6", "requests>=2.34"]
# ///
"""Compares the permissions that a registration declares with a YAML file that gives a reason for each of them.

Sign in first, for example with `az login`; the least permission is Application.Read.All.
"""

import argparse
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from uuid import UUID

import requests
import yaml
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


def declared(app: dict[str, Any]) -> Iterator[tuple[str, str]]:
    """API and name of each permission that *app* declares; an id that the API does not know stays an id."""
    for resource in app["requiredResourceAccess"]:
        path = f"servicePrincipals(appId='{UUID(resource['resourceAppId'])}')"
        api = graph(f"{path}?$select=displayName,appRoles,oauth2PermissionScopes")
        names = {entry["id"]: entry["value"] for entry in api["appRoles"] + api["oauth2PermissionScopes"]}
        for entry in resource["resourceAccess"]:
            yield api["displayName"], names.get(entry["id"], entry["id"])


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("app_id", type=UUID, help="the client ID of the registration")
    parser.add_argument("inventory", type=Path, help="YAML: the API's name, then each permission with its reason")
    arguments = parser.parse_args()
    try:
        reasons = yaml.safe_load(arguments.inventory.read_text(encoding="utf-8"))
        found = set(declared(graph(f"applications(appId='{arguments.app_id}')?$select=requiredResourceAccess")))
        listed = {(api, name): reason for api, entries in reasons.items() for name, reason in entries.items()}
        missing = {entry for entry in found if not str(listed.get(entry) or "").strip()}
    except Exception as error:  # uncaught, it would end with 1, which says that the practice does not hold
        print(f"could not be checked: {error!r:.300}", file=sys.stderr)
        sys.exit(2)
    for api, name in sorted(found, key=str):
        print(f"{'BAD no reason for' if (api, name) in missing else 'ok '} {name!r} of {api!r}")
    for api, name in sorted(listed.keys() - found, key=str):
        print(f"    {name!r} of {api!r} has a reason, and is not declared")
    sys.exit(1 if missing else 0)
