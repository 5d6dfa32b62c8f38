# /// script
# requires-python = ">=3.11"
# dependencies = ["azure-identity>=1.27", "requests>=2.34"]
# ///
"""Lists whom a registration trusts by federated credentials, and fails when one is not bound to an exact subject.

Sign in first, for example with `az login`; the least permission is Application.Read.All.
"""

import argparse
import re
import sys
from collections.abc import Iterator
from typing import Any
from uuid import UUID

import requests
from azure.identity import DefaultAzureCredential
from requests.adapters import HTTPAdapter

GRAPH = "https://graph.microsoft.com/v1.0/"
GITHUB = "https://token.actions.githubusercontent.com"
WITH_IDS = re.compile(r"repo:[^/@]+@\d+/[^:@]+@\d+:")


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


def fault_of(trust: dict[str, Any]) -> str:
    """What is loose about a federated credential, or nothing."""
    issuer, subject, audiences = trust["issuer"], trust["subject"], trust["audiences"]
    if not issuer.startswith("https://"):
        return "its issuer is not on https"
    if not subject or "*" in subject or "?" in subject:
        return "it names no exact subject"
    if subject.endswith(":pull_request"):
        return "any pull request may use it"
    if len(audiences) != 1:
        return f"it accepts {len(audiences)} audiences"
    return ""


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("app_id", type=UUID, help="the client ID of the registration")
    arguments = parser.parse_args()
    try:
        token = DefaultAzureCredential().get_token("https://graph.microsoft.com/.default").token
        found = list(graph(token, f"applications(appId='{arguments.app_id}')/federatedIdentityCredentials"))
        faults = [fault_of(trust) for trust in found]
        for trust, fault in zip(found, faults, strict=True):
            print(f"{'BAD' if fault else 'ok '} {trust['name']!r}: {trust['subject']!r} of {trust['issuer']!r}", fault)
            if trust["issuer"].rstrip("/") == GITHUB and not WITH_IDS.match(trust["subject"] or ""):
                print("    its subject holds names without ids, and GitHub's names can be taken over by others")
    except Exception as error:  # uncaught, it would end with 1, which says that the practice does not hold
        print(f"could not be checked: {error!r:.300}", file=sys.stderr)
        sys.exit(2)
    sys.exit(1 if any(faults) else 0)
