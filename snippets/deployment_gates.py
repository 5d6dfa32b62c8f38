# /// script
# requires-python = ">=3.11"
# dependencies = ["requests>=2.34"]
# ///
"""Reads which reviewers and branches guard the deployment environments of a GitHub repository.

GH_TOKEN must hold a token with read access to actions and contents of the repository.
"""

import argparse
import os
import sys
import time
from collections.abc import Iterator
from typing import Any
from urllib.parse import quote

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


def faults_of(repository: str, names: list[str], patterns: list[str]) -> Iterator[str]:
    """What lets a deployment into these environments without a second person, or from an unlisted branch or tag."""
    pages = github(f"repos/{repository}/environments?per_page=100")
    found = {environment["name"]: environment for page in pages for environment in page["environments"]}
    for name in names:
        if name not in found:
            yield f"there is no environment {name!r}"
            continue
        rules = [rule for rule in found[name]["protection_rules"] if rule["type"] == "required_reviewers"]
        if not any(rule["reviewers"] for rule in rules):
            yield f"{name!r} has no required reviewers"
        elif not any(rule["prevent_self_review"] for rule in rules):
            yield f"{name!r} admits the review of one's own deployment"
        policy = found[name]["deployment_branch_policy"]
        if policy and policy["protected_branches"]:
            admitted = {branch["name"] for branch in github(f"repos/{repository}/branches?protected=true&per_page=100")}
        elif policy:
            path = f"repos/{repository}/environments/{quote(name, safe='')}/deployment-branch-policies?per_page=100"
            admitted = {branch["name"] for page in github(path) for branch in page["branch_policies"]}
        if not policy or (policy["protected_branches"] and not admitted):
            yield f"{name!r} admits every branch"
        else:
            yield from (f"{name!r} admits {other!r}" for other in sorted(admitted - set(patterns)))


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("repository", help="such as contoso/orders")
    parser.add_argument("--environment", action="append", default=[], help="default: production")
    parser.add_argument("--pattern", action="append", default=[], help="a branch or tag that may deploy, such as main")
    arguments = parser.parse_args()
    try:
        faults = list(faults_of(arguments.repository, arguments.environment or ["production"], arguments.pattern))
    except Exception as error:  # uncaught, it would end with 1, which says that the practice does not hold
        print(f"could not be checked: {error!r:.300}", file=sys.stderr)
        sys.exit(2)
    print("\n".join(f"BAD {fault}" for fault in faults) or "ok: reviewers and branches are limited")
    sys.exit(1 if faults else 0)
