# /// script
# requires-python = ">=3.11"
# dependencies = ["azure-identity>=1.27", "requests>=2.34"]
# ///
"""Reads through Microsoft Graph whom a registration lets sign in, and fails when it is not whom you intend.

Sign in first, for example with `az login`; the least permission is Application.Read.All.
"""

import argparse
import sys
from typing import Any
from uuid import UUID

import requests
from azure.identity import DefaultAzureCredential
from requests.adapters import HTTPAdapter

GRAPH = "https://graph.microsoft.com/v1.0/"
AUDIENCES = ("AzureADMyOrg", "AzureADMultipleOrgs", "PersonalMicrosoftAccount", "AzureADandPersonalMicrosoftAccount")


def graph(path: str) -> Any:
    """What Microsoft Graph holds at *path*."""
    token = DefaultAzureCredential().get_token("https://graph.microsoft.com/.default").token
    with requests.Session() as session:
        session.mount(GRAPH, HTTPAdapter(max_retries=4))  # waits as long as Retry-After says
        response = session.get(GRAPH + path, headers={"Authorization": f"Bearer {token}"}, timeout=30)
    response.raise_for_status()
    return response.json()


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("intended", choices=AUDIENCES, help="the narrowest signInAudience that admits all your users")
    parser.add_argument("app_ids", type=UUID, nargs="+", metavar="app_id", help="a registration's client ID")
    arguments = parser.parse_args()
    holds = True
    try:
        for app_id in arguments.app_ids:
            app = graph(f"applications(appId='{app_id}')?$select=displayName,signInAudience")
            fits = app["signInAudience"] == arguments.intended
            holds = holds and fits
            print(f"{'ok ' if fits else 'BAD'} {app['displayName']!r} admits {app['signInAudience']!r}")
    except Exception as error:  # uncaught, it would end with 1, which says that the practice does not hold
        print(f"could not be checked: {error!r:.300}", file=sys.stderr)
        sys.exit(2)
    sys.exit(0 if holds else 1)
