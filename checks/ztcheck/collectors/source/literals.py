"""Which words a text must hold to match an expression: to look for words is many times as fast as to match."""

from __future__ import annotations

import re
from typing import Any

ENOUGH = 20_000  # characters searched before it pays to take an expression apart
MOST = 12  # words of which one must stand: to look for more in one text costs what it saves


class Alternative:
    """One of the alternatives of an expression, and the words without which it matches nothing."""

    __slots__ = ("_alone", "_compiled", "_flags", "_source", "few", "folds", "groups")

    def __init__(self, source: str, flags: int, *, alone: bool) -> None:
        self._source, self._flags, self._alone = source, flags, alone
        self.folds = folds(source, flags)
        self.groups = needed(source, flags)
        self.few = tuple(group for group in self.groups if len(group) <= MOST)[:3]
        self._compiled: tuple[re.Pattern[str] | None, bool] | None = None

    def may_match(self, text: str, low: str) -> bool:
        """Whether it can match *text*, which is *low* in lower case: False is certain, True is not."""
        held = low if self.folds else text
        for words in self.few:
            for word in words:
                if word in held:
                    break
            else:
                return False
        if self._compiled is None:
            lowered = _lowered(self._source, self._flags)
            # Where it is the whole expression, to match it here as well saves nothing.
            alone = None if self._alone else re.compile(self._source, self._flags)
            self._compiled = (lowered or alone, lowered is not None)
        pattern, lower = self._compiled
        return pattern is None or pattern.search(low if lower else text) is not None


class Expression:
    """An expression that is searched in many texts, most of which it does not match."""

    __slots__ = ("alternatives", "folds", "pattern", "searched")

    def __init__(self, pattern: re.Pattern[str]) -> None:
        self.pattern = pattern
        self.folds = folds(pattern.pattern, pattern.flags)
        self.alternatives: tuple[Alternative, ...] = ()
        self.searched = 0

    def worth(self, size: int) -> bool:
        """Whether so much was searched, with *size* more characters, that it pays to take it apart; then it is."""
        if not self.alternatives:
            self.searched += size + 100
            if self.searched < ENOUGH:
                return False
            sources = _alternatives(self.pattern.pattern)
            flags = self.pattern.flags & ~re.UNICODE
            self.alternatives = tuple(Alternative(source, flags, alone=len(sources) == 1) for source in sources)
        return True

    def may_match(self, text: str, low: str) -> bool:
        """Whether it can match *text*, which is *low* in lower case where it `folds`: False is certain, True is not."""
        return not self.worth(len(text)) or any(alternative.may_match(text, low) for alternative in self.alternatives)


def folds(source: str, flags: int) -> bool:
    """Whether the expression *source*, or a part of it, ignores case."""
    return bool(flags & re.IGNORECASE or re.search(r"\(\?\w*i", source))


_known: dict[str | int, Expression] = {}


def expression(pattern: str | re.Pattern[str]) -> Expression:
    """Return the one `Expression` of *pattern*."""
    # By identity, for hashing an expression reads all of it; it lives on in what is kept here.
    key = pattern if isinstance(pattern, str) else id(pattern)
    found = _known.get(key)
    if found is None:
        found = _known[key] = Expression(re.compile(pattern))
    return found


def _alternatives(source: str) -> list[str]:
    """Take an expression apart where it is a choice: each alternative is found faster than all of them at every place."""
    if re.search(r"\\[1-9]|\(\?P=|\(\?\(", source):
        return [source]  # they speak of groups that another alternative may count
    flags = re.match(r"(?:\(\?[a-zA-Z]+\))?", source)
    begin = len(flags[0]) if flags else 0
    parts: list[str] = []
    depth, start = 0, begin
    for token in re.finditer(r"\\.|\[\^?\]?(?:\\.|[^\]\\])*\]|[()|]", source[begin:], re.S):
        depth += {"(": 1, ")": -1}.get(token[0], 0)
        if token[0] == "|" and depth == 0:
            parts.append(source[start : begin + token.start()])
            start = begin + token.end()
    parts.append(source[start:])
    return [source[:begin] + part for part in parts]


def _lowered(source: str, flags: int) -> re.Pattern[str] | None:
    """The same expression for texts in lower case, which does not ignore case and so is ten times as fast.

    None where it does not ignore case, or where its own case says something: classes, ranges, names of groups.
    """
    if not source.startswith("(?i)") or re.search(r"\\[A-Z]|[A-Z]-[A-Z]|\(\?[^:=!<]|\(\?<?[=!]?P", source[4:]):
        return None
    return re.compile(source[4:].lower(), flags & ~re.IGNORECASE)


def needed(source: str, flags: int = 0) -> tuple[tuple[str, ...], ...]:
    """Return groups of words: a text that matches *source* holds at least one word of each, in lower case if it folds.

    There are none where the expression says nothing, or where this Python does not let it be taken apart.
    """
    try:
        from re import _parser  # type: ignore[attr-defined] # nothing public does it
    except ImportError:
        return ()
    fold = folds(source, flags)
    groups = {_least(group, fold) for group in _groups(_parser.parse(source, flags))}
    return tuple(sorted(groups, key=lambda group: (len(group), group)))


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
