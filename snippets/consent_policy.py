# /// script
# requires-python = ">=3.11"
# dependencies = ["azure-identity>=1.27", "requests>=2.34"]
# ///
"""Reads who may consent to apps, and whether users can ask an administrator, from Microsoft Graph.

Sign in first, for example with `az login`; the least permissions are Policy.Read.All, Policy.Read.PermissionGrant and
Application.Read.All.
"""

import argparse
import sys
from collections.abc import Iterator
from typing import Any
from urllib.parse import quote

import requests
from azure.identity import DefaultAzureCredential
from requests.adapters import HTTPAdapter

GRAPH = "https://graph.microsoft.com/v1.0/"
SELF = "ManagePermissionGrantsForSelf."
MICROSOFT_GRAPH = "00000003-0000-0000-c000-000000000000"


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


def settings() -> Iterator[tuple[bool, str]]:
    """The admin consent workflow, and each policy under which users consent for themselves."""
    [workflow] = graph("policies/adminConsentRequestPolicy")
    asked = len(workflow["reviewers"])
    yield workflow["isEnabled"] is True and asked > 0, f"users can ask: {workflow['isEnabled']!r}, reviewers: {asked}"
    [authorization] = graph("policies/authorizationPolicy")
    assigned = authorization["defaultUserRolePermissions"]["permissionGrantPoliciesAssigned"]
    names = [name.removeprefix(SELF) for name in assigned if name.startswith(SELF)]
    for name in names:
        yield is_narrow(name), f"users consent under the policy {name!r}"
    if not names:
        yield True, "users do not consent for themselves"
    for entry in graph(f"servicePrincipals(appId='{MICROSOFT_GRAPH}')/delegatedPermissionClassifications"):
        yield True, f"classified as {entry['classification']!r}: {entry['permissionName']!r}"


def is_narrow(name: str) -> bool:
    """Whether a policy admits low-risk permissions only, and only for verified publishers or apps that it names."""
    if name.startswith("microsoft-"):  # microsoft-user-default-recommended changes when Microsoft does
        return name == "microsoft-user-default-low"
    for condition in graph(f"policies/permissionGrantPolicies/{quote(name, safe='')}/includes"):
        named = {*condition["clientApplicationIds"], *condition["clientApplicationTenantIds"]} - {"all"}
        publisher = condition["clientApplicationsFromVerifiedPublisherOnly"] is True
        if condition["permissionClassification"] != "low" or not (publisher or named):
            return False
    return True


if __name__ == "__main__":
    argparse.ArgumentParser(description=__doc__).parse_args()
    try:
        found = list(settings())
    except Exception as error:  # uncaught, it would end with 1, which says that the practice does not hold
        print(f"could not be checked: {error!r:.300}", file=sys.stderr)
        sys.exit(2)
    for good, text in found:
        print("ok " if good else "BAD", text)
    sys.exit(0 if all(good for good, _ in found) else 1)
