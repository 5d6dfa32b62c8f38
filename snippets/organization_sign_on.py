# /// script
# requires-python = ">=3.11"
# dependencies = ["requests>=2.34"]
# ///
"""Reads the identity provider of a GitHub organization and lists members whose account is linked to no identity.

GH_TOKEN must hold a token of an owner with the scope read:org.
"""

import argparse
import os
import sys
import time
from collections.abc import Iterator
from typing import Any

import requests

API = "https://api.github.com/graphql"
QUERY = """query($login: String!, $members: String, $identities: String) {
  organization(login: $login) {
    membersWithRole(first: 100, after: $members) { nodes { login } pageInfo { hasNextPage endCursor } }
    samlIdentityProvider {
      ssoUrl
      externalIdentities(first: 100, after: $identities) {
        nodes { user { login } } pageInfo { hasNextPage endCursor }
      }
    }
  }
}"""


def organizations(login: str) -> Iterator[Any]:
    """The organization as often as it takes to see all members and identities."""
    token = os.environ.get("GH_TOKEN", "").strip()
    if not (token and token.isascii() and token.isprintable()):
        raise ValueError("GH_TOKEN holds no token")
    variables: dict[str, Any] = {"login": login, "members": None, "identities": None}
    waits = 4
    for _ in range(50):
        body = {"query": QUERY, "variables": variables}
        response = requests.post(API, json=body, headers={"Authorization": f"Bearer {token}"}, timeout=30)
        if response.status_code in (403, 429) and "Retry-After" in response.headers and waits:
            waits -= 1
            time.sleep(min(int(response.headers["Retry-After"]), 120))
            continue
        response.raise_for_status()
        answer = response.json()
        if answer.get("errors"):
            raise ValueError(f"GitHub answered with errors: {answer['errors']!r}")
        organization = answer["data"]["organization"]
        yield organization
        members = organization["membersWithRole"]["pageInfo"]
        provider = organization["samlIdentityProvider"]
        identities = provider["externalIdentities"]["pageInfo"] if provider else {"hasNextPage": False}
        for name, page in (("members", members), ("identities", identities)):
            if page["hasNextPage"]:
                variables[name] = page["endCursor"]
        if not members["hasNextPage"] and not identities["hasNextPage"]:
            return
    raise ValueError("GitHub's pages lead nowhere")


def faults_of(login: str) -> Iterator[str]:
    """The members outside the directory; whether sign-on is enforced is shown by no interface of GitHub's."""
    members, linked = set[str](), set[str]()
    for organization in organizations(login):
        members |= {str(member["login"]) for member in organization["membersWithRole"]["nodes"]}
        provider = organization["samlIdentityProvider"]
        if provider is None:
            yield "the organization has no identity provider of its own"
            return
        linked |= {str(node["user"]["login"]) for node in provider["externalIdentities"]["nodes"] if node["user"]}
    if not members:
        raise ValueError("the token shows no member")
    yield from (f"the member {name!r} is linked to no identity" for name in sorted(members - linked))


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("organization")
    arguments = parser.parse_args()
    try:
        faults = list(faults_of(arguments.organization))
    except Exception as error:  # uncaught, it would end with 1, which says that the practice does not hold
        print(f"could not be checked: {error!r:.300}", file=sys.stderr)
        sys.exit(2)
    print("\n".join(f"BAD {fault}" for fault in faults) or "ok: every member is linked to an identity")
    sys.exit(1 if faults else 0)
