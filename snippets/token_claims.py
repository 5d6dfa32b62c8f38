# /// script
# requires-python = ">=3.11"
# dependencies = ["azure-identity>=1.27", "requests>=2.34"]
# ///
"""Lists the claims that a registration adds to tokens, and fails when no code names one or strangers can add some.

Sign in first, for example with `az login`; the least permission is Application.Read.All.
"""

import argparse
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
CODE = {".py", ".js", ".ts", ".tsx", ".jsx", ".mjs", ".cs", ".java", ".kt", ".go", ".rb", ".php"}


def graph(path: str) -> Any:
    """What Microsoft Graph holds at *path*."""
    token = DefaultAzureCredential().get_token("https://graph.microsoft.com/.default").token
    with requests.Session() as session:
        session.mount(GRAPH, HTTPAdapter(max_retries=4))  # waits as long as Retry-After says
        response = session.get(GRAPH + path, headers={"Authorization": f"Bearer {token}"}, timeout=30)
    response.raise_for_status()
    return response.json()


def words_read(source: Path) -> set[str]:
    """Every quoted word, and every name after a dot, in the code below *source*."""
    words: set[str] = set()
    for path in source.rglob("*"):
        if path.suffix in CODE and path.is_file() and not path.is_symlink() and "node_modules" not in path.parts:
            text = path.read_text(encoding="utf-8", errors="replace")
            words.update(*re.findall(r"""["'](\w+)["']|\.(\w+)""", text))
    return words


def faults_of(app: dict[str, Any], words: set[str]) -> Iterator[str]:
    """What the registration *app* lets into tokens without need; *words* are those of the code."""
    optional = app["optionalClaims"] or {}
    for token in ("idToken", "accessToken", "saml2Token"):
        for claim in optional.get(token) or ():
            if claim["name"] not in words:
                yield f"no code names the claim {claim['name']!r} of {token}"
    for kind in re.split(r"[,\s]+", app["groupMembershipClaims"] or ""):
        if kind in ("All", "SecurityGroup"):
            yield "tokens tell all groups of a user: set groupMembershipClaims to ApplicationGroup"
    if app["api"]["acceptMappedClaims"] is True and app["signInAudience"] != "AzureADMyOrg":
        yield "administrators of any tenant can map claims into the tokens: set acceptMappedClaims to null"


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("app_id", type=UUID, help="the client ID of the registration")
    parser.add_argument("source", type=Path, help="the folder with the code of the app")
    arguments = parser.parse_args()
    try:
        names = "signInAudience,optionalClaims,groupMembershipClaims,api"
        app = graph(f"applications(appId='{arguments.app_id}')?$select={names}")
        words = words_read(arguments.source)
        if not words:
            raise ValueError(f"{arguments.source} holds no code")
        faults = list(faults_of(app, words))
        print(f"optional claims: {app['optionalClaims']!r}")
        print(f"groups: {app['groupMembershipClaims']!r}, mapped claims: {app['api']['acceptMappedClaims']!r}")
    except Exception as error:  # uncaught, it would end with 1, which says that the practice does not hold
        print(f"could not be checked: {error!r:.300}", file=sys.stderr)
        sys.exit(2)
    for fault in faults:
        print(f"BAD {fault}")
    sys.exit(1 if faults else 0)
