# /// script
# requires-python = ">=3.11"
# dependencies = ["azure-identity>=1.27", "requests>=2.34"]
# ///
"""Lists the redirect URIs of a registration that are loose, not https, or on a host that you do not own.

Sign in first, for example with `az login`; the least permission is Application.Read.All.
"""

import argparse
import ipaddress
import sys
from collections.abc import Iterator
from typing import Any
from urllib.parse import urlsplit
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


def faults_of(platform: str, uri: str, owned: list[str]) -> Iterator[str]:
    """What is wrong with a redirect URI of *platform* (web, spa or publicClient); *owned* are your domains."""
    if "*" in uri:
        yield "holds a wildcard"
    try:
        address = urlsplit(uri)
        host = address.hostname or ""
    except ValueError:
        yield "is no address"
        return
    if address.scheme not in ("http", "https"):
        if platform != "publicClient":
            yield "uses an app's scheme outside a native app"
        return
    try:
        number = ipaddress.ip_address(host)
    except ValueError:
        number = None
    if host == "localhost" or (number and number.is_loopback):
        return
    if number:
        yield "names an IP address"
    elif not any(host == domain or host.endswith(f".{domain}") for domain in owned):
        yield "is on a host that is not yours"
    if address.scheme != "https":
        yield "does not use https"
    if address.query or address.fragment or address.username is not None:
        yield "holds more than an address: a query, a fragment or a user name"


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("app_id", type=UUID, help="the client ID of the registration")
    parser.add_argument("owned", nargs="+", type=str.lower, help="a domain that is yours, such as contoso.com")
    arguments = parser.parse_args()
    try:
        app = graph(f"applications(appId='{arguments.app_id}')?$select=web,spa,publicClient")
        platforms = ("web", "spa", "publicClient")
        found = [(platform, uri) for platform in platforms for uri in app[platform]["redirectUris"]]
        faults = [list(faults_of(platform, uri, arguments.owned)) for platform, uri in found]
    except Exception as error:  # uncaught, it would end with 1, which says that the practice does not hold
        print(f"could not be checked: {error!r:.300}", file=sys.stderr)
        sys.exit(2)
    for (platform, uri), wrong in zip(found, faults, strict=True):
        print(f"{'BAD' if wrong else 'ok '} {platform} {uri!r}", *wrong, sep=", ")
    sys.exit(1 if any(faults) else 0)
