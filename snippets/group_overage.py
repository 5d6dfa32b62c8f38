# /// script
# requires-python = ">=3.11"
# dependencies = ["httpx2>=2.16"]
# ///
"""Decides by groups: takes them from the token, asks Microsoft Graph in case of overage, denies while it is unknown."""

import re
from collections.abc import Callable, Collection, Mapping
from typing import Any

import httpx2

GUID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")
GRAPH = "https://graph.microsoft.com/v1.0"
MOST = 20  # group ids that one request may ask about


class MembershipUnknownError(PermissionError):
    """Nobody could say whether the user is a member: answer 403, or 503 if you like."""


def in_any_group(claims: Mapping[str, Any], groups: Collection[str], graph_token: Callable[[], str]) -> bool:
    """Whether the user of a verified token is in one of these groups, given by object ID; use it to allow, not to deny.

    *graph_token* gets a token for Microsoft Graph, and only if it is needed: in the user's name with User.ReadBasic.All
    and GroupMember.Read.All, or the app's own with User.Read.All and GroupMember.Read.All. Raises
    MembershipUnknownError.
    """
    wanted = {group.lower() for group in groups}
    if not wanted or not all(map(GUID.fullmatch, wanted)) or len(wanted) > MOST:
        raise ValueError("name 1 to 20 groups by object ID: names are not unique, and owners change them")
    if has_overage(claims):
        return bool(_memberships(claims, wanted, graph_token))
    found = claims.get("groups", [])
    if not isinstance(found, list):
        raise MembershipUnknownError("groups is not a list")
    return not wanted.isdisjoint(str(group).lower() for group in found)


def has_overage(claims: Mapping[str, Any]) -> bool:
    """Whether the groups did not fit into the token. The address in _claim_sources is never called."""
    names = claims.get("_claim_names", {})
    return "hasgroups" in claims or not isinstance(names, Mapping) or "groups" in names


def _memberships(claims: Mapping[str, Any], wanted: set[str], graph_token: Callable[[], str]) -> set[str]:
    """Which of the wanted groups the user is in, nested ones included."""
    user = str(claims.get("oid"))
    if not GUID.fullmatch(user):
        raise MembershipUnknownError("the token names no user")
    try:
        answer = httpx2.post(
            f"{GRAPH}/users/{user}/checkMemberGroups",
            json={"groupIds": sorted(wanted)},
            headers={"Authorization": f"Bearer {graph_token()}"},
            timeout=5,
        )
        found = answer.raise_for_status().json()["value"]
        if not isinstance(found, list):
            raise TypeError("not a list of groups")
        return wanted & {group.lower() for group in found}
    except (httpx2.HTTPError, AttributeError, LookupError, RecursionError, TypeError, ValueError) as error:
        raise MembershipUnknownError(type(error).__name__) from error
