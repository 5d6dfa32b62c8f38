# /// script
# requires-python = ">=3.11"
# dependencies = ["flask>=3.1"]
# ///
"""Keeps Flask's sessions on the server, behind a hardened cookie, until the ID token's exp or the sign-out."""

import secrets
import threading
import time
from typing import Any

from flask import Flask, Request, Response, session
from flask.sessions import SessionInterface, SessionMixin

COOKIE = "__Host-session"  # browsers take a cookie of this prefix only with Secure, Path=/ and no Domain
SIGN_IN_SECONDS = 600  # for how long a visitor may be away at the sign-in page


class WebSession(dict[str, Any], SessionMixin):
    """One browser's session; *key* is the cookie's value, *ends* is in seconds since the epoch."""

    def __init__(self, data: dict[str, Any] | None = None, key: str = "", ends: float = 0) -> None:
        super().__init__(data or {})
        self.key = key
        self.ends = ends
        self.replaces = ""

    def begin(self, exp: float, data: dict[str, Any]) -> None:
        """Start anew after a sign-in: other content, another id, and the end that the ID token's exp sets."""
        self.clear()
        self.update(data)
        self.replaces, self.key, self.ends = self.key, "", exp

    def end(self) -> None:
        """Sign out: nothing is left on the server, so a copy of the cookie is worth nothing."""
        self.clear()


class ServerSessions(SessionInterface):
    """Set it as `app.session_interface`; in memory, so with several processes keep the entries in a shared store."""

    def __init__(self, most: int = 100_000) -> None:
        self.most = most
        self._kept: dict[str, tuple[float, dict[str, Any]]] = {}
        self._lock = threading.Lock()

    def open_session(self, _app: Flask, request: Request) -> WebSession:
        """The session of the cookie if it is alive, else an empty one; an id that was not made here is never taken."""
        key = request.cookies.get(COOKIE, "")
        with self._lock:
            ends, data = self._kept.get(key, (0.0, {}))
            if ends <= time.time():
                self._kept.pop(key, None)
                return WebSession()
        return WebSession(data, key, ends)

    def save_session(self, _app: Flask, session: SessionMixin, response: Response) -> None:
        """Store what is left in the session; one that was signed out meanwhile does not come back."""
        if not isinstance(session, WebSession):
            raise TypeError("not a session of ServerSessions")
        response.headers.add("Vary", "Cookie")
        with self._lock:
            self._kept.pop(session.replaces, None)
            alive = not session.key or session.key in self._kept
            if not session or not alive:
                if self._kept.pop(session.key, None) or session.replaces:
                    response.delete_cookie(COOKIE, secure=True, httponly=True, samesite="Lax")
                return
            if not session.key:
                session.key = secrets.token_urlsafe(32)
                session.ends = session.ends or time.time() + SIGN_IN_SECONDS
                response.set_cookie(
                    COOKIE, session.key, expires=session.ends, secure=True, httponly=True, samesite="Lax"
                )
                response.headers["Cache-Control"] = "no-store"
            self._kept[session.key] = (session.ends, dict(session))
            if len(self._kept) > self.most:  # visitors who did not sign in go first: theirs end soonest
                del self._kept[min(self._kept, key=lambda key: self._kept[key][0])]


def current_session() -> WebSession:
    """The session of the request that is being answered."""
    if not isinstance(session, WebSession):
        raise RuntimeError("set app.session_interface = ServerSessions()")
    return session
