# /// script
# requires-python = ">=3.11"
# dependencies = []
# ///
"""Tells app-only from delegated tokens and checks the right claim for each: roles for apps, scopes for users."""

from collections.abc import Collection, Mapping
from typing import Any


def is_app_only(claims: Mapping[str, Any]) -> bool:
    """Whether an app acts for itself; *claims* come from a token that was verified.

    The optional claim idtyp says it best. Without it, an app-only token is one without scopes whose subject is the
    service principal itself.
    """
    if "idtyp" in claims:
        return str(claims["idtyp"]) == "app"
    return "scp" not in claims and bool(claims["sub"] == claims.get("oid"))


def permits(claims: Mapping[str, Any], *, scopes: Collection[str] = (), app_roles: Collection[str] = ()) -> bool:
    """Whether the token carries one of these scopes as a user's token, or one of these app roles as an app's.

    A user's role never stands in for an app role, and an operation that names no app role admits no app.
    """
    if is_app_only(claims):
        return not set(app_roles).isdisjoint(claims.get("roles", []))
    return not set(scopes).isdisjoint(claims.get("scp", "").split(" "))
