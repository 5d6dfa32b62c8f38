# /// script
# requires-python = ">=3.11"
# dependencies = ["azure-identity>=1.27", "requests>=2.34"]
# ///
"""Compares the client ID, authority, redirect URI and token version in an app's settings with its registration.

Sign in first, for example with `az login`; the least permission is Application.Read.All.
"""

import argparse
import sys
from collections.abc import Iterator
from typing import Any
from urllib.parse import urlsplit
from uuid import UUID

import requests
from azure.identity import DefaultAzureCredential
from requests.adapters import HTTPAdapter

GRAPH = "https://graph.microsoft.com/v1.0/"
SEVERAL = ("AzureADMultipleOrgs", "AzureADandPersonalMicrosoftAccount")
NEEDS = {
    "common": SEVERAL,
    "organizations": SEVERAL,
    "consumers": ("PersonalMicrosoftAccount", "AzureADandPersonalMicrosoftAccount"),
}


def graph(path: str) -> Any:
    """What Microsoft Graph holds at *path*."""
    token = DefaultAzureCredential().get_token("https://graph.microsoft.com/.default").token
    with requests.Session() as session:
        session.mount(GRAPH, HTTPAdapter(max_retries=4))  # waits as long as Retry-After says
        response = session.get(GRAPH + path, headers={"Authorization": f"Bearer {token}"}, timeout=30)
    response.raise_for_status()
    return response.json()


def faults_of(app: dict[str, Any], authority: str, platform: str, redirect_uri: str, version: int) -> Iterator[str]:
    """Where the registration *app* and the settings disagree."""
    tenant = urlsplit(authority).path.strip("/").split("/")[0].lower()
    if not authority.startswith("https://") or not tenant:
        yield f"the authority {authority!r} names no tenant"
    elif app["signInAudience"] not in NEEDS.get(tenant, ("AzureADMyOrg", *SEVERAL)):
        yield f"the authority {authority!r} does not fit signInAudience {app['signInAudience']!r}"
    if redirect_uri:
        at = [name for name in ("web", "spa", "publicClient") if redirect_uri in app[name]["redirectUris"]]
        if at != [platform]:
            yield f"{redirect_uri!r} is registered under {at!r}, the app needs it under {platform!r} alone"
    if version and (app["api"]["requestedAccessTokenVersion"] or 1) != version:
        yield f"the API expects tokens of version {version} and gets others: set api.requestedAccessTokenVersion"


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("client_id", type=UUID)
    parser.add_argument("authority", help="such as https://login.microsoftonline.com/organizations")
    parser.add_argument("--redirect-uri", default="")
    parser.add_argument(
        "--platform",
        choices=("web", "spa", "publicClient"),
        default="web",
        help="web for a ConfidentialClientApplication, publicClient for a PublicClientApplication, spa for a browser",
    )
    parser.add_argument("--token-version", type=int, choices=(1, 2), help="what an API accepts")
    arguments = parser.parse_args()
    try:
        names = "displayName,signInAudience,web,spa,publicClient,api"
        app = graph(f"applications(appId='{arguments.client_id}')?$select={names}")
        settings = (arguments.authority, arguments.platform, arguments.redirect_uri, arguments.token_version)
        faults = list(faults_of(app, *settings))
        print(f"{app['displayName']!r} for {app['signInAudience']!r}")
    except Exception as error:  # uncaught, it would end with 1, which says that the practice does not hold
        print(f"could not be checked: {error!r:.300}", file=sys.stderr)
        sys.exit(2)
    for fault in faults:
        print(f"BAD {fault}")
    sys.exit(1 if faults else 0)
