"""What can go wrong, and how it is said.

ZtcheckError
├── InputError      a file or an argument of the team is wrong: exit code 2
└── ToolError       a collector or the tool itself failed: exit code 3
    └── MissingExtraError   an optional part that was asked for is not installed
"""

from __future__ import annotations

from dataclasses import dataclass
from difflib import get_close_matches
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

SITE = "https://zero-trust-for-developers.github.io/ztcheck/"


@dataclass(frozen=True, slots=True)
class Problem:
    """One mistake: what, where, and what to do about it.

    *line* and *column* count from 1; *help* is the next thing to do, *url* the page that says more.
    """

    message: str
    path: str | None = None
    line: int | None = None
    column: int | None = None
    help: str | None = None
    url: str | None = None

    def place(self) -> str:
        """Return ``path:line:column`` as far as it is known, or an empty string."""
        return ":".join(str(part) for part in (self.path, self.line, self.column) if part is not None)

    def __str__(self) -> str:
        place = self.place()
        lines = [f"error: {place}: {self.message}" if place else f"error: {self.message}"]
        if self.help:
            lines.append(f"  help: {self.help}")
        if self.url:
            lines.append(f"  see: {self.url}")
        return "\n".join(lines)


class ZtcheckError(Exception):
    """Base of every error that ztcheck raises on purpose; carries all *problems* of one run."""

    exit_code = 3

    def __init__(self, problems: Problem | str | Iterable[Problem]) -> None:
        if isinstance(problems, str):
            problems = Problem(problems)
        self.problems: tuple[Problem, ...] = (problems,) if isinstance(problems, Problem) else tuple(problems)
        super().__init__("\n".join(map(str, self.problems)))


class InputError(ZtcheckError):
    """A file or an argument that the team gave is wrong."""

    exit_code = 2


class ToolError(ZtcheckError):
    """A collector or the tool itself failed."""

    exit_code = 3


class MissingExtraError(ToolError):
    """An optional part of ztcheck is not installed."""


def nearest(word: str, known: Iterable[str]) -> str | None:
    """Return the spelling among *known* that is closest to *word*, or None when none is close."""
    matches = get_close_matches(word, list(known), n=1, cutoff=0.6)
    return matches[0] if matches else None


def suggestion(word: str, known: Iterable[str]) -> str:
    """Return ``did you mean '…'?`` for a misspelt *word*, else the list of what is known."""
    options = list(known)
    near = nearest(word, options)
    return f"did you mean '{near}'?" if near else f"expected one of: {', '.join(options)}"
