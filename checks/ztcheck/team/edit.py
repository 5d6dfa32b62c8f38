"""Rewriting the team's file: one place changes, every other byte stays, whoever reads sees old or new.

The text is edited at the places that the reader found, since writing a whole YAML document anew would move
comments. What an edit gives is read again before it is written.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import json
import re
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ztcheck import team
from ztcheck.errors import InputError, Problem, ToolError
from ztcheck.files import read_bytes, write_atomic
from ztcheck.team.nodes import parse, tag_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

    from ztcheck.catalogue import Catalogue
    from ztcheck.team import Answer, Team
    from ztcheck.team.nodes import Node

_BOM = b"\xef\xbb\xbf"
_PLAIN = re.compile(r"[A-Za-z0-9](?:[\w ./@+()-]*[\w.)])?", re.ASCII)


def set_answer(path: Path, answer: Answer, catalogue: Catalogue, on: dt.date) -> Team:
    """Write *answer* into the team's file *path* and return the file as it is now.

    Raises InputError when the file is wrong, cannot be written, or changed while it was edited.
    """
    fields = {
        name: value
        for name in ("answer", "by", "on", "note", "link", "seen")
        if (value := getattr(answer, name)) is not None
    }

    def change(text: str, root: Node) -> str:
        old = {old for old, new in catalogue.renamed.items() if new == answer.practice}
        answers = root.get("answers")
        written = next((name for name in (answers.entries if answers else ()) if name in old), answer.practice)
        return put(text, root, ("answers", written), fields)

    result = edit(path, change, catalogue, on)
    if replace(result.answers[answer.practice], line=None) != replace(answer, line=None):
        raise ToolError(f"the answer to '{answer.practice}' was not written as given")
    return result


def set_profile(path: Path, field: str, values: Sequence[str], catalogue: Catalogue, on: dt.date) -> Team:
    """Write the profile answer *field* into the team's file *path*. As `set_answer`."""
    value = list(values) if catalogue.fields[field].multiple else values[0]
    return edit(path, lambda text, root: put(text, root, ("profile", field), value), catalogue, on)


def edit(path: Path, change: Callable[[str, Node], str], catalogue: Catalogue, on: dt.date) -> Team:
    """Write what *change* (text and tree → text) makes of the team's file *path*; return the file as it is now."""
    raw = read_bytes(path, team.MAX_BYTES)
    team.parse(raw, str(path), catalogue, on)
    text = team.decode(raw, str(path))
    root = parse(text, str(path)).root
    if root is None:
        raise InputError(Problem("is empty", str(path), help="write one with: ztcheck init"))
    new = (_BOM if raw.startswith(_BOM) else b"") + change(text, root).encode()
    try:
        result = team.parse(new, str(path), catalogue, on)
    except InputError as error:
        if len(new) > team.MAX_BYTES:
            raise InputError(Problem("would become too large", str(path), help="shorten the notes")) from None
        raise ToolError([Problem("the edited file would not be right; nothing was written"), *error.problems]) from None
    if hashlib.sha256(read_bytes(path, team.MAX_BYTES)).digest() != hashlib.sha256(raw).digest():
        raise InputError(
            Problem("was changed by someone else meanwhile; nothing was written", str(path), help="run it again")
        )
    write_atomic(path, new)
    return result


@dataclass(frozen=True, slots=True)
class Patch:
    """The characters from *start* to *end* become *new*."""

    start: int
    end: int
    new: str


def put(text: str, root: Node, keys: tuple[str, ...], value: Any) -> str:
    """Return *text* with *value* at *keys*; of a map only the entries that differ change."""
    patches = sorted(_patches(text, root, keys, value, top=True), key=lambda patch: patch.start)
    for patch in reversed(patches):
        text = text[: patch.start] + patch.new + text[patch.end :]
    return text


def _patches(text: str, node: Node, keys: tuple[str, ...], value: Any, *, top: bool = False) -> Iterator[Patch]:
    name, *below = keys
    present = node.get(name)
    if present is None or not present.entries:
        for inner in reversed(below):
            value = {inner: value}
        if present is not None:
            yield _replace(text, node, name, value)
        elif top and not node.flow:
            yield _append(text, {name: value})
        else:
            yield _insert(text, node, {name: value})
    elif below:
        yield from _patches(text, present, tuple(below), value)
    elif isinstance(value, dict):
        yield from _differences(text, present, value)
    else:
        yield _replace(text, node, name, value)


def _differences(text: str, node: Node, value: Mapping[str, Any]) -> Iterator[Patch]:
    for name, item in value.items():
        present = node.get(name)
        if present is not None and (present.kind != "scalar" or present.value != str(item)):
            yield _replace(text, node, name, item)
    if added := {name: item for name, item in value.items() if name not in node.entries}:
        yield _insert(text, node, added)
    names = list(node.entries)
    kept = [name for name in names if name in value]
    for before, name in zip(["", *names], names, strict=False):
        if name in value:
            continue
        key, old = node.entries[name]
        if not node.flow:
            end = text.find("\n", old.end)
            yield Patch(_line_start(text, key), len(text) if end < 0 else end + 1, "")
        elif kept and names.index(name) > names.index(kept[0]):
            yield Patch(node.entries[before][1].end, old.end, "")
        elif kept and name == names[0]:
            yield Patch(key.start, node.entries[kept[0]][0].start, "")


def _replace(text: str, node: Node, name: str, value: Any) -> Patch:
    key, old = node.entries[name]
    colon = text.index(":", key.end) + 1
    if isinstance(value, dict) and not node.flow:
        newline = _newline(text)
        stop = text.find("\n", old.end)
        rest = text[old.end : len(text) if stop < 0 else stop].rstrip("\r")
        body = "".join(newline + line for line in _lines(value, key.column + 1))
        return Patch(colon, old.end + len(rest), rest.rstrip() + body)
    lead = "" if old.start > colon and text[old.start - 1] == " " else " "
    return Patch(old.start, old.end, lead + flow(value))


def _insert(text: str, node: Node, added: Mapping[str, Any]) -> Patch:
    if node.flow:
        at = max(part.end for part in node.parts())
        return Patch(at, at, "".join(f", {name}: {flow(value)}" for name, value in added.items()))
    newline = _newline(text)
    lines = list(_lines(added, next(iter(node.entries.values()))[0].column - 1))
    at = text.find("\n", node.end)
    if at < 0:
        return Patch(len(text), len(text), "".join(newline + line for line in lines))
    return Patch(at + 1, at + 1, "".join(line + newline for line in lines))


def _append(text: str, added: Mapping[str, Any]) -> Patch:
    """A new section goes behind everything, comments and blank lines at the end included."""
    newline = _newline(text)
    first = "" if text.endswith("\n") else newline
    return Patch(len(text), len(text), first + "".join(line + newline for line in _lines(added, 0)))


def _line_start(text: str, node: Node) -> int:
    return text.rfind("\n", 0, node.start) + 1


def _newline(text: str) -> str:
    first = text.find("\n")
    return "\r\n" if first > 0 and text[first - 1] == "\r" else "\n"


def _lines(value: Mapping[str, Any], indent: int) -> Iterator[str]:
    for name, item in value.items():
        if isinstance(item, dict):
            yield f"{' ' * indent}{name}:"
            yield from _lines(item, indent + 2)
        else:
            yield f"{' ' * indent}{name}: {flow(item)}"


def flow(value: Any) -> str:
    """Return *value* as YAML on one line: plain where that is safe, else in double quotes."""
    match value:
        case dict():
            return "{" + ", ".join(f"{name}: {flow(item)}" for name, item in value.items()) + "}"
        case list() | tuple():
            return "[" + ", ".join(map(flow, value)) + "]"
        case dt.date():
            return value.isoformat()
        case int():
            return str(value)
    text = str(value)
    if _PLAIN.fullmatch(text) and tag_of(text) == "text":
        return text
    return re.sub(
        "[\x7f-\x9f\u2028\u2029\ufeff\ufffe\uffff]",
        lambda match: f"\\u{ord(match[0]):04x}",
        json.dumps(text, ensure_ascii=False),
    )
