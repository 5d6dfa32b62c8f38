"""Suppressions in place: ``ztcheck: ignore[check-id] reason`` in a comment, on the line or the one before it."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Mapping

    from ztcheck.collectors.source.model import Unit

_COMMENT = re.compile(r"(?:#|//|/\*|<!--|;|--|\*)\s*ztcheck:\s*ignore(?:\[([^\]\n]*)\])?[ \t]*([^\n]*)")


@dataclass
class Suppression:
    """One suppression comment. *used* becomes true when it hides a finding."""

    check: str
    reason: str
    line: int
    used: bool = False


def read(unit: Unit) -> list[Suppression]:
    """Return the suppressions in a file; one without check or reason hides nothing and is reported."""
    if "ztcheck:" not in unit.text:
        return []
    found: list[Suppression] = []
    for number, line in enumerate(unit.lines, 1):
        match = _COMMENT.search(line)
        if match:
            reason = re.sub(r"\s*(?:\*/|-->)\s*$", "", match[2]).strip()[:300]
            names = [name.strip() for name in (match[1] or "").split(",")]
            found.extend(Suppression(name, reason, number) for name in names)
    return found


def find(comments: list[Suppression], check: str, line: int) -> Suppression | None:
    """Return the suppression of *check* that stands on *line* or the line before it and gives a reason."""
    for comment in comments:
        if comment.check == check and comment.line in (line, line - 1):
            comment.used = True
            if comment.reason:
                return comment
    return None


def warnings(
    comments: Mapping[str, list[Suppression]], ran: Collection[str] | None, known: Collection[str]
) -> Iterator[str]:
    """Yield a sentence for each suppression that is ignored or hid nothing."""
    for path in sorted(comments):
        for comment in comments[path]:
            place = f"{path}:{comment.line}"
            if not comment.check:
                yield f"{place}: a suppression names no check and is ignored: write ztcheck: ignore[check-id] reason"
            elif comment.check not in known:
                yield f"{place}: a suppression names no check of the source collector: {comment.check[:80]}"
            elif not comment.reason:
                yield f"{place}: the suppression of {comment.check} gives no reason and is ignored"
            elif not comment.used and (ran is None or comment.check in ran):
                yield f"{place}: the suppression of {comment.check} hides nothing: remove it"
