# /// script
# requires-python = ">=3.11"
# dependencies = ["fastapi>=0.115", "httpx2>=2.16", "pyjwt[crypto]>=2.15"]
# ///
"""Refuses every request to a FastAPI app without a valid access token, except to the routes listed as public."""

import logging
import re
from collections.abc import Collection, Iterable

import jwt
from starlette.concurrency import run_in_threadpool
from starlette.types import ASGIApp, Receive, Scope, Send

from verify_access_token import AccessTokenValidator

log = logging.getLogger(__name__)
BEARER = re.compile(rb"Bearer +([\w.~+/-]+=*)", re.ASCII | re.IGNORECASE)


class RequireToken:
    """Middleware for `app.add_middleware(RequireToken, validator=..., public={("GET", "/health")})`.

    It sees each request before routing, so no route, mounted app, document page or unknown path escapes it.
    Behind it, `request.state.claims` holds the verified claims.
    """

    def __init__(
        self, app: ASGIApp, validator: AccessTokenValidator, public: Collection[tuple[str, str]] = frozenset()
    ) -> None:
        self.app = app
        self.validator = validator
        self.public = public

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "lifespan" or (scope.get("method"), scope["path"]) in self.public:
            return await self.app(scope, receive, send)
        token = bearer_token(scope["headers"])
        if token is None:
            return await refuse(scope, send, b'Bearer realm="api"')
        try:
            claims = await run_in_threadpool(self.validator.verify, token)
        except jwt.InvalidTokenError as error:
            log.warning("token refused: %s", error)
            return await refuse(scope, send, b'Bearer error="invalid_token"')
        scope.setdefault("state", {})["claims"] = claims
        return await self.app(scope, receive, send)


def bearer_token(headers: Iterable[tuple[bytes, bytes]]) -> str | None:
    """The token of the only Authorization header, or None: two of them are as good as none."""
    values = [value for name, value in headers if name == b"authorization"]
    match = BEARER.fullmatch(values[0]) if len(values) == 1 else None
    return match[1].decode() if match else None


async def refuse(scope: Scope, send: Send, challenge: bytes) -> None:
    """Answer 401 with nothing but the challenge; a WebSocket is closed before it opens."""
    if scope["type"] == "websocket":
        return await send({"type": "websocket.close", "code": 1008})
    headers = [(b"www-authenticate", challenge), (b"content-length", b"0"), (b"cache-control", b"no-store")]
    await send({"type": "http.response.start", "status": 401, "headers": headers})
    return await send({"type": "http.response.body"})
