"""Which words a text must hold to match an expression: to look for words is many times as fast as to match."""

from __future__ import annotations

import re
from typing import Any

ENOUGH = 20_000  # characters searched before it pays to take an expression apart
MOST = 12  # words of which one must stand: to look for more costs what it saves


class Expression:
    """An expression that is searched in many texts, most of which it does not match."""

    __slots__ = ("folds", "lowered", "needed", "pattern", "searched")

    def __init__(self, pattern: re.Pattern[str]) -> None:
        self.pattern = pattern
        self.folds = bool(pattern.flags & re.IGNORECASE or re.search(r"\(\?\w*i", pattern.pattern))
        self.needed: tuple[tuple[str, ...], ...] | None = None
        self.lowered: re.Pattern[str] | None = None
        self.searched = 0

    def may_match(self, text: str) -> bool:
        """Whether it can match *text*, which is in lower case where it `folds`: False is certain, True is not."""
        if self.needed is None:
            self.searched += len(text) + 100
            if self.searched < ENOUGH:
                return True
            self.needed = needed(self.pattern)
            self.lowered = _lowered(self.pattern)
        for words in self.needed:
            for word in words:
                if word in text:
                    break
            else:
                return False
        return self.lowered is None or self.lowered.search(text) is not None


_known: dict[str | int, Expression] = {}


def expression(pattern: str | re.Pattern[str]) -> Expression:
    """Return the one `Expression` of *pattern*."""
    # By identity, for hashing an expression reads all of it; it lives on in what is kept here.
    key = pattern if isinstance(pattern, str) else id(pattern)
    found = _known.get(key)
    if found is None:
        found = _known[key] = Expression(re.compile(pattern))
    return found


def _lowered(pattern: re.Pattern[str]) -> re.Pattern[str] | None:
    """The same expression for texts in lower case, which does not ignore case and so is ten times as fast.

    None where it does not ignore case, or where its own case says something: classes, ranges, names of groups.
    """
    source = pattern.pattern
    if not source.startswith("(?i)") or re.search(r"\\[A-Z]|[A-Z]-[A-Z]|\(\?[^:=!<]|\(\?<?[=!]?P", source[4:]):
        return None
    return re.compile(source[4:].lower(), pattern.flags & ~re.IGNORECASE)


def needed(pattern: re.Pattern[str]) -> tuple[tuple[str, ...], ...]:
    """Return groups of words: a text that matches *pattern* holds at least one word of each, in lower case if it folds.

    There are none where the expression says nothing, or where this Python does not let it be taken apart.
    """
    try:
        from re import _parser  # type: ignore[attr-defined] # nothing public does it
    except ImportError:
        return ()
    fold = Expression(pattern).folds
    groups = {_least(group, fold) for group in _groups(_parser.parse(pattern.pattern, pattern.flags))}
    return tuple(sorted((group for group in groups if len(group) <= MOST), key=lambda group: (len(group), group))[:3])


def _least(group: frozenset[str], fold: bool) -> tuple[str, ...]:
    """Leave out the words that hold another one."""
    words = {word.lower() if fold else word for word in group}
    return tuple(sorted(word for word in words if not any(other in word for other in words - {word})))


def _groups(parts: Any) -> set[frozenset[str]]:
    found: set[frozenset[str]] = set()
    run = ""
    for code, value in [*parts, (None, None)]:
        name = str(code)
        if name == "LITERAL":
            run += chr(value)
            continue
        if len(run) > 2:
            found.add(frozenset((run,)))
        run = ""
        if name == "SUBPATTERN":
            found |= _groups(value[-1])
        elif name.endswith("_REPEAT") and value[0]:
            found |= _groups(value[2])
        elif name == "BRANCH":
            # Of each alternative the group that says most; if one says nothing, neither does the whole.
            best = [max(_groups(part), key=_tells, default=frozenset[str]()) for part in value[1]]
            if all(best):
                found.add(frozenset[str]().union(*best))
    return found


def _tells(group: frozenset[str]) -> tuple[int, int, list[str]]:
    return min(map(len, group)), -len(group), sorted(group)
