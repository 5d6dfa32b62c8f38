# /// script
# requires-python = ">=3.11"
# dependencies = ["azure-identity>=1.27", "requests>=2.34"]
# ///
"""Lists which log categories of Microsoft Entra ID are exported, and where to.

Sign in first, for example with `az login`; the role Reader at the scope /providers/Microsoft.aadiam is enough.
"""

import argparse
import sys
from collections.abc import Iterator
from typing import Any

import requests
from azure.identity import DefaultAzureCredential
from requests.adapters import HTTPAdapter

AZURE = "https://management.azure.com/"
NEEDED = (
    "AuditLogs",
    "SignInLogs",
    "NonInteractiveUserSignInLogs",
    "ServicePrincipalSignInLogs",
    "ManagedIdentitySignInLogs",
)
STORES = ("workspaceId", "storageAccountId", "eventHubAuthorizationRuleId", "marketplacePartnerId")


def azure(path: str) -> list[Any]:
    """The object at *path* of Azure Resource Manager, or every item listed there."""
    token = DefaultAzureCredential().get_token("https://management.azure.com/.default").token
    found, url = list[Any](), AZURE + path
    with requests.Session() as session:
        session.mount(AZURE, HTTPAdapter(max_retries=4))  # waits as long as Retry-After says
        for _ in range(100):
            if not url.startswith(AZURE):
                raise ValueError(f"the next page is on another server: {url!r}")
            response = session.get(url, headers={"Authorization": f"Bearer {token}"}, timeout=30)
            response.raise_for_status()
            page = response.json()
            found += page.get("value", [page])
            if "nextLink" not in page:
                return found
            url = page["nextLink"]
    raise ValueError("more than 100 pages")


def categories() -> Iterator[tuple[bool, str]]:
    """Each category that an investigation needs, and the stores that diagnostic settings send it to."""
    exported: dict[str, set[str]] = {name: set() for name in NEEDED}
    for setting in azure("providers/microsoft.aadiam/diagnosticSettings?api-version=2017-04-01"):
        properties = setting["properties"]
        stores = {str(properties[kind]) for kind in STORES if properties.get(kind)}
        for log in properties["logs"]:
            if log["enabled"] is True and log["category"] in exported:
                exported[log["category"]] |= stores
    for name, stores in exported.items():
        yield bool(stores), f"{name}: {sorted(stores) or 'exported nowhere'}"


if __name__ == "__main__":
    argparse.ArgumentParser(description=__doc__).parse_args()
    try:
        found = list(categories())
    except Exception as error:  # uncaught, it would end with 1, which says that the practice does not hold
        print(f"could not be checked: {error!r:.300}", file=sys.stderr)
        sys.exit(2)
    for good, text in found:
        print("ok " if good else "BAD", text)
    sys.exit(0 if all(good for good, _ in found) else 1)
