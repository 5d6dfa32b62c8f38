"""The findings file: evidence as JSON, read and written field by field as `ztcheck.evidence` declares it.

Reader, writer and schema all follow the dataclasses, so that none of the three can fall behind.
"""

from __future__ import annotations

import dataclasses
import datetime as dt
import json
import re
import types
from functools import cache
from pathlib import Path
from typing import Any, Literal, Union, get_args, get_origin, get_type_hints

from ztcheck import evidence, files, jsonfile
from ztcheck.catalogue import Collector
from ztcheck.errors import InputError, Problem, suggestion

MAX_ITEMS = 200_000
MAX_TEXT = 20_000
_MAX_PROBLEMS = 50
_PATTERNS = {
    "fingerprint": r"^[0-9a-f]{16}$",
    "digest": r"^[0-9a-f]{64}$",
    "check": r"^[a-z0-9]+(-[a-z0-9]+)*$",
}
_ROOT_KEYS = ("$schema", "version")


@cache
def _fields(kind: type) -> dict[str, tuple[Any, bool]]:
    """Field name to its type and whether it is required, for the dataclass *kind*."""
    names = {**vars(evidence), "dt": dt, "Collector": Collector}
    hints = get_type_hints(kind, globalns=names)
    return {
        field.name: (
            hints[field.name],
            field.default is dataclasses.MISSING and field.default_factory is dataclasses.MISSING,
        )
        for field in dataclasses.fields(kind)
    }


def _optional(kind: Any) -> tuple[Any, bool]:
    """Return *kind* without ``None`` and whether it admitted ``None``."""
    if get_origin(kind) in (Union, types.UnionType):
        parts = [part for part in get_args(kind) if part is not type(None)]
        return parts[0], True
    return kind, False


def schema() -> dict[str, Any]:
    """Return the JSON Schema (2020-12) of a findings file."""
    definitions: dict[str, Any] = {}

    def of(kind: Any, name: str) -> dict[str, Any]:
        kind, nullable = _optional(kind)
        found = plain(kind, name)
        return {"anyOf": [found, {"type": "null"}]} if nullable else found

    def plain(kind: Any, name: str) -> dict[str, Any]:
        if dataclasses.is_dataclass(kind) and isinstance(kind, type):
            if kind.__name__ not in definitions:
                definitions[kind.__name__] = {}
                definitions[kind.__name__] = obj(kind)
            return {"$ref": f"#/$defs/{kind.__name__}"}
        if get_origin(kind) is Literal:
            return {"enum": list(get_args(kind))}
        if get_origin(kind) is tuple:
            return {"type": "array", "maxItems": MAX_ITEMS, "items": of(get_args(kind)[0], name)}
        if kind is bool:
            return {"type": "boolean"}
        if kind is int:
            return {"type": "integer", "minimum": 1}
        if kind is dt.date:
            return {"type": "string", "format": "date"}
        text: dict[str, Any] = {"type": "string", "maxLength": MAX_TEXT}
        return text | ({"pattern": _PATTERNS[name]} if name in _PATTERNS else {})

    def obj(kind: type) -> dict[str, Any]:
        fields = _fields(kind)
        return {
            "type": "object",
            "description": (kind.__doc__ or "").split("\n")[0],
            "properties": {name: of(hint, name) for name, (hint, _) in fields.items()},
            "required": [name for name, (_, required) in fields.items() if required],
            "additionalProperties": False,
        }

    root = obj(evidence.Evidence)
    root["properties"] = {
        "$schema": {"type": "string"},
        "version": {"const": evidence.SCHEMA_VERSION},
        **root["properties"],
    }
    root["required"] = ["version"]
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "$id": evidence.SCHEMA_URL,
        "title": "Findings of ztcheck",
        **root,
        "$defs": definitions,
    }


def dump(found: evidence.Evidence) -> str:
    """Return *found* as JSON text; fields at their default are left out."""
    body = {"$schema": evidence.SCHEMA_URL, "version": evidence.SCHEMA_VERSION, **_plain(found)}
    return json.dumps(body, indent=2, ensure_ascii=False) + "\n"


def _plain(value: Any) -> Any:
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        kept = {}
        for field in dataclasses.fields(value):
            content = getattr(value, field.name)
            if field.default is dataclasses.MISSING or content != field.default:
                kept[field.name] = _plain(content)
        return kept
    if isinstance(value, tuple):
        return [_plain(item) for item in value]
    if isinstance(value, dt.date):
        return value.isoformat()
    if isinstance(value, str):
        # A name that is not UTF-8 reaches us with surrogates, which JSON text cannot carry.
        return value.encode("utf-8", "backslashreplace").decode("utf-8")[:MAX_TEXT]
    return value


def save(found: evidence.Evidence, path: Path) -> None:
    """Write *found* to *path* atomically; raises InputError when that fails."""
    files.write_atomic(path, dump(found).encode())


def load(path: Path) -> evidence.Evidence:
    """Read the findings file *path*; raises InputError with every mistake, each with its JSON pointer."""
    raw = jsonfile.load(path)
    reader = _Reader(str(path))
    if not isinstance(raw, dict):
        reader.bad("", f"expected an object, found {_kind(raw)}")
        raise InputError(reader.problems)
    version = raw.get("version")
    if version != evidence.SCHEMA_VERSION or isinstance(version, bool):
        reader.bad(
            "/version",
            f"expected {evidence.SCHEMA_VERSION}, found {json.dumps(version)[:40]}",
            help="this is no findings file, or one of another version: write it again with 'ztcheck scan'",
        )
    found = reader.obj(evidence.Evidence, raw, "", skip=_ROOT_KEYS)
    if reader.problems:
        raise InputError(reader.problems)
    assert isinstance(found, evidence.Evidence)  # noqa: S101 - for the type checker: no problem means it was built
    return found


def _kind(value: Any) -> str:
    names = {dict: "an object", list: "a list", str: "a string", bool: "true or false", type(None): "null"}
    return names.get(type(value), "a number")


class _Reader:
    """Builds dataclasses from JSON values and collects what is wrong with them."""

    def __init__(self, path: str) -> None:
        self.path = path
        self.problems: list[Problem] = []
        self.count = 0

    def bad(self, pointer: str, message: str, help: str | None = None) -> None:  # noqa: A002 - as in Problem
        self.count += 1
        if self.count <= _MAX_PROBLEMS:
            self.problems.append(Problem(f"{pointer or '(the whole file)'}: {message}", path=self.path, help=help))

    def value(self, kind: Any, raw: Any, pointer: str, name: str) -> Any:
        kind, nullable = _optional(kind)
        if raw is None and nullable:
            return None
        if dataclasses.is_dataclass(kind) and isinstance(kind, type):
            if isinstance(raw, dict):
                return self.obj(kind, raw, pointer)
            return self.bad(pointer, f"expected an object, found {_kind(raw)}")
        if get_origin(kind) is tuple:
            if not isinstance(raw, list):
                return self.bad(pointer, f"expected a list, found {_kind(raw)}")
            if len(raw) > MAX_ITEMS:
                return self.bad(pointer, f"holds more than {MAX_ITEMS:,} items")
            item = get_args(kind)[0]
            return tuple(self.value(item, part, f"{pointer}/{at}", name) for at, part in enumerate(raw))
        if get_origin(kind) is Literal:
            if isinstance(raw, str) and raw in get_args(kind):
                return raw
            return self.bad(
                pointer, f"{json.dumps(raw)[:60]} is not one of its values", suggestion(str(raw)[:60], get_args(kind))
            )
        if kind is bool:
            return raw if isinstance(raw, bool) else self.bad(pointer, f"expected true or false, found {_kind(raw)}")
        if kind is int:
            if isinstance(raw, int) and not isinstance(raw, bool) and raw >= 1:
                return raw
            return self.bad(pointer, "expected a whole number from 1")
        if not isinstance(raw, str):
            return self.bad(pointer, f"expected a string, found {_kind(raw)}")
        if kind is dt.date:
            try:
                return dt.date.fromisoformat(raw)
            except ValueError:
                return self.bad(pointer, f"{raw[:40]!r} is not a date (YYYY-MM-DD)")
        if len(raw) > MAX_TEXT:
            return self.bad(pointer, f"is longer than {MAX_TEXT:,} characters")
        if name in _PATTERNS and not re.fullmatch(_PATTERNS[name], raw):
            return self.bad(pointer, f"{raw[:80]!r} does not match {_PATTERNS[name]}")
        return raw

    def obj(self, kind: type, raw: dict[str, Any], pointer: str, skip: tuple[str, ...] = ()) -> Any:
        before = self.count
        fields = _fields(kind)
        values = {}
        for key, content in raw.items():
            if key in skip:
                continue
            at = pointer + jsonfile.pointer(key)
            if key not in fields:
                self.bad(at, "unknown key", suggestion(key, fields))
                continue
            values[key] = self.value(fields[key][0], content, at, key)
        for name, (_, required) in fields.items():
            if required and name not in raw:
                self.bad(pointer, f"'{name}' is missing")
        return kind(**values) if self.count == before else None
