# /// script
# requires-python = ">=3.11"
# dependencies = ["flask>=3.1", "httpx2>=2.16", "pyjwt[crypto]>=2.15"]
# ///
"""Refuses every request to a Flask app without a valid access token, except to the routes listed as public."""

import re
from collections.abc import Collection

import jwt
from flask import Flask, Response, g, request

from verify_access_token import AccessTokenValidator

BEARER = re.compile(r"Bearer +([\w.~+/-]+=*)", re.ASCII | re.IGNORECASE)


def require_token(
    app: Flask, validator: AccessTokenValidator, public: Collection[tuple[str, str]] = frozenset()
) -> None:
    """Call it first, before anything else asks for `before_request`.

    Flask runs it for each request, unknown paths and static files included; behind it, `g.claims` holds the
    verified claims.
    """

    @app.before_request
    def check() -> Response | None:
        if (request.method, request.path) in public:
            return None
        # the server joins repeated headers with a comma, which no token contains
        match = BEARER.fullmatch(request.headers.get("Authorization", ""))
        if match is None:
            return refusal('Bearer realm="api"')
        try:
            g.claims = validator.verify(match[1])
        except jwt.InvalidTokenError as error:
            app.logger.warning("token refused: %s", error)
            return refusal('Bearer error="invalid_token"')
        return None


def refusal(challenge: str) -> Response:
    """A 401 with nothing but the challenge."""
    return Response(status=401, headers={"WWW-Authenticate": challenge, "Cache-Control": "no-store"})
