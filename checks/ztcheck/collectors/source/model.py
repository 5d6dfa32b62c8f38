"""What the source collector's parts share: files, facts taken from them, and what a check saw."""

from __future__ import annotations

import re
from bisect import bisect_right
from collections import Counter
from dataclasses import dataclass, field
from functools import cached_property
from itertools import accumulate
from typing import TYPE_CHECKING, Literal

from ztcheck.collectors.source import textual
from ztcheck.collectors.source.literals import expression

if TYPE_CHECKING:
    from collections.abc import Iterator

    from ztcheck.collectors.source.handlers import Handler
    from ztcheck.collectors.source.literals import Expression
    from ztcheck.collectors.source.vocabulary import Vocabulary
    from ztcheck.evidence import Context, Effect, Sureness

Language = Literal["python", "csharp", "javascript", "java", "go", "settings", "text"]
Kind = Literal["call", "name", "string", "annotation"]
CODE: tuple[Language, ...] = ("python", "csharp", "javascript", "java", "go")


@dataclass(frozen=True, slots=True)
class Source:
    """A file that was read. *path* is relative with forward slashes and printable; *text* has ``\\n`` line ends."""

    path: str
    language: Language
    text: str
    context: Context
    engine: str | None = None


@dataclass(frozen=True, slots=True)
class Fact:
    """One piece of syntax: a call, a named value, a string, an annotation.

    *name* is what is called, the name that gets a value, or the whole text of a string or annotation; *value* is
    the text of a named value; *line* and *column* count from 1; *end* is the last line.
    """

    kind: Kind
    name: str
    value: str
    text: str
    line: int
    column: int
    end: int

    @property
    def last(self) -> str:
        """The last component of the name, without quotes: ``decode`` of ``jwt.decode``."""
        return textual.last_name(self.name)

    @property
    def at(self) -> int:
        """The line on which a call's own brackets open, which in a chain of calls is not the line where it begins."""
        text = self.text.rstrip()
        if self.kind != "call" or "\n" not in text or not text.endswith(")"):
            return self.line
        return self.line + text.count("\n", 0, textual.opening(text, len(text) - 1))

    def arguments(self) -> list[tuple[str | None, str]]:
        """The arguments of a call or annotation: keyword or None, and the text of the value."""
        return textual.arguments(self.text)

    def argument(self, name: str | None = None, position: int | None = None) -> str | None:
        """The text of the argument called *name*, else of the positional one at *position* (from 0), else None."""
        given = self.arguments()
        for keyword, value in given:
            if name is not None and keyword == name:
                return value
        if position is not None:
            plain = [value for keyword, value in given if keyword is None]
            if position < len(plain):
                return plain[position]
        return None


@dataclass(frozen=True, slots=True)
class Setting:
    """A key with a scalar value in a structured file. *key* is the whole path joined by dots; *value* is unquoted."""

    key: str
    value: str
    line: int
    column: int = 1

    @property
    def last(self) -> str:
        """The last component of the key."""
        return self.key.rsplit(".", 1)[-1]


@dataclass(frozen=True, slots=True)
class Saw:
    """What a check saw. *secret* is a text that must not be shown whole; *subject* is what the team may have declared
    as allowed: a route, a header."""

    effect: Effect
    message: str
    sure: Sureness = "direct"
    line: int | None = None
    secret: str | None = None
    subject: str = ""


_BLOCKS = frozenset({"csharp", "java", "javascript", "go"})  # languages with comments between /* and */
# What stands before and after a name on the line that gives it a constant.
_HEAD = re.compile(
    r"[ \t]*(?:(?:export|const|let|var|final|static|public|private|protected|internal|readonly|"
    r"[A-Z]\w*|string|bool|boolean|int|self\.|this\.)[ \t.]+)*"
)
_TAIL = re.compile(r"(?m)[ \t]*(?::[ \t]*[\w\[\], |.]+)?[ \t]*:?=[ \t]*([^=\n][^\n]*)$")


def _indent(line: str) -> int:
    return len(line) - len(line.lstrip())


@dataclass
class Unit:
    """A source file with the facts that were taken from it.

    *vocabulary* knows the words of all files of the scan; *number* is the position of this one there.
    """

    source: Source
    facts: list[Fact] = field(default_factory=list)
    settings: list[Setting] = field(default_factory=list)
    vocabulary: Vocabulary | None = None
    number: int = 0
    _values: dict[str, str | None] = field(default_factory=dict)

    @property
    def path(self) -> str:
        """Its path."""
        return self.source.path

    @property
    def text(self) -> str:
        """Its text."""
        return self.source.text

    @property
    def language(self) -> Language:
        """Its language."""
        return self.source.language

    @cached_property
    def lines(self) -> list[str]:
        """Its lines, without ends."""
        return self.source.text.split("\n")

    @cached_property
    def _low(self) -> str:
        return self.source.text.lower()

    @property
    def low(self) -> str:
        """Its text in lower case; kept for code only, which is asked often."""
        return self._low if self.language in CODE else self.source.text.lower()

    def holds(self, *words: str) -> bool:
        """Whether its text holds one of *words*, which are written in lower case, in any case."""
        if self.vocabulary is not None:
            return self.number in self.vocabulary.holding(words)
        low = self.low
        return any(word in low for word in words)

    def _may_match(self, wanted: Expression) -> bool:
        if self.vocabulary is None or not wanted.worth(len(self.text)):
            return wanted.may_match(self.text, self.low if wanted.folds else "")
        if self.number not in self.vocabulary.matching(wanted.alternatives):
            return False
        low = self.low if wanted.folds else ""
        return any(alternative.may_match(self.text, low) for alternative in wanted.alternatives)

    def search(self, pattern: str | re.Pattern[str]) -> re.Match[str] | None:
        """The first match of a constant *pattern* in its text; most files are passed over by words that they lack."""
        wanted = expression(pattern)
        return wanted.pattern.search(self.text) if self._may_match(wanted) else None

    def finditer(self, pattern: str | re.Pattern[str]) -> Iterator[re.Match[str]]:
        """All matches of a constant *pattern* in its text; most files are passed over by words that they lack."""
        wanted = expression(pattern)
        return wanted.pattern.finditer(self.text) if self._may_match(wanted) else iter(())

    @cached_property
    def _starts(self) -> list[int]:
        return list(accumulate((len(line) + 1 for line in self.lines), initial=0))

    def line_of(self, offset: int) -> int:
        """The line (from 1) of a character offset."""
        return bisect_right(self._starts, offset)

    def start_of(self, line: int) -> int:
        """The offset at which *line* (from 1) begins."""
        return self._starts[line - 1]

    def calls(self, pattern: str) -> Iterator[Fact]:
        """The calls whose whole name ends with *pattern*."""
        wanted = re.compile(rf"(?:^|[.\s)?])(?:{pattern})$")
        return (fact for fact in self.facts if fact.kind == "call" and wanted.search(fact.name))

    @cached_property
    def blocks(self) -> list[tuple[int, int]]:
        """First and last lines of the functions, inner ones after the outer ones that hold them."""
        return textual.functions(self.text, self.language)

    @cached_property
    def handlers(self) -> tuple[Handler, ...]:
        """The request handlers."""
        from ztcheck.collectors.source import handlers

        return handlers.of(self)

    def function(self, line: int) -> tuple[int, int]:
        """First and last line of the innermost function around *line*, or of the file."""
        best = (1, len(self.lines))
        for first, last in self.blocks:
            if first <= line <= last and (last - first) < (best[1] - best[0]):
                best = (first, last)
        return best

    def around(self, line: int) -> str:
        """The text of the innermost function around *line*, or of the file."""
        first, last = self.function(line)
        return "\n".join(self.lines[first - 1 : last])

    def enclosing(self, line: int, most: int = 30) -> Iterator[str]:
        """The lines above *line* that it stands inside of, by indentation: its block's head, then that one's, and so on."""
        indent = _indent(self.lines[line - 1])
        for number in range(line - 1, max(0, line - 1 - most), -1):
            text = self.lines[number - 1]
            if text.strip() and _indent(text) < indent:
                indent = _indent(text)
                if text.strip() == "{":
                    indent += 1  # its head stands above it, no further in
                else:
                    yield text

    def resolve(self, value: str, depth: int = 3) -> str:
        """Follow *value* through constants of this file: the text that the name was given, else *value* itself."""
        found = value.strip().rstrip(";")
        while depth and re.fullmatch(r"(?:this\.|self\.|cls\.)?[A-Za-z_$][\w$]*", found):
            given = self._given(found.rsplit(".", 1)[-1])
            if given is None or given.strip().rstrip(";,") == found:
                break
            found = given.strip().rstrip(";,").split("  #")[0].split(" //")[0].strip().rstrip(";,")
            depth -= 1
        return found

    def _given(self, name: str) -> str | None:
        """What the first line that gives *name* a value writes after the sign, or None."""
        if name not in self._values:
            self._values[name] = None
            text = self.text
            at = text.find(name)
            while at >= 0:
                begin = text.rfind("\n", 0, at) + 1
                value = _HEAD.fullmatch(text, begin, at) and _TAIL.match(text, at + len(name))
                if value:
                    self._values[name] = value[1]
                    break
                at = text.find(name, at + 1)
        return self._values[name]

    def false(self, value: str) -> bool:
        """Whether *value*, followed through constants, is false in this language."""
        return self.resolve(value).strip("() ") in {"False", "false", "0", "!1", "!true", "not True", "Boolean.FALSE"}

    def true(self, value: str) -> bool:
        """Whether *value*, followed through constants, is true in this language."""
        return self.resolve(value).strip("() ") in {"True", "true", "1", "!0", "!false", "Boolean.TRUE"}

    @cached_property
    def _within_comments(self) -> frozenset[int]:
        """The lines within the comments between ``/*`` and ``*/`` that begin a line."""
        found: set[int] = set()
        at = 0
        for begun in re.finditer(r"(?m)^[ \t]*/\*", self.text) if self.language in _BLOCKS else ():
            if begun.start() < at:
                continue
            end = self.text.find("*/", begun.end())
            if end < 0:
                break
            at = end + 2
            found.update(range(self.line_of(begun.start()), self.line_of(end)))
        return frozenset(found)

    def commented(self, line: int) -> bool:
        """Whether *line* is a comment, or within one."""
        if re.match(r"\s*(?://|#(?!\[)|\*|/\*|<!--|--|;)", self.lines[line - 1] if line <= len(self.lines) else ""):
            return True
        return line in self._within_comments

    @cached_property
    def keys(self) -> Counter[str]:
        """How many settings have each key."""
        return Counter(item.key for item in self.settings)


@dataclass(frozen=True)
class Project:
    """All files of one product that were read."""

    units: tuple[Unit, ...]
    root: str = "."

    @cached_property
    def by_path(self) -> dict[str, Unit]:
        """Units by path."""
        return {unit.path: unit for unit in self.units}

    @cached_property
    def _held(self) -> dict[tuple[str, ...], list[tuple[Unit, frozenset[str]]]]:
        return {}

    def settings_with(self, words: tuple[str, ...]) -> list[tuple[Unit, frozenset[str]]]:
        """Files of settings and texts outside tests and samples that hold one of *words*, in lower case, and which."""
        if words not in self._held:
            lows = ((unit, unit.low) for unit in self.production("settings", "text"))
            found = ((unit, frozenset(word for word in words if word in low)) for unit, low in lows)
            self._held[words] = [(unit, held) for unit, held in found if held]
        return self._held[words]

    def production(self, *languages: Language) -> Iterator[Unit]:
        """Units outside tests and samples, in these languages (all when none is named)."""
        return (
            u for u in self.units if u.source.context == "production" and (not languages or u.language in languages)
        )
