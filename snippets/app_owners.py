# /// script
# requires-python = ">=3.11"
# dependencies = ["azure-identity>=1.27", "requests>=2.34"]
# ///
"""Lists a registration's owners, and fails when it has fewer than two, more than five, or a disabled one.

Sign in first, for example with `az login`; Directory.Read.All is enough.
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
    parser.add_argument("app_id", type=UUID, help="the client ID of the registration")
    arguments = parser.parse_args()
    try:
        token = DefaultAzureCredential().get_token("https://graph.microsoft.com/.default").token
        path = f"applications(appId='{arguments.app_id}')/owners"
        owners = {owner["id"] for owner in graph(token, f"{path}?$select=id")}
        people = list(graph(token, f"{path}/microsoft.graph.user?$select=id,displayName,accountEnabled"))
        if any(person["accountEnabled"] is None for person in people):
            raise ValueError("the owners' accounts may not be read")
        disabled = [person for person in people if not person["accountEnabled"]]
        for person in people:
            print(f"{'BAD disabled' if person in disabled else 'ok '} {person['displayName']!r} {person['id']!r}")
        for program in sorted(owners - {person["id"] for person in people}):
            print(f"ok  {program!r} is a service principal")
        faults = ["fewer than two people can answer for it"] if len(people) - len(disabled) < 2 else []
        faults += ["more than five owners can add a credential to it"] if len(owners) > 5 else []
    except Exception as error:  # uncaught, it would end with 1, which says that the practice does not hold
        print(f"could not be checked: {error!r:.300}", file=sys.stderr)
        sys.exit(2)
    for fault in faults:
        print(f"BAD {fault}")
    sys.exit(1 if faults or disabled else 0)
