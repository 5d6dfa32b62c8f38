# /// script
# requires-python = ">=3.11"
# dependencies = ["fastapi>=0.115"]
# ///
"""Demands one of several app roles from the user of a FastAPI route, and denies where the claim is missing."""

from collections.abc import Callable
from typing import Any

from fastapi import HTTPException, Request


def require_app_role(*accepted: str) -> Callable[[Request], dict[str, Any]]:
    """A dependency that admits a user who holds at least one of these app roles, and gives the route the claims.

    It reads the claims that `require_token` verified and compares whole values of the claim `roles`. An app-only
    token is refused, since its roles mean what the app may do: use `permits` of app_only_token for apps.
    """
    if not accepted:
        raise ValueError("name at least one app role")

    def claims_of_holder(request: Request) -> dict[str, Any]:
        claims: dict[str, Any] = request.state.claims
        roles = claims.get("roles")
        user = "scp" in claims and claims.get("idtyp", "user") == "user"
        if not user or not isinstance(roles, list) or not any(role in accepted for role in roles):
            raise HTTPException(403)
        return claims

    return claims_of_holder
