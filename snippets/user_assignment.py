# /// script
# requires-python = ">=3.11"
# dependencies = ["azure-identity>=1.27", "requests>=2.34"]
# ///
"""Lists who is assigned to an app, and fails when people and apps get tokens for it without an assignment.

Sign in first, for example with `az login`; the least permission is Application.Read.All.
"""

import argparse
import sys
from collections.abc import Iterator
from typing import Any
from uuid import UUID

import requests
from azure.identity import DefaultAzureCredential
from requests.adapters import HTTPAdapter

GRAPH = "https://graph.microsoft.com/v1.0/"


def graph(token: str, path: str) -> Iterator[Any]:
    """The object at *path* of Microsoft Graph, or every item listed there."""
    url = GRAPH + path
    with requests.Session() as session:
        session.mount(GRAPH, HTTPAdapter(max_retries=4))  # waits as long as Retry-After says
        for _ in range(100):
            if not url.startswith(GRAPH):
                raise ValueError(f"the next page is on another server: {url!r}")
            response = session.get(url, headers={"Authorization": f"Bearer {token}"}, timeout=30)
            response.raise_for_status()
            page = response.json()
            yield from page.get("value", [page])
            if "@odata.nextLink" not in page:
                return
            url = page["@odata.nextLink"]
    raise ValueError("more than 100 pages")


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("app_id", type=UUID, help="the client ID of the app")
    arguments = parser.parse_args()
    try:
        token = DefaultAzureCredential().get_token("https://graph.microsoft.com/.default").token
        path = f"servicePrincipals(appId='{arguments.app_id}')"
        [app] = graph(token, f"{path}?$select=displayName,appRoleAssignmentRequired,appRoles")
        required = app["appRoleAssignmentRequired"] is True
        roles = {str(UUID(int=0)): "default access"} | {role["id"]: role["value"] for role in app["appRoles"]}
        print(f"{'ok ' if required else 'BAD'} {app['displayName']!r} requires assignment: {required}")
        for entry in graph(token, f"{path}/appRoleAssignedTo?$top=999"):
            role = roles.get(entry["appRoleId"], entry["appRoleId"])
            print(f"    {entry['principalType']!r} {entry['principalDisplayName']!r}: {role!r}")
    except Exception as error:  # uncaught, it would end with 1, which says that the practice does not hold
        print(f"could not be checked: {error!r:.300}", file=sys.stderr)
        sys.exit(2)
    sys.exit(0 if required else 1)
