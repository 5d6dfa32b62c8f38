# /// script
# requires-python = ">=3.11"
# dependencies = ["azure-identity>=1.27", "requests>=2.34"]
# ///
"""Reads what a consent prompt shows of your app, and fails when it lacks a verified publisher, a domain or a link.

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


def graph(path: str) -> Any:
    """What Microsoft Graph holds at *path*."""
    token = DefaultAzureCredential().get_token("https://graph.microsoft.com/.default").token
    with requests.Session() as session:
        session.mount(GRAPH, HTTPAdapter(max_retries=4))  # waits as long as Retry-After says
        response = session.get(GRAPH + path, headers={"Authorization": f"Bearer {token}"}, timeout=30)
    response.raise_for_status()
    return response.json()


def faults_of(app: dict[str, Any]) -> Iterator[str]:
    """What the consent prompt of *app* lacks."""
    if not app["verifiedPublisher"]["verifiedPublisherId"]:
        yield "no verified publisher"
    domain = (app["publisherDomain"] or "").lower()
    if not domain or domain.endswith(".onmicrosoft.com"):
        yield "no publisher domain of your own"
    for name in ("logoUrl", "termsOfServiceUrl", "privacyStatementUrl"):
        if not (app["info"][name] or "").startswith("https://"):
            yield f"no {name} on https"


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("app_id", type=UUID, help="the client ID of the registration")
    arguments = parser.parse_args()
    try:
        names = "displayName,publisherDomain,verifiedPublisher,info"
        app = graph(f"applications(appId='{arguments.app_id}')?$select={names}")
        faults = list(faults_of(app))
        publisher = app["verifiedPublisher"]["displayName"]
        print(f"{app['displayName']!r} by {publisher!r} of {app['publisherDomain']!r}")
    except Exception as error:  # uncaught, it would end with 1, which says that the practice does not hold
        print(f"could not be checked: {error!r:.300}", file=sys.stderr)
        sys.exit(2)
    for fault in faults:
        print(f"BAD {fault}")
    sys.exit(1 if faults else 0)
