"""Kinds of values in the team's file: each reads a node and tells its JSON Schema, so that both agree."""

from __future__ import annotations

import datetime as dt
import re
from abc import ABC, abstractmethod
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final

from ztcheck.errors import Problem, nearest

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from ztcheck.team.nodes import Node

WRONG: Final = object()
"""What reading returns for a value that is wrong; the problem is in the reader."""

# Control characters and marks that reorder text could make a report say something else than the file.
_HIDDEN = r"\x00-\x08\x0b-\x1f\x7f-\x9f\u200e\u200f\u202a-\u202e\u2066-\u2069"
_SHOWN = rf"^[^{_HIDDEN}]*$"


def listed(names: Iterable[str]) -> str:
    """Return the first dozen of *names* in words."""
    known = list(names)
    return ", ".join(known[:12]) + (f" and {len(known) - 12} more" if len(known) > 12 else "")


def hint(word: str, names: Iterable[str]) -> str:
    """Return the nearest spelling of *word*, else what is known."""
    known = list(names)
    near = nearest(word[:100], known)
    return f"did you mean '{near}'?" if near else f"expected one of: {listed(known)}"


@dataclass(slots=True)
class Reader:
    """Collects what is wrong while a tree is read; *on* is the day of the assessment."""

    path: str
    on: dt.date
    problems: list[Problem] = field(default_factory=list)
    partial: bool = False

    def bad(self, node: Node, message: str, help: str | None = None, url: str | None = None) -> Any:  # noqa: A002
        """Record a problem at *node* and return WRONG."""
        self.problems.append(Problem(message, self.path, node.line, node.column, help, url))
        return WRONG


class Value(ABC):
    """What may stand at one place."""

    @abstractmethod
    def read(self, node: Node, reader: Reader, name: str) -> Any:
        """Return the value of *node*, called *name* in messages, or WRONG."""

    @abstractmethod
    def schema(self) -> dict[str, Any]:
        """Return its JSON Schema."""


@dataclass(frozen=True, slots=True)
class Text(Value):
    """Text; with *pattern*, text of one form, which *expected* says in words."""

    pattern: str | None = None
    expected: str = "text"
    longest: int = 4000
    example: str | None = None

    def read(self, node: Node, reader: Reader, name: str) -> Any:
        if node.kind != "scalar":
            return reader.bad(node, f"'{name}' is a {node.kind}, expected {self.expected}", self._help())
        if node.empty:
            return reader.bad(node, f"'{name}' is empty, expected {self.expected}", self._help())
        if node.tag != "text":
            return reader.bad(
                node, f"'{name}' is {node.said()}, expected {self.expected}", f'put it in quotes: "{node.value}"'
            )
        if not node.value.strip():
            return reader.bad(node, f"'{name}' is empty, expected {self.expected}", self._help())
        if len(node.value) > self.longest:
            return reader.bad(node, f"'{name}' has {len(node.value)} characters, at most {self.longest} are allowed")
        if hidden := re.search(f"[{_HIDDEN}]", node.value):
            return reader.bad(node, f"'{name}' holds the invisible character U+{ord(hidden[0]):04X}", "remove it")
        if self.pattern and not re.search(self.pattern, node.value):
            return reader.bad(node, f"'{name}' is {node.said()}, expected {self.expected}", self._help())
        return node.value

    def _help(self) -> str | None:
        return f"write for example {self.example}" if self.example else None

    def schema(self) -> dict[str, Any]:
        both = [{"pattern": r"\S"}, *([{"pattern": self.pattern}] if self.pattern else [])]
        return {"type": "string", "maxLength": self.longest, "pattern": _SHOWN, "allOf": both}


@dataclass(frozen=True, slots=True)
class Word(Value):
    """One of *choices*; *refused* says why a word that stands elsewhere is none here."""

    choices: tuple[str, ...]
    refused: Mapping[str, str] = field(default_factory=dict)

    def read(self, node: Node, reader: Reader, name: str) -> Any:
        if node.kind != "scalar":
            what = f"'{name}' is a {node.kind}, expected one word"
            return reader.bad(node, what, f"one of: {listed(self.choices)}")
        if node.empty:
            return reader.bad(node, f"'{name}' is empty", f"write one of: {listed(self.choices)}")
        if node.tag == "bool" and "yes" in self.choices:
            word = "yes" if node.value.lower() == "true" else "no"
            return reader.bad(node, f"'{node.value}' is not a value of '{name}'", f"did you mean '{word}'?")
        if node.value in self.refused:
            return reader.bad(node, f"{node.said()} is not accepted here: {self.refused[node.value]}")
        if node.tag != "text" or node.value not in self.choices:
            return reader.bad(node, f"{node.said()} is not a value of '{name}'", hint(node.value, self.choices))
        return node.value

    def schema(self) -> dict[str, Any]:
        return {"enum": list(self.choices)}


@dataclass(frozen=True, slots=True)
class Date(Value):
    """A day, as ``2026-11-23`` (ISO 8601)."""

    def read(self, node: Node, reader: Reader, name: str) -> Any:
        if node.kind != "scalar" or node.empty:
            said = "empty" if node.kind == "scalar" else f"a {node.kind}"
            return reader.bad(node, f"'{name}' is {said}, expected a date", "write it as year-month-day: 2026-11-23")
        if not re.fullmatch(r"[0-9]{4}-[0-9]{2}-[0-9]{2}", node.value):
            return reader.bad(node, f"{node.said()} is not a date as '{name}' needs it", _as_iso(node.value))
        try:
            return dt.date.fromisoformat(node.value)
        except ValueError:
            return reader.bad(node, f"{node.value} is not a day of the calendar", "check month and day")

    def schema(self) -> dict[str, Any]:
        return {"type": "string", "format": "date", "pattern": r"^[0-9]{4}-[0-9]{2}-[0-9]{2}$"}


def _as_iso(value: str) -> str:
    """Say how a date in another notation is written; day and month are not guessed where both could be meant."""
    parts = re.fullmatch(r"([0-9]{1,4})[-/. ]([0-9]{1,2})[-/. ]([0-9]{1,4})(?:[T ].*)?", value)
    if parts:
        first, second, third = map(int, parts.groups())
        readings = [(first, second, third)] if first > 31 else [(third, first, second), (third, second, first)]
        days = []
        for reading in readings:
            try:
                days.append(dt.date(*reading).isoformat())
            except ValueError:
                continue
        if days:
            return f"did you mean {' or '.join(dict.fromkeys(days))}? Dates are year-month-day"
    return "write it as year-month-day: 2026-11-23"


@dataclass(frozen=True, slots=True)
class Whole(Value):
    """A whole number from *least* to *most*."""

    least: int
    most: int

    def read(self, node: Node, reader: Reader, name: str) -> Any:
        if node.kind == "scalar" and node.tag == "number" and re.fullmatch(r"[0-9]{1,9}", node.value):
            number = int(node.value)
            if self.least <= number <= self.most:
                return number
        wanted = str(self.least) if self.least == self.most else f"a whole number from {self.least} to {self.most}"
        return reader.bad(node, f"'{name}' is {node.said()}, expected {wanted}", f"write {name}: {self.least}")

    def schema(self) -> dict[str, Any]:
        return {"type": "integer", "minimum": self.least, "maximum": self.most}


@dataclass(frozen=True, slots=True)
class ListOf(Value):
    """A list of *item*, none twice, at least one unless *empty*; the word *alone* stands alone if it is there."""

    item: Value
    alone: str | None = None
    empty: bool = False

    def read(self, node: Node, reader: Reader, name: str) -> Any:
        if self.empty and (node.empty or (node.kind == "list" and not node.items)):
            return ()
        if node.kind != "list":
            one = f"[{node.value}]" if node.kind == "scalar" and not node.empty else "[...]"
            return reader.bad(node, f"'{name}' is {node.said()}, expected a list", f"write {name}: {one}")
        if not node.items:
            help_ = f"write {name}: [{self.alone}]" if self.alone else f"add a value, or leave out '{name}'"
            return reader.bad(node, f"'{name}' is an empty list", help_)
        read = [(part, self.item.read(part, reader, name)) for part in node.items]
        seen: list[Any] = []
        for part, value in read:
            if value is WRONG:
                continue
            if value in seen:
                reader.bad(part, f"{part.said()} stands in '{name}' twice", "keep one")
            seen.append(value)
        if self.alone in seen and len(node.items) > 1:
            part = next(part for part, value in read if value == self.alone)
            reader.bad(
                part, f"'{self.alone}' stands beside other values of '{name}'", f"remove '{self.alone}' or the others"
            )
        return WRONG if len(seen) < len(node.items) else tuple(seen)

    def schema(self) -> dict[str, Any]:
        schema: dict[str, Any] = {"type": "array", "items": self.item.schema(), "uniqueItems": True}
        schema |= {"type": ["array", "null"]} if self.empty else {"minItems": 1}
        if self.alone:
            schema |= {"if": {"contains": {"const": self.alone}}, "then": {"maxItems": 1}}
        return schema


@dataclass(frozen=True, slots=True)
class Key:
    """One key of a map: what stands there, whether it must, and what it means."""

    value: Value
    needed: bool = True
    means: str = ""
    url: str | None = None


@dataclass(frozen=True, slots=True)
class Map(Value):
    """A map with known *keys*, called *what* in messages.

    *renamed* maps old keys to new ones; *elsewhere* says where a key belongs that is not known here.
    *also* checks what one key cannot say, given what was read, the node and the map's name; *rule* is its schema.
    """

    keys: Mapping[str, Key]
    what: str = "key"
    renamed: Mapping[str, str] = field(default_factory=dict)
    elsewhere: Mapping[str, str] = field(default_factory=dict)
    empty: bool = False
    also: Callable[[Mapping[str, Any], Node, Reader, str], None] | None = None
    rule: Mapping[str, Any] = field(default_factory=dict)

    def read(self, node: Node, reader: Reader, name: str) -> Any:
        if node.empty and self.empty:
            return {}
        if node.kind != "map":
            return reader.bad(
                node,
                f"'{name}' is {node.said()}, expected a map",
                f"its keys stand below it, indented: {listed(self.keys)}",
            )
        before = len(reader.problems)
        values: dict[str, Any] = {}
        meant: set[str | None] = set()
        for written, (key, value) in node.entries.items():
            known = self.renamed.get(written, written)
            if known not in self.keys:
                meant.add(self._unknown(key, value, reader, name))
            elif known != written and known in node.entries:
                reader.bad(key, f"'{written}' was renamed to '{known}', which is here too", "keep one of them")
            else:
                values[known] = self.keys[known].value.read(value, reader, written)
        for key_name, spec in self.keys.items():
            if spec.needed and key_name not in values and key_name not in meant and not reader.partial:
                reader.bad(node, f"'{key_name}' is missing in '{name}'", spec.means or None, spec.url)
        if self.also:
            self.also({key: value for key, value in values.items() if value is not WRONG}, node, reader, name)
        return WRONG if len(reader.problems) > before else values

    def _unknown(self, key: Node, value: Node, reader: Reader, name: str) -> str | None:
        """Report an unknown key; read its value as that of the key that was meant, if one is near, and return that."""
        home = self.elsewhere.get(key.value)
        # Looking for a near spelling is slow; in a file of nothing but mistakes the first hundred tell enough.
        near = None if home or len(reader.problems) > 100 else nearest(key.value[:100], self.keys)
        known = f"did you mean '{near}'?" if near else f"expected one of: {listed(self.keys)}"
        advice = f"'{key.value}' belongs {home}: check the indentation" if home else known
        reader.bad(key, f"unknown {self.what} '{key.value}' in '{name}'", advice)
        if near:
            self.keys[near].value.read(value, reader, key.value)
        return near

    def schema(self) -> dict[str, Any]:
        properties = {name: {**key.value.schema(), **_about(key)} for name, key in self.keys.items()}
        for old, new in self.renamed.items():
            if new in self.keys:
                properties[old] = {**properties[new], "deprecated": True, "description": f"Renamed to {new}."}
        needed = [name for name, key in self.keys.items() if key.needed]
        schema: dict[str, Any] = {
            "type": ["object", "null"] if self.empty else "object",
            "properties": properties,
            "additionalProperties": False,
        }
        return schema | ({"required": needed} if needed else {}) | dict(self.rule)


def _about(key: Key) -> dict[str, str]:
    return {"description": key.means} if key.means else {}


@dataclass(frozen=True, slots=True)
class Refer(Value):
    """A value whose schema stands once under *name* in ``$defs``."""

    name: str
    value: Value

    def read(self, node: Node, reader: Reader, name: str) -> Any:
        return self.value.read(node, reader, name)

    def schema(self) -> dict[str, Any]:
        return {"$ref": f"#/$defs/{self.name}"}


@dataclass(frozen=True, slots=True)
class MapOf(Value):
    """A map whose keys the team chooses; *key* says which are allowed."""

    key: Text
    value: Value

    def read(self, node: Node, reader: Reader, name: str) -> Any:
        if node.kind != "map":
            return reader.bad(node, f"'{name}' is {node.said()}, expected a map", "its keys stand below it, indented")
        before = len(reader.problems)
        values = {}
        for written, (key, value) in node.entries.items():
            self.key.read(key, reader, name)
            values[written] = self.value.read(value, reader, written)
        return WRONG if len(reader.problems) > before else values

    def schema(self) -> dict[str, Any]:
        return {
            "type": "object",
            "propertyNames": self.key.schema(),
            "additionalProperties": self.value.schema(),
        }
