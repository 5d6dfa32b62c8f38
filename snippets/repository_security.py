# /// script
# requires-python = ">=3.11"
# dependencies = ["requests>=2.34"]
# ///
"""Reads the settings of secret scanning and push protection of a GitHub repository, and its open alerts.

GH_TOKEN must hold a token with read access to administration and secret scanning alerts of the repository.
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


def faults_of(repository: str) -> Iterator[str]:
    """Which of the two is not enabled, and which leaked secrets nobody has dealt with."""
    (settings,) = github(f"repos/{repository}")
    for feature in ("secret_scanning", "secret_scanning_push_protection"):
        if settings["security_and_analysis"][feature]["status"] != "enabled":  # shown to administrators only
            yield f"{feature} is not enabled"
    if settings["security_and_analysis"]["secret_scanning"]["status"] == "enabled":
        for alert in github(f"repos/{repository}/secret-scanning/alerts?state=open&hide_secret=true&per_page=100"):
            yield f"alert {alert['number']!r} is open: {alert['secret_type']!r} since {alert['created_at']!r}"


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("repository", help="such as contoso/orders")
    arguments = parser.parse_args()
    try:
        faults = list(faults_of(arguments.repository))
    except Exception as error:  # uncaught, it would end with 1, which says that the practice does not hold
        print(f"could not be checked: {error!r:.300}", file=sys.stderr)
        sys.exit(2)
    print(
        "\n".join(f"BAD {fault}" for fault in faults)
        or "ok: secret scanning and push protection are enabled, no alert is open"
    )
    sys.exit(1 if faults else 0)
