# /// script
# requires-python = ">=3.11"
# dependencies = ["azure-identity>=1.27", "requests>=2.34"]
# ///
"""Reads the app management policies of a tenant and says whether they restrict client secrets.

Sign in first, for example with `az login`; the least permission is Policy.Read.All.
"""

import argparse
import sys
from collections.abc import Iterator
from typing import Any

import requests
from azure.identity import DefaultAzureCredential
from requests.adapters import HTTPAdapter

GRAPH = "https://graph.microsoft.com/v1.0/"


def graph(path: str) -> list[Any]:
    """The object at *path* of Microsoft Graph, or every item listed there."""
    token = DefaultAzureCredential().get_token("https://graph.microsoft.com/.default").token
    found, url = list[Any](), GRAPH + path
    with requests.Session() as session:
        session.mount(GRAPH, HTTPAdapter(max_retries=4))  # waits as long as Retry-After says
        for _ in range(100):
            if not url.startswith(GRAPH):
                raise ValueError(f"the next page is on another server: {url!r}")
            response = session.get(url, headers={"Authorization": f"Bearer {token}"}, timeout=30)
            response.raise_for_status()
            page = response.json()
            found += page.get("value", [page])
            if "@odata.nextLink" not in page:
                return found
            url = page["@odata.nextLink"]
    raise ValueError("more than 100 pages")


def restrictions() -> Iterator[tuple[bool, str]]:
    """Whether the tenant's policy forbids or limits secrets, and which custom policies take its place for some apps."""
    [policy] = graph("policies/defaultAppManagementPolicy")
    yield policy["isEnabled"] is True, f"the tenant's policy is enabled: {policy['isEnabled']!r}"
    for kind in ("applicationRestrictions", "servicePrincipalRestrictions"):
        yield bool(in_force(policy[kind])), f"{kind}: {in_force(policy[kind])}"
    for custom in graph("policies/appManagementPolicies"):
        good = custom["isEnabled"] is True and bool(in_force(custom["restrictions"]))
        yield good, f"some apps have the policy {custom['displayName']!r} instead: {in_force(custom['restrictions'])}"


def in_force(restrictions: Any) -> list[str]:
    """The enabled restrictions that forbid new secrets or limit how long they last."""
    return [
        f"{entry['restrictionType']} {entry['maxLifetime']} from {entry['restrictForAppsCreatedAfterDateTime']}"
        for entry in restrictions["passwordCredentials"]
        if entry["state"] == "enabled" and entry["restrictionType"] in ("passwordAddition", "passwordLifetime")
    ]


if __name__ == "__main__":
    argparse.ArgumentParser(description=__doc__).parse_args()
    try:
        found = list(restrictions())
    except Exception as error:  # uncaught, it would end with 1, which says that the practice does not hold
        print(f"could not be checked: {error!r:.300}", file=sys.stderr)
        sys.exit(2)
    for good, text in found:
        print("ok " if good else "BAD", text)
    sys.exit(0 if all(good for good, _ in found) else 1)
