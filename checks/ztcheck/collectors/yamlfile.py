"""Reads YAML that others wrote: plain data with line numbers, capped in size, depth and aliases."""

from __future__ import annotations

from typing import Any

from ztcheck import jsonfile
from ztcheck.errors import InputError, Problem

MAX_BYTES = 2 * 1024 * 1024
MAX_DEPTH = 48
MAX_NODES = 200_000


class Text(str):
    """A scalar with the *line* on which it stands, from 1; *plain* is false for a quoted or block scalar."""

    line: int
    plain: bool


class Map(dict[str, Any]):
    """A mapping with the *line* on which it starts, and the line of each key."""

    line: int
    lines: dict[str, int]


class Items(list[Any]):
    """A sequence with the *line* on which it starts."""

    line: int


def parse(raw: bytes, path: str) -> Any:
    """Return the YAML document *raw* as `Map`, `Items`, `Text` and None; every scalar stays a text.

    Raises InputError with line and column. Anchors are resolved, but what they expand to counts against the caps,
    so that a small file cannot become a huge one.
    """
    from ruamel.yaml import YAML
    from ruamel.yaml.error import MarkedYAMLError, YAMLError

    text = jsonfile.decode(raw, path)
    if len(raw) > MAX_BYTES:
        raise InputError(Problem(f"is larger than {MAX_BYTES:,} bytes", path=path))
    reader = YAML(typ="safe", pure=True)
    try:
        root = reader.compose(text)
    except MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        line, column = (mark.line + 1, mark.column + 1) if mark else (None, None)
        raise InputError(Problem(f"is not YAML: {error.problem or error.context}", path, line, column)) from None
    except (YAMLError, RecursionError, ValueError) as error:
        raise InputError(Problem(f"is not YAML: {type(error).__name__}", path=path)) from None
    return _Builder(path).build(root, 0)


class _Builder:
    def __init__(self, path: str) -> None:
        self.path = path
        self.nodes = 0

    def build(self, node: Any, depth: int) -> Any:
        if node is None:
            return None
        line = node.start_mark.line + 1
        self.nodes += 1
        if depth > MAX_DEPTH:
            raise InputError(Problem(f"is nested deeper than {MAX_DEPTH} levels", self.path, line))
        if self.nodes > MAX_NODES:
            raise InputError(Problem(f"expands to more than {MAX_NODES:,} values", self.path, line))
        kind = type(node).__name__
        if kind == "MappingNode":
            found = Map()
            found.line, found.lines = line, {}
            for key, value in node.value:
                name = jsonfile.whole(str(key.value)) if type(key).__name__ == "ScalarNode" else "?"
                if name == "<<" and not key.style:
                    merged = self.build(value, depth + 1)
                    for part in merged if isinstance(merged, list) else [merged]:
                        if isinstance(part, Map):
                            for inner, content in part.items():
                                found.setdefault(inner, content)
                                found.lines.setdefault(inner, line)
                    continue
                found[name] = self.build(value, depth + 1)
                found.lines[name] = key.start_mark.line + 1
            return found
        if kind == "SequenceNode":
            items = Items(self.build(item, depth + 1) for item in node.value)
            items.line = line
            return items
        if node.tag == "tag:yaml.org,2002:null" or (not node.style and node.value in ("", "~", "null")):
            return None
        text = Text(jsonfile.whole(node.value))
        text.line, text.plain = line, not node.style
        return text
