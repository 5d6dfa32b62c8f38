# /// script
# requires-python = ">=3.11"
# dependencies = ["requests>=2.34"]
# ///
"""Lists an organization's fine-grained personal access tokens on GitHub that last too long or may do too much.

GH_TOKEN must hold a token with read access to personal access tokens, and must be that of a GitHub App.
"""

import argparse
import os
import sys
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
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


def faults_of(organization: str, days: int, now: datetime) -> Iterator[str]:
    """Tokens without an end, with a far one, or that may change every repository or the organization itself."""
    for token in github(f"orgs/{organization}/personal-access-tokens?per_page=100"):
        label = f"{token['token_name']!r} of {token['owner']['login']!r}"
        if token["token_expires_at"] is None:
            yield f"{label} never expires"
        elif datetime.fromisoformat(token["token_expires_at"]) - now > timedelta(days=days):
            yield f"{label} expires in more than {days} days"
        granted = token["permissions"].items()
        changes = {scope: [name for name, access in each.items() if access != "read"] for scope, each in granted}
        if changes.get("repository") and token["repository_selection"] == "all":
            yield f"{label} may change {changes['repository']!r} of all repositories"
        if changes.get("organization"):
            yield f"{label} may change {changes['organization']!r} of the organization"


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("organization")
    parser.add_argument("--days", type=int, default=90, help="the longest that a token may still last; default: 90")
    arguments = parser.parse_args()
    try:
        faults = list(faults_of(arguments.organization, arguments.days, datetime.now(UTC)))
    except Exception as error:  # uncaught, it would end with 1, which says that the practice does not hold
        print(f"could not be checked: {error!r:.300}", file=sys.stderr)
        sys.exit(2)
    print("\n".join(f"BAD {fault}" for fault in faults) or "ok: no token is without end or broad")
    sys.exit(1 if faults else 0)
