# /// script
# requires-python = ">=3.11"
# dependencies = ["requests>=2.34"]
# ///
"""Lists the open Dependabot alerts of a GitHub repository that are older than the deadline of their severity.

GH_TOKEN must hold a token with read access to Dependabot alerts of the repository.
"""

import argparse
import os
import sys
import time
from collections.abc import Iterator
from datetime import UTC, datetime
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


def faults_of(repository: str, days: dict[str, int], now: datetime) -> Iterator[str]:
    """The alerts that are overdue; where alerts are turned off GitHub refuses to answer, and so does this."""
    for alert in github(f"repos/{repository}/dependabot/alerts?state=open&per_page=100"):
        severity, package = alert["security_advisory"]["severity"], alert["dependency"]["package"]["name"]
        age = (now - datetime.fromisoformat(alert["created_at"])).days
        if age > days[severity]:
            yield f"alert {alert['number']!r}, {severity}, {package!r}: open for {age} days, not {days[severity]}"


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("repository", help="such as contoso/orders")
    for severity, days in (("critical", 7), ("high", 30), ("medium", 90), ("low", 180)):
        parser.add_argument(f"--{severity}", type=int, default=days, metavar="DAYS", help=f"default: {days}")
    arguments = parser.parse_args()
    try:
        faults = list(faults_of(arguments.repository, vars(arguments), datetime.now(UTC)))
    except Exception as error:  # uncaught, it would end with 1, which says that the practice does not hold
        print(f"could not be checked: {error!r:.300}", file=sys.stderr)
        sys.exit(2)
    print("\n".join(f"BAD {fault}" for fault in faults) or "ok: no alert is overdue")
    sys.exit(1 if faults else 0)
