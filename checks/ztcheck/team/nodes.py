"""YAML 1.2 text → nodes that know their place. Every mistake of the notation is collected, none stops the rest."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import Any, Literal

from ztcheck.errors import Problem

MAX_DEPTH = 12
MAX_EVENTS = 20_000

Kind = Literal["scalar", "list", "map"]
Tag = Literal["text", "null", "bool", "number"]

# The core schema of YAML 1.2, section 10.3.2: `no`, `on` and dates are text.
_CORE: tuple[tuple[Tag, re.Pattern[str]], ...] = (
    ("null", re.compile(r"(?:null|Null|NULL|~|)")),
    ("bool", re.compile(r"(?:true|True|TRUE|false|False|FALSE)")),
    (
        "number",
        re.compile(
            r"[-+]?[0-9]+|0o[0-7]+|0x[0-9a-fA-F]+|[-+]?(?:\.[0-9]+|[0-9]+(?:\.[0-9]*)?)(?:[eE][-+]?[0-9]+)?"
            r"|[-+]?\.(?:inf|Inf|INF)|\.(?:nan|NaN|NAN)"
        ),
    ),
)
# What YAML 1.2 does not allow in a stream (section 5.1, c-printable).
_UNPRINTABLE = re.compile("[^\t\n\r\x20-\x7e\x85\xa0-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
_TAB_INDENT = re.compile(r"^ *\t\s*[^\s#]", re.MULTILINE)


def tag_of(value: str) -> Tag:
    """Return what a plain (unquoted) scalar is by the core schema of YAML 1.2."""
    return next((tag for tag, pattern in _CORE if pattern.fullmatch(value)), "text")


@dataclass(slots=True)
class Node:
    """One value: where it stands (*line* and *column* from 1, *start* and *end* as offsets) and what it holds.

    *end* is behind the last character that belongs to the value; comments after it do not.
    """

    kind: Kind
    line: int
    column: int
    start: int
    end: int
    value: str = ""
    tag: Tag = "text"
    flow: bool = False
    items: list[Node] = field(default_factory=list)
    entries: dict[str, tuple[Node, Node]] = field(default_factory=dict)

    @property
    def empty(self) -> bool:
        """Whether nothing is written here."""
        return self.kind == "scalar" and self.tag == "null"

    def get(self, key: str) -> Node | None:
        """Return the value of *key* in a map, or None."""
        entry = self.entries.get(key)
        return entry[1] if entry else None

    def parts(self) -> list[Node]:
        """Return the nodes directly in it, keys included."""
        return [*self.items, *(part for entry in self.entries.values() for part in entry)]

    def said(self) -> str:
        """Return what stands here, for a message."""
        if self.kind != "scalar":
            return f"a {self.kind}"
        if self.empty:
            return "nothing"
        shown = self.value if len(self.value) <= 40 else f"{self.value[:37]}..."
        return {"bool": f"the truth value {shown}", "number": f"the number {shown}"}.get(self.tag, repr(shown))


@dataclass(slots=True)
class Tree:
    """What was read: the *root*, the *problems* of the notation, and whether reading had to stop (*partial*)."""

    root: Node | None
    problems: list[Problem]
    partial: bool = False


class _StopError(Exception):
    """Reading cannot go on."""


def parse(text: str, path: str) -> Tree:
    """Read *text* as one YAML document.

    Anchors, aliases, tags and merge keys are refused: what they stand for could grow without end, and rewriting one
    place would change others.
    """
    unprintable = [
        Problem(
            f"character U+{ord(match[0]):04X} may not stand in a text file",
            path,
            *place(text, match.start()),
            help="remove it",
        )
        for match in _UNPRINTABLE.finditer(text)
    ]
    if unprintable:
        return Tree(None, unprintable[:20], partial=True)
    return _Builder(text, path).build()


def place(text: str, offset: int) -> tuple[int, int]:
    """Return line and column, from 1, of *offset*."""
    before = text[:offset]
    return before.count("\n") + 1, offset - (before.rfind("\n") + 1) + 1


class _Builder:
    def __init__(self, text: str, path: str) -> None:
        self.text = text
        self.path = path
        self.tree = Tree(None, [])

    def bad(self, message: str, line: int, column: int, help: str | None = None) -> None:  # noqa: A002 - as in Problem
        self.tree.problems.append(Problem(message, self.path, line, column, help))

    def build(self) -> Tree:
        from ruamel.yaml.error import MarkedYAMLError, YAMLError

        try:
            self.read()
        except _StopError:
            self.tree.partial = True
        except MarkedYAMLError as error:
            self.tree.partial = True
            self.syntax(error.problem or error.context or "is not YAML", error.problem_mark or error.context_mark)
        except (YAMLError, ValueError, OverflowError) as error:
            # A few faults of the notation surface as ValueError, such as \U escapes beyond Unicode.
            self.tree.partial = True
            self.bad(f"is not YAML: {str(error).splitlines()[0]}", 1, 1)
        return self.tree

    def syntax(self, message: str, mark: Any) -> None:
        tabs = [place(self.text, match.end() - 1) for match in _TAB_INDENT.finditer(self.text)]
        if tabs:
            for line, _ in tabs:
                self.bad("a tab stands where YAML wants blanks", line, 1, "indent with two blanks per level")
            return
        line, column = getattr(mark, "line", 0) + 1, getattr(mark, "column", 0) + 1
        self.bad(f"is not YAML: {message}", line, column, "check indentation, colons, quotes and brackets here")

    def read(self) -> None:
        from ruamel.yaml import YAML
        from ruamel.yaml import events as e

        stack: list[tuple[Node, Node | None]] = []  # an open list or map, and the key that waits for its value
        documents = 0
        for count, event in enumerate(YAML(typ="safe", pure=True).parse(self.text)):
            mark = event.start_mark
            line, column = mark.line + 1, mark.column + 1
            if count > MAX_EVENTS:
                self.bad(f"holds more than {MAX_EVENTS} items", line, column, "a team's file is far smaller")
                raise _StopError
            if isinstance(event, e.DocumentStartEvent):
                documents += 1
                if documents > 1:
                    self.bad("a second document starts here", line, column, "keep one document, without '---' lines")
                    raise _StopError
                if event.version is not None and tuple(event.version) != (1, 2):
                    self.bad("another version of YAML is asked for", line, column, "remove the %YAML line")
                continue
            if isinstance(event, e.CollectionEndEvent):
                node, _ = stack.pop()
                self.close(node, event)
                continue
            if isinstance(event, e.AliasEvent):
                self.bad(f"alias '*{event.anchor}' is not used here", line, column, "write the value out")
                node = Node("scalar", line, column, mark.index, event.end_mark.index, tag="null")
            elif isinstance(event, e.ScalarEvent):
                node = self.scalar(event)
            elif isinstance(event, e.CollectionStartEvent):
                kind: Kind = "map" if isinstance(event, e.MappingStartEvent) else "list"
                node = Node(kind, line, column, mark.index, mark.index, flow=bool(event.flow_style))
                self.decorations(event, line, column)
            else:
                continue
            self.add(node, stack)
            if node.kind != "scalar":
                if len(stack) >= MAX_DEPTH:
                    self.bad("is nested too deeply", line, column, f"no value lies deeper than {MAX_DEPTH} levels")
                    raise _StopError
                stack.append((node, None))

    def scalar(self, event: Any) -> Node:
        value: str = event.value
        start, stop = event.start_mark, event.end_mark
        line, column = start.line + 1, start.column + 1
        style = event.style
        self.decorations(event, line, column)
        if any("\ud800" <= character <= "\udfff" for character in value):
            self.bad("half of a surrogate pair is no character", line, column, "write the character itself")
        end = self.end_of_block(start) if style in ("|", ">") else stop.index
        plain = event.implicit[0]
        return Node("scalar", line, column, start.index, end, value, tag_of(value) if plain else "text")

    def decorations(self, event: Any, line: int, column: int) -> None:
        if getattr(event, "anchor", None):
            self.bad(f"anchor '&{event.anchor}' is not used here", line, column, "remove it")
        if getattr(event, "tag", None) is not None:
            self.bad(f"tag '{event.tag}' is not used here", line, column, "remove it")

    def end_of_block(self, start: Any) -> int:
        """A block scalar ends with its last line that is not blank; the parser reports the next token."""
        index: int = start.index
        lines = self.text[index:].splitlines(keepends=True)
        first_line = self.text[:index].rpartition("\n")[2]
        parent = len(first_line) - len(first_line.lstrip(" "))
        if first_line[parent:].startswith("- "):
            parent += 2
        end = position = index + len(lines[0].rstrip())
        position = index + len(lines[0])
        for text in lines[1:]:
            if text.strip():
                if len(text) - len(text.lstrip(" ")) <= parent:
                    break
                end = position + len(text.rstrip("\r\n"))
            position += len(text)
        return end

    def add(self, node: Node, stack: list[tuple[Node, Node | None]]) -> None:
        if not stack:
            self.tree.root = node
            return
        parent, key = stack[-1]
        if parent.kind == "list":
            parent.items.append(node)
        elif key is None:
            stack[-1] = (parent, node)
        else:
            stack[-1] = (parent, None)
            if node.start == node.end and node.kind == "scalar":
                self.beside(node, key)
            self.pair(parent, key, node)

    def beside(self, node: Node, key: Node) -> None:
        """An empty value is reported by the parser where the next token stands; put it behind its key's colon."""
        colon = self.text.find(":", key.end)
        node.start = node.end = colon + 1 if colon >= 0 else key.end
        node.line, node.column = key.line, key.column

    def pair(self, parent: Node, key: Node, value: Node) -> None:
        if key.kind != "scalar":
            self.bad("a key is one word, not a list or map", key.line, key.column)
        elif key.value == "<<":
            self.bad("merge key '<<' is not used here", key.line, key.column, "write the values out")
        elif key.value in parent.entries:
            first = parent.entries[key.value][0].line
            self.bad(f"duplicate key '{key.value}'", key.line, key.column, f"it stands on line {first} too; keep one")
        else:
            parent.entries[key.value] = (key, value)

    def close(self, node: Node, event: Any) -> None:
        if node.flow:
            node.end = event.end_mark.index
        else:
            node.end = max([node.end, *(part.end for part in node.parts())])
