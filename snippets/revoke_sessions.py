# /// script
# requires-python = ">=3.11"
# dependencies = ["azure-identity>=1.27", "requests>=2.34"]
# ///
"""Revokes a test user's sessions through Microsoft Graph and reports how long an app still lets the user in.

Sign in first, for example with `az login`; the least permission is User.RevokeSessions.All.
USER_TOKEN must hold an access token of the test user for the app.
"""

import argparse
import os
import sys
import time
from urllib.parse import quote

import requests
from azure.identity import DefaultAzureCredential
from requests.adapters import HTTPAdapter

GRAPH = "https://graph.microsoft.com/v1.0/"


def revoke(user: str) -> None:
    """End every session of the user."""
    token = DefaultAzureCredential().get_token("https://graph.microsoft.com/.default").token
    with requests.Session() as session:
        session.mount(GRAPH, HTTPAdapter(max_retries=4))  # waits as long as Retry-After says
        url = f"{GRAPH}users/{quote(user)}/revokeSignInSessions"
        response = session.post(url, headers={"Authorization": f"Bearer {token}"}, timeout=30)
    response.raise_for_status()
    if response.json()["value"] is not True:
        raise ValueError("Microsoft Graph did not revoke the sessions")


def lets_in(url: str, token: str) -> bool:
    """Whether the app answers the user's token; any answer but success and 401 says nothing about that."""
    response = requests.get(url, headers={"Authorization": f"Bearer {token}"}, timeout=30, allow_redirects=False)
    if response.status_code not in (200, 204, 401):
        raise ValueError(f"the app answered {response.status_code}")
    return response.status_code != 401


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("user", help="the test user's user principal name or object ID")
    parser.add_argument("url", help="an address of the app that needs the token in the variable USER_TOKEN")
    parser.add_argument("--within", type=int, default=900, metavar="SECONDS", help="default: 900")
    parser.add_argument("--every", type=int, default=15, metavar="SECONDS", help="default: 15")
    arguments = parser.parse_args()
    try:
        token = os.environ.get("USER_TOKEN", "").strip()
        if not (token and token.isascii() and token.isprintable() and arguments.url.startswith("https://")):
            raise ValueError("USER_TOKEN must hold a token, and the address must be https")
        if not lets_in(arguments.url, token):
            raise ValueError("the app refuses the token before anything was revoked")
        revoke(arguments.user)
        for waited in range(0, arguments.within + 1, arguments.every):
            if not lets_in(arguments.url, token):
                print(f"ok  refused {waited} seconds after the sessions were revoked")
                sys.exit(0)
            time.sleep(arguments.every)
    except Exception as error:  # uncaught, it would end with 1, which says that the practice does not hold
        print(f"could not be checked: {error!r:.300}", file=sys.stderr)
        sys.exit(2)
    print(f"BAD let in {arguments.within} seconds after the sessions were revoked")
    sys.exit(1)
