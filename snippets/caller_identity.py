# /// script
# requires-python = ">=3.11"
# dependencies = []
# ///
"""Builds the key of the calling user from the verified token alone, whatever else the request claims."""

import re
from collections.abc import Mapping
from typing import Any, NamedTuple

GUID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")


class UserKey(NamedTuple):
    """One user in one tenant: the key to store data under and to look rights up by."""

    tenant_id: str
    object_id: str


def caller(claims: Mapping[str, Any]) -> UserKey:
    """The user whom a verified delegated token speaks for; raises PermissionError if it speaks for no user.

    Only tid and oid count: names and addresses (preferred_username, email, upn) change and are reassigned. Write no
    second way to say who calls: no header, query, body or cookie.
    """
    key = UserKey(claims.get("tid", ""), claims.get("oid", ""))
    if "scp" not in claims or claims.get("idtyp", "user") != "user" or not all(map(GUID.fullmatch, key)):
        raise PermissionError("the token speaks for no user")
    return key
