# /// script
# requires-python = ">=3.11"
# dependencies = ["azure-identity>=1.27", "requests>=2.34"]
# ///
"""Compares an app's declared and granted Microsoft Graph permissions with the calls found in its Python code.

Sign in first, for example with `az login`; the least permission is Directory.Read.All.
"""

import argparse
import ast
import re
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from uuid import UUID

import requests
from azure.identity import DefaultAzureCredential
from requests.adapters import HTTPAdapter

GRAPH = "https://graph.microsoft.com/v1.0/"
GRAPH_ID = "00000003-0000-0000-c000-000000000000"
SIGN_IN = {"openid", "profile", "email", "offline_access"}


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


def calls(source: Path) -> Iterator[tuple[str, str]]:
    """Verb and place of each call below *source* that seems to go to Microsoft Graph; nothing of it is run."""
    for path in source.rglob("*.py"):
        if path.is_symlink():
            continue
        for node in ast.walk(ast.parse(path.read_bytes())):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
                verb = node.func.attr.upper()
                if verb == "REQUEST" and node.args:
                    verb = ast.unparse(node.args[0]).strip("'").upper()
                if verb in ("GET", "POST", "PUT", "PATCH", "DELETE") and re.search(r"(?i)\bgraph", ast.unparse(node)):
                    yield verb, f"{path}:{node.lineno}"


def permissions(token: str, app_id: UUID) -> tuple[set[str], set[str], set[str]]:
    """What the app declares and was granted, and what of the declared waits for no administrator."""
    microsoft = f"servicePrincipals(appId='{GRAPH_ID}')?$select=id,appRoles,oauth2PermissionScopes"
    [api] = graph(token, microsoft)
    names = {role["id"]: f"application {role['value']}" for role in api["appRoles"]}
    names |= {scope["id"]: f"delegated {scope['value']}" for scope in api["oauth2PermissionScopes"]}
    for_users = {names[scope["id"]] for scope in api["oauth2PermissionScopes"] if scope["type"] == "User"}
    [app] = graph(token, f"applications(appId='{app_id}')?$select=requiredResourceAccess")
    wanted = [each for each in app["requiredResourceAccess"] if each["resourceAppId"] == GRAPH_ID]
    declared = {names.get(entry["id"], entry["id"]) for each in wanted for entry in each["resourceAccess"]}
    own = f"servicePrincipals(appId='{app_id}')"
    roles = [each for each in graph(token, f"{own}/appRoleAssignments") if each["resourceId"] == api["id"]]
    scopes = [each for each in graph(token, f"{own}/oauth2PermissionGrants") if each["resourceId"] == api["id"]]
    granted = {names.get(each["appRoleId"], each["appRoleId"]) for each in roles}
    granted |= {f"delegated {name}" for each in scopes for name in each["scope"].split()}
    sign_in = {f"delegated {name}" for name in SIGN_IN}
    return declared - sign_in, granted - sign_in, for_users


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("app_id", type=UUID, help="the client ID of the registration")
    parser.add_argument("source", type=Path, help="the folder with the Python code of the app")
    arguments = parser.parse_args()
    try:
        token = DefaultAzureCredential().get_token("https://graph.microsoft.com/.default").token
        declared, granted, for_users = permissions(token, arguments.app_id)
        if not any(arguments.source.rglob("*.py")):
            raise ValueError(f"{arguments.source} holds no Python code")
        found = sorted(calls(arguments.source))
        faults = [f"{name} is granted, and not declared" for name in granted - declared]
        faults += [f"{name} is declared, and not granted" for name in declared - granted - for_users]
        if not found:
            faults += [f"{name} is not used: no call found" for name in declared | granted]
        elif {verb for verb, _ in found} == {"GET"}:
            writing = re.compile(r"Write|FullControl|Manage|Send|Create|Delete")
            faults += [f"{name} is too much: only GET found" for name in declared | granted if writing.search(name)]
    except Exception as error:  # uncaught, it would end with 1, which says that the practice does not hold
        print(f"could not be checked: {error!r:.300}", file=sys.stderr)
        sys.exit(2)
    for verb, place in found:
        print(f"    {verb} at {place!r}")
    for fault in sorted(faults):
        print(f"BAD {fault!r}")
    sys.exit(1 if faults else 0)
