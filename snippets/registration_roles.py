# /// script
# requires-python = ">=3.11"
# dependencies = []
# ///
"""Fails when an exported registration signs users in and is also an API or a background service, or is used twice."""

import argparse
import json
import sys
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any


def faults_of(app: dict[str, Any], coupled: bool) -> Iterator[str]:
    """Which duties the registration *app* mixes; *coupled* excuses a client that is one program with its API."""
    redirects = [uri for platform in ("web", "spa", "publicClient") for uri in app[platform]["redirectUris"]]
    scopes = [scope["value"] for scope in app["api"]["oauth2PermissionScopes"] if scope["isEnabled"]]
    requested = [entry for resource in app["requiredResourceAccess"] for entry in resource["resourceAccess"]]
    roles = [entry for entry in requested if entry["type"] == "Role"]
    if redirects and roles:
        yield f"signs users in at {redirects[0]!r} and requests {len(roles)} application permissions"
    if redirects and scopes and not coupled:
        yield f"signs users in at {redirects[0]!r} and offers the scope {scopes[0]!r}"


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("files", type=Path, nargs="+", help="for each component: az ad app show --id APP_ID > FILE")
    parser.add_argument("--coupled", nargs="*", default=[], help="the client ID of an API that is its own client")
    arguments = parser.parse_args()
    try:
        apps = [(path.name, json.loads(path.read_bytes())) for path in arguments.files]
        used = Counter(app["appId"].lower() for _, app in apps)
        faults = [(name, fault) for name, app in apps for fault in faults_of(app, app["appId"] in arguments.coupled)]
        shared = [name for name, app in apps if used[app["appId"].lower()] > 1]
        faults += [(name, "is the registration of another component too") for name in shared]
    except Exception as error:  # uncaught, it would end with 1, which says that the practice does not hold
        print(f"could not be checked: {error!r:.300}", file=sys.stderr)
        sys.exit(2)
    for name, fault in faults:
        print(f"BAD {name!r} {fault}")
    print(f"{len(apps)} registrations looked at")
    sys.exit(1 if faults else 0)
