# /// script
# requires-python = ">=3.11"
# dependencies = ["fastapi>=0.115"]
# ///
"""Demands a scope from the delegated token of a request to a FastAPI route."""

from collections.abc import Callable
from typing import Any

from fastapi import HTTPException, Request


def require_scope(*accepted: str) -> Callable[[Request], dict[str, Any]]:
    """A dependency that admits a user's token with at least one of these scopes, and gives the route its claims.

    It reads the claims that `require_token` verified. An app-only token has no scope, so it is refused; a role of
    the same name does not count.
    """
    if not accepted:
        raise ValueError("name at least one scope")
    challenge = f'Bearer error="insufficient_scope", scope="{" ".join(accepted)}"'

    def granted_claims(request: Request) -> dict[str, Any]:
        claims: dict[str, Any] = request.state.claims
        if set(accepted).isdisjoint(claims.get("scp", "").split(" ")):
            raise HTTPException(403, headers={"WWW-Authenticate": challenge})
        return claims

    return granted_claims
