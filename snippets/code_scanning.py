# /// script
# requires-python = ">=3.11"
# dependencies = ["requests>=2.34"]
# ///
"""Reports the latest code scanning analysis of a GitHub branch, and whether merging depends on it.

GH_TOKEN must hold a token with read access to code scanning alerts and metadata of the repository.
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


def faults_of(repository: str, branch: str, days: int, check: str, now: datetime) -> Iterator[str]:
    """What is old, broken or without effect; *check* names a required status check that stands for the analysis."""
    latest: dict[str, dict[str, Any]] = {}
    for analysis in github(f"repos/{repository}/code-scanning/analyses?ref=refs/heads/{branch}&per_page=100"):
        before = latest.setdefault(analysis["tool"]["name"], analysis)
        if datetime.fromisoformat(analysis["created_at"]) > datetime.fromisoformat(before["created_at"]):
            latest[analysis["tool"]["name"]] = analysis
    if not latest:
        yield f"{branch!r} was never analyzed"
    for tool, analysis in latest.items():
        age = (now - datetime.fromisoformat(analysis["created_at"])).days
        if age > days:
            yield f"the latest analysis by {tool!r} is {age} days old"
        if analysis["error"]:
            yield f"the latest analysis by {tool!r} failed: {analysis['error']!r}"
    demanded = False
    for rule in github(f"repos/{repository}/rules/branches/{branch}?per_page=100"):
        if rule["type"] == "code_scanning":
            demanded |= any(tool["tool"] in latest for tool in rule["parameters"]["code_scanning_tools"])
        elif rule["type"] == "required_status_checks":
            demanded |= any(entry["context"] == check for entry in rule["parameters"]["required_status_checks"])
    if not demanded:
        yield "merging does not depend on the analysis"


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("repository", help="such as contoso/orders")
    parser.add_argument("branch", nargs="?", default="main")
    parser.add_argument("--days", type=int, default=7, help="an older analysis is reported; default: 7")
    parser.add_argument(
        "--check", default="", help="name of the required status check of an analyzer that is not GitHub's"
    )
    arguments = parser.parse_args()
    try:
        faults = list(
            faults_of(arguments.repository, arguments.branch, arguments.days, arguments.check, datetime.now(UTC))
        )
    except Exception as error:  # uncaught, it would end with 1, which says that the practice does not hold
        print(f"could not be checked: {error!r:.300}", file=sys.stderr)
        sys.exit(2)
    print("\n".join(f"BAD {fault}" for fault in faults) or "ok: the branch is analyzed, and merging depends on it")
    sys.exit(1 if faults else 0)
