# /// script
# requires-python = ">=3.11"
# dependencies = ["requests>=2.34"]
# ///
"""Reads the rules of a branch on GitHub and reports missing reviews, missing checks and who may bypass them.

GH_TOKEN must hold a token with read access to metadata; the bypass list takes write access to administration.
"""

import argparse
import os
import sys
import time
from collections.abc import Iterator
from typing import Any

import requests

API = "https://api.github.com/"
DEMANDED = {
    "pull_request": ("required_approving_review_count", "dismiss_stale_reviews_on_push", "require_last_push_approval"),
    "required_status_checks": ("required_status_checks",),
}


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


def faults_of(repository: str, branch: str) -> Iterator[str]:
    """What the active rulesets of a branch leave open; classic branch protection is not read."""
    rules = github(f"repos/{repository}/rules/branches/{branch}?per_page=100")
    kinds = {kind: [rule["parameters"] for rule in rules if rule["type"] == kind] for kind in DEMANDED}
    for kind, settings in DEMANDED.items():
        if not kinds[kind]:
            yield f"no rule of type {kind}"
        for setting in settings if kinds[kind] else ():
            if not any(parameters[setting] for parameters in kinds[kind]):
                yield f"no rule sets {setting}"
    for number in sorted({int(rule["ruleset_id"]) for rule in rules}):
        (ruleset,) = github(f"repos/{repository}/rulesets/{number}")
        for actor in ruleset["bypass_actors"]:  # shown only to those who may change the ruleset
            who = (actor["actor_type"], actor["actor_id"], actor["bypass_mode"])
            yield f"the ruleset {ruleset['name']!r} may be bypassed by {who!r}"


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("repository", help="such as contoso/orders")
    parser.add_argument("branch", nargs="?", default="main")
    arguments = parser.parse_args()
    try:
        faults = list(faults_of(arguments.repository, arguments.branch))
    except Exception as error:  # uncaught, it would end with 1, which says that the practice does not hold
        print(f"could not be checked: {error!r:.300}", file=sys.stderr)
        sys.exit(2)
    print(
        "\n".join(f"BAD {fault}" for fault in faults) or "ok: reviews and checks are demanded, nobody may bypass them"
    )
    sys.exit(1 if faults else 0)
