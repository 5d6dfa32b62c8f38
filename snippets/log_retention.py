# /// script
# requires-python = ">=3.11"
# dependencies = ["azure-identity>=1.27", "requests>=2.34"]
# ///
"""Reads how long Azure log stores keep logs, and whether one of them is locked against changes.

Sign in first, for example with `az login`; the least role is Reader of each store.
"""

import argparse
import sys
from collections.abc import Iterator
from typing import Any
from urllib.parse import quote

import requests
from azure.identity import DefaultAzureCredential
from requests.adapters import HTTPAdapter

AZURE = "https://management.azure.com/"
VERSIONS = {
    "Microsoft.OperationalInsights/workspaces": "2022-10-01",
    "Microsoft.Storage/storageAccounts": "2023-01-01",
}
FOR_EVER = -1  # as Log Analytics writes it


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


def retention(stores: list[str], days: int) -> Iterator[tuple[bool, str]]:
    """Whether each store keeps logs long enough, and whether at least one cannot be shortened by its owner."""
    locked = False
    for store in stores:
        [kind] = [kind for kind in VERSIONS if f"/providers/{kind}/".lower() in store.lower()]
        [found] = azure(f"{quote(store.strip('/'))}?api-version={VERSIONS[kind]}")
        properties = found["properties"]
        if kind == "Microsoft.OperationalInsights/workspaces":
            kept = int(properties["retentionInDays"])
        else:
            immutable = properties.get("immutableStorageWithVersioning") or {}
            policy = immutable.get("immutabilityPolicy") or {}
            kept = int(policy.get("immutabilityPeriodSinceCreationInDays") or 0)
            fixed = immutable.get("enabled") is True and policy.get("state") == "Locked"
            locked |= fixed and kept >= days
        yield kept >= days or kept == FOR_EVER, f"{found['name']!r} keeps logs for {kept} days"
    yield locked, f"a store keeps them for {days} days under a locked immutability policy: {locked}"


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("stores", nargs="+", help="the resource ID of a Log Analytics workspace or a storage account")
    parser.add_argument("--days", type=int, default=365, help="default: 365")
    arguments = parser.parse_args()
    try:
        found = list(retention(arguments.stores, arguments.days))
    except Exception as error:  # uncaught, it would end with 1, which says that the practice does not hold
        print(f"could not be checked: {error!r:.300}", file=sys.stderr)
        sys.exit(2)
    for good, text in found:
        print("ok " if good else "BAD", text)
    sys.exit(0 if all(good for good, _ in found) else 1)
