# /// script
# requires-python = ">=3.11"
# dependencies = []
# ///
"""Holds a consequential tool call until a person has approved exactly that call: once, for minutes, and not by text."""

import hashlib
import hmac
import json
import secrets
import threading
import time
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, NamedTuple


class ApprovalError(Exception):
    """The call may not be made."""


class User(NamedTuple):
    """The user whom the agent works for, by tid and oid of a verified token."""

    tenant_id: str
    object_id: str


@dataclass(frozen=True)
class Call:
    """A call as it will be sent."""

    server: str
    tool: str
    arguments: Mapping[str, Any]

    def as_sent(self) -> str:
        """The one text of this call: what the person reads is what is compared; raises ValueError for NaN and such."""
        parts = {"server": self.server, "tool": self.tool, "arguments": self.arguments}
        return json.dumps(parts, sort_keys=True, indent=2, allow_nan=False)


@dataclass
class _Held:
    user: User
    digest: bytes
    ends: float
    approved: bool = False


class Approvals:
    """Calls that wait; in memory, so with several processes keep them in a store that takes an entry out only once.

    `hold` and `take` belong to the agent's runtime. `approve` belongs to a page of its own, behind the user's sign-in:
    no tool, and nothing that the model writes, may reach it.
    """

    def __init__(self, seconds: float = 300, most: int = 20) -> None:
        self.seconds = seconds
        self.most = most  # calls of one user, so that no agent keeps the others from asking
        self._held: dict[str, _Held] = {}
        self._lock = threading.Lock()

    def hold(self, user: User, call: Call) -> tuple[str, str]:
        """The ID under which the call waits, and the text to show the user on that page; escape it as any other."""
        shown, now = call.as_sent(), time.monotonic()
        with self._lock:
            self._held = {key: held for key, held in self._held.items() if held.ends > now}
            if sum(held.user == user for held in self._held.values()) >= self.most:
                raise ApprovalError("too many calls wait")
            approval_id = secrets.token_urlsafe(16)
            self._held[approval_id] = _Held(user, _digest(shown), now + self.seconds)
        return approval_id, shown

    def approve(self, user: User, approval_id: str, shown: str) -> None:
        """Record that this user, signed in here and now, has approved the text that was shown."""
        with self._lock:
            held = self._of(user, approval_id)
            if not hmac.compare_digest(held.digest, _digest(shown)):
                raise ApprovalError("another call was shown")
            held.approved = True

    def deny(self, user: User, approval_id: str) -> None:
        """Record that the user said no; the call is gone."""
        with self._lock:
            self._of(user, approval_id)
            del self._held[approval_id]

    def take(self, user: User, approval_id: str, call: Call) -> None:
        """Use the approval up, right before the call is sent; raises ApprovalError if it does not cover this call."""
        digest = _digest(call.as_sent())
        with self._lock:
            held = self._of(user, approval_id)
            if not held.approved:
                raise ApprovalError("nobody has approved the call yet")
            del self._held[approval_id]  # whatever comes now, it is used
        if not hmac.compare_digest(held.digest, digest):
            raise ApprovalError("another call was approved")

    def _of(self, user: User, approval_id: str) -> _Held:
        held = self._held.get(approval_id)
        if held is None or held.user != user or held.ends <= time.monotonic():
            raise ApprovalError("no such call waits for this user")
        return held


def _digest(text: str) -> bytes:
    return hashlib.sha256(text.encode()).digest()
