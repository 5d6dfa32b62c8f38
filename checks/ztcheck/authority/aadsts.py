"""The errors of the Microsoft identity platform: code, HTTP status, OAuth error and text.

Shapes were compared with six captures of the real service (2026-09-08, app-only flows); the texts of the user flows
follow Microsoft's reference of error codes (https://learn.microsoft.com/entra/identity-platform/reference-error-codes).
"""

from __future__ import annotations

import tomllib
import uuid
from dataclasses import dataclass, field
from datetime import UTC, datetime
from importlib import resources
from typing import Any


@dataclass(frozen=True, slots=True)
class Code:
    """One AADSTS code: HTTP *status* of the token endpoint, OAuth *error*, *text* with fields to fill in."""

    status: int
    error: str
    text: str
    suberror: str | None = None
    page: bool = False
    """Whether the error lookup page knows it, so that the answer carries ``error_uri``."""


CODES: dict[int, Code] = {
    int(number): Code(**entry)
    for number, entry in tomllib.loads(
        resources.files("ztcheck.authority").joinpath("aadsts.toml").read_text(encoding="utf-8")
    ).items()
}


class _Fields(dict[str, str]):
    def __missing__(self, key: str) -> str:
        return ""


@dataclass(eq=False)
class Refusal(Exception):  # noqa: N818 - it is the protocol's word for what the server says, not a bug of ours
    """The authority says no: an AADSTS *code* with the *fields* of its text.

    *claims* is the JSON text of a claims challenge that the client has to send back (Conditional Access).
    """

    code: int
    fields: dict[str, str] = field(default_factory=dict)
    claims: str | None = None
    error: str | None = None
    """Overrides the OAuth error, for codes whose error depends on the flow."""

    @property
    def known(self) -> Code:
        return CODES[self.code]

    @property
    def status(self) -> int:
        """HTTP status: 401 whenever the client failed to prove itself (RFC 6749, section 5.2)."""
        return 401 if (self.error or self.known.error) == "invalid_client" else self.known.status

    def text(self) -> str:
        """Return ``AADSTSn: …`` without the trailing ids."""
        return f"AADSTS{self.code}: {self.known.text.format_map(_Fields(self.fields))}".strip()

    def body(
        self, now: float, correlation_id: str | None = None, host: str = "login.microsoftonline.com"
    ) -> dict[str, Any]:
        """Return the JSON body of the token endpoint."""
        stamp = datetime.fromtimestamp(now, UTC).strftime("%Y-%m-%d %H:%M:%SZ")
        trace, correlation = str(uuid.uuid4()), correlation_id or str(uuid.uuid4())
        body: dict[str, Any] = {
            "error": self.error or self.known.error,
            "error_description": (f"{self.text()} Trace ID: {trace} Correlation ID: {correlation} Timestamp: {stamp}"),
            "error_codes": [self.code],
            "timestamp": stamp,
            "trace_id": trace,
            "correlation_id": correlation,
        }
        if self.known.page:
            body["error_uri"] = f"https://{host}/error?code={self.code}"
        if self.known.suberror:
            body["suberror"] = self.known.suberror
        if self.claims:
            body["claims"] = self.claims
        return body


def refuse(code: int, *, claims: str | None = None, error: str | None = None, **fields: object) -> Refusal:
    """Return the refusal with AADSTS *code*, ready to raise; *fields* fill its text."""
    return Refusal(code, {name: str(value) for name, value in fields.items()}, claims, error)
