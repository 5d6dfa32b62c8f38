# /// script
# requires-python = ">=3.11"
# dependencies = ["azure-identity>=1.27", "requests>=2.34"]
# ///
"""Lists the scopes and app roles that an API offers, and fails when one is vague, too broad or too easily granted.

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


def graph(path: str) -> Any:
    """What Microsoft Graph holds at *path*."""
    token = DefaultAzureCredential().get_token("https://graph.microsoft.com/.default").token
    with requests.Session() as session:
        session.mount(GRAPH, HTTPAdapter(max_retries=4))  # waits as long as Retry-After says
        response = session.get(GRAPH + path, headers={"Authorization": f"Bearer {token}"}, timeout=30)
    response.raise_for_status()
    return response.json()


def faults_of(app: dict[str, Any], own_clients: set[str], for_users: set[str]) -> Iterator[str]:
    """What is wrong with the permissions of *app*.

    *own_clients* are your client IDs; *for_users* are the scopes that users may grant though they read or change much.
    """
    scopes = [scope for scope in app["api"]["oauth2PermissionScopes"] if scope["isEnabled"]]
    roles = [role for role in app["appRoles"] if role["isEnabled"]]
    if len(scopes) == 1 and scopes[0]["value"] in ("user_impersonation", "access_as_user"):
        yield f"{scopes[0]['value']!r} is the only scope, so a client that reads may change everything"
    texts = [(scope["value"], scope["adminConsentDisplayName"], scope["adminConsentDescription"]) for scope in scopes]
    texts += [(role["value"], role["displayName"], role["description"]) for role in roles]
    described: set[str] = set()
    for value, name, description in texts:
        if not (name or "").strip() or not (description or "").strip():
            yield f"{value!r} does not say what it allows"
        elif description in described:
            yield f"{value!r} is described in the same words as another permission"
        described.add(description)
    for scope in scopes:
        broad = scope["value"].endswith(".All") or re.search("(?i)write|delete|manage|fullcontrol", scope["value"])
        if scope["type"] == "User" and broad and scope["value"] not in for_users:
            yield f"any user may grant {scope['value']!r}"
    for client in app["api"]["preAuthorizedApplications"]:
        if client["appId"].lower() not in own_clients:
            yield f"the client {client['appId']!r} needs no consent, and is not yours"


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("app_id", type=UUID, help="the client ID of the registration")
    parser.add_argument("--own-client", type=UUID, nargs="*", default=[], help="a client ID of your organization")
    parser.add_argument("--for-users", nargs="*", default=[], help="a scope that users may grant, as you decided")
    arguments = parser.parse_args()
    try:
        app = graph(f"applications(appId='{arguments.app_id}')?$select=api,appRoles")
        for scope in app["api"]["oauth2PermissionScopes"]:
            print(f"scope {scope['value']!r}, granted by {scope['type']!r}, enabled: {scope['isEnabled']!r}")
        for role in app["appRoles"]:
            print(f"app role {role['value']!r} for {role['allowedMemberTypes']!r}, enabled: {role['isEnabled']!r}")
        faults = list(faults_of(app, set(map(str, arguments.own_client)), set(arguments.for_users)))
    except Exception as error:  # uncaught, it would end with 1, which says that the practice does not hold
        print(f"could not be checked: {error!r:.300}", file=sys.stderr)
        sys.exit(2)
    for fault in faults:
        print(f"BAD {fault}")
    sys.exit(1 if faults else 0)
