# /// script
# requires-python = ">=3.11"
# dependencies = ["flask>=3.1"]
# ///
"""Demands a scope from the delegated token of a request to a Flask view."""

from collections.abc import Callable
from functools import wraps
from typing import ParamSpec, TypeVar

from flask import Response, abort, g

P = ParamSpec("P")
R = TypeVar("R")


def require_scope(*accepted: str) -> Callable[[Callable[P, R]], Callable[P, R]]:
    """A decorator that admits a user's token with at least one of these scopes; write it below `@app.get(...)`.

    It reads the claims that `require_token` verified. An app-only token has no scope, so it is refused; a role of
    the same name does not count.
    """
    if not accepted:
        raise ValueError("name at least one scope")
    challenge = f'Bearer error="insufficient_scope", scope="{" ".join(accepted)}"'

    def decorate(view: Callable[P, R]) -> Callable[P, R]:
        @wraps(view)
        def guarded(*args: P.args, **kwargs: P.kwargs) -> R:
            if set(accepted).isdisjoint(g.claims.get("scp", "").split(" ")):
                abort(Response(status=403, headers={"WWW-Authenticate": challenge}))
            return view(*args, **kwargs)

        return guarded

    return decorate
