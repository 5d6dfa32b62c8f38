# /// script
# requires-python = ">=3.11"
# dependencies = ["requests>=2.34"]
# ///
"""Lists the people and teams with admin rights on a GitHub repository that your list does not name.

GH_TOKEN must hold a token with read access to metadata and administration, of somebody who may push.
"""

import argparse
import os
import sys
import time
from collections.abc import Iterator
from typing import Any

import requests

API = "https://api.github.com/"


def github(path: str) -> list[Any]:
    """All rows of the list, or the one object, that GitHub's REST API holds at *path*."""
    token, rows, url, waits = os.environ.get("GH_TOKEN", "").strip(), list[Any](), API + path, 4
    if not (token and token.isascii() and token.isprintable()):
        raise ValueError("GH_TOKEN holds no token")
    headers = {"Authorization": f"Bearer {token}", "X-GitHub-Api-Version": "2022-11-28"}
    for _ in range(50):
        response = requests.get(url, headers=headers, timeout=30)
        if response.status_code in (403, 429) and "Retry-After" in response.headers and waits:
            waits -= 1
            time.sleep(min(int(response.headers["Retry-After"]), 120))
            continue
        response.raise_for_status()
        page = response.json()
        rows += page if isinstance(page, list) else [page]
        url = response.links.get("next", {}).get("url", "")
        if not url:
            return rows
        if not url.startswith(API):
            break
    raise ValueError("GitHub's pages lead nowhere")


def faults_of(repository: str, listed: set[str]) -> Iterator[str]:
    """Administrators that are not listed, directly or through a team, and names on the list that are none."""
    found = {
        person["login"].lower(): "person"
        for person in github(f"repos/{repository}/collaborators?per_page=100")
        if person["permissions"]["admin"]
    }
    for team in github(f"repos/{repository}/teams?per_page=100"):
        if team["permission"] == "admin":
            found[f"team:{team['slug'].lower()}"] = "team"
    yield from (f"the {kind} {name!r} is an administrator" for name, kind in found.items() if name not in listed)
    yield from (f"{name!r} is listed but is no administrator" for name in sorted(listed - found.keys()))


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("repository", help="such as contoso/orders")
    parser.add_argument("listed", nargs="+", type=str.lower, help="a login, or team: and the team's slug")
    arguments = parser.parse_args()
    try:
        faults = list(faults_of(arguments.repository, set(arguments.listed)))
    except Exception as error:  # uncaught, it would end with 1, which says that the practice does not hold
        print(f"could not be checked: {error!r:.300}", file=sys.stderr)
        sys.exit(2)
    print("\n".join(f"BAD {fault}" for fault in faults) or "ok: the administrators are those on the list")
    sys.exit(1 if faults else 0)
