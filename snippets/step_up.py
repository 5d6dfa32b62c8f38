# /// script
# requires-python = ">=3.11"
# dependencies = ["fastapi>=0.115"]
# ///
"""Demands an authentication context for a sensitive FastAPI route, with a claims challenge where the token lacks it."""

import base64
import json
import re
from collections.abc import Callable
from typing import Any

from fastapi import HTTPException, Request

CONTEXT = re.compile(r"c[1-9][0-9]?")
AUTHORIZE = "https://login.microsoftonline.com/common/oauth2/authorize"


def challenge(context: str) -> str:
    """The WWW-Authenticate header that sends the client to Entra ID for a token with this context."""
    wanted = {"access_token": {"acrs": {"essential": True, "value": context}}}
    claims = base64.b64encode(json.dumps(wanted, separators=(",", ":")).encode()).decode()
    return f'Bearer realm="", authorization_uri="{AUTHORIZE}", error="insufficient_claims", claims="{claims}"'


def step_up(operation: str, context_for: Callable[[str, str], str]) -> Callable[[Request], dict[str, Any]]:
    """A dependency that admits a user whose token carries the context that the tenant demands for this operation.

    `context_for(tenant_id, operation)` gives "c1" to "c99" from what the tenant's administrator chose; it raises
    LookupError for a tenant that chose nothing, and the operation is then closed there. The claims are those that
    `require_token` verified. Have the optional claims acrs and xms_cc in the API's registration: only a client that
    declared cp1 is sent the challenge, any other gets 403.
    """

    def claims_with_context(request: Request) -> dict[str, Any]:
        claims: dict[str, Any] = request.state.claims
        if "scp" not in claims or claims.get("idtyp", "user") != "user":
            raise HTTPException(403)  # no app can prove that a person is there
        try:
            context = context_for(claims["tid"], operation)
        except LookupError:
            raise HTTPException(403) from None
        if not CONTEXT.fullmatch(context):
            raise ValueError("an authentication context is c1 to c99")
        if context in listed(claims, "acrs"):
            return claims
        if "cp1" not in [str(each).lower() for each in listed(claims, "xms_cc")]:  # Entra sends it in capitals, too
            raise HTTPException(403)
        raise HTTPException(401, headers={"WWW-Authenticate": challenge(context)})

    return claims_with_context


def listed(claims: dict[str, Any], name: str) -> list[Any]:
    """The values of a claim that is a list; none for anything else, so that no text passes by a part of it."""
    values = claims.get(name)
    return values if isinstance(values, list) else []
