"""Reads JSON that others wrote: any encoding that an export command leaves behind, never too large, never too deep."""

from __future__ import annotations

import codecs
import json
import re
from collections import Counter
from typing import TYPE_CHECKING, Any

from ztcheck import files
from ztcheck.errors import InputError, Problem

if TYPE_CHECKING:
    from pathlib import Path

MAX_BYTES = 32 * 1024 * 1024
MAX_DEPTH = 64
MAX_DIGITS = 400
_MAX_DOUBLED = 20

# The longest marks first: the UTF-32 mark begins with the UTF-16 one.
_MARKS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
# A string that never ends runs to the end of the text, so that no later quote is tried as its start.
_STRING_OR_BRACKET = re.compile(r'"(?:[^"\\]|\\.)*+(?:"|\\?\Z)|[\[\]{}]', re.DOTALL)
_SURROGATE = re.compile(r"\\u[dD][89abAB]")


def read_bytes(path: Path, shown: str | None = None, *, max_bytes: int = MAX_BYTES) -> bytes:
    """Return the content of *path*; raises InputError when it cannot be read or holds more than *max_bytes*."""
    return files.read_bytes(path, max_bytes, shown)


def decode(raw: bytes, shown: str) -> str:
    """Return *raw* as text: UTF-8, or what its byte order mark says (PowerShell's ``>`` writes UTF-16)."""
    encoding = next((name for mark, name in _MARKS if raw.startswith(mark)), "utf-8")
    try:
        return raw.decode(encoding)
    except UnicodeDecodeError as error:
        raise InputError(
            Problem(
                f"is not {encoding.upper()} text: {error.reason} at byte {error.start}",
                path=shown,
                help="export it again as UTF-8",
            )
        ) from None


def parse(raw: bytes, shown: str, *, max_depth: int = MAX_DEPTH) -> Any:
    """Return the value of the JSON text *raw*, read from the file *shown*.

    Raises InputError with line and column for what is not JSON, for a key that an object holds twice, for nesting
    deeper than *max_depth* and for numbers that JSON does not have.
    """
    text = decode(raw, shown)
    if not text.strip():
        raise InputError(Problem("is empty", path=shown))
    depth = 0
    for token in _STRING_OR_BRACKET.finditer(text):
        mark = token[0]
        if mark in "[{":
            depth += 1
            if depth > max_depth:
                line, column = position(text, token.start())
                raise InputError(Problem(f"is nested deeper than {max_depth} levels", shown, line, column))
        elif mark in "]}":
            depth -= 1
    doubled: list[str] = []

    def members(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
        found = dict(pairs)
        if len(found) != len(pairs):
            counts = Counter(key for key, _ in pairs)
            doubled.extend(sorted(key for key, count in counts.items() if count > 1)[:_MAX_DOUBLED])
        return found

    try:
        value = json.loads(text, object_pairs_hook=members, parse_constant=_refuse, parse_int=_integer)
    except json.JSONDecodeError as error:
        raise InputError(Problem(f"is not JSON: {error.msg}", shown, error.lineno, error.colno)) from None
    except (ValueError, RecursionError) as error:
        raise InputError(Problem(f"is not JSON: {error}", path=shown)) from None
    if _SURROGATE.search(text):
        value = _whole(value)
    if doubled:
        raise InputError([Problem(f"holds the key {key!r} twice in one object", path=shown) for key in doubled])
    return value


def load(path: Path, shown: str | None = None, *, max_bytes: int = MAX_BYTES, max_depth: int = MAX_DEPTH) -> Any:
    """Return the value of the JSON file *path*, named *shown* in errors; raises InputError as `parse` does."""
    return parse(read_bytes(path, shown, max_bytes=max_bytes), shown or str(path), max_depth=max_depth)


def position(text: str, offset: int) -> tuple[int, int]:
    """Return line and column, both from 1, of *offset* in *text*."""
    return text.count("\n", 0, offset) + 1, offset - (text.rfind("\n", 0, offset) + 1) + 1


def pointer(*parts: str | int) -> str:
    """Return the JSON pointer of *parts* (RFC 6901, section 3); the empty string is the whole document."""
    return "".join("/" + str(part).replace("~", "~0").replace("/", "~1") for part in parts)


def _refuse(constant: str) -> None:
    raise ValueError(f"{constant} is not a JSON number")


def _integer(digits: str) -> int:
    if len(digits) > MAX_DIGITS:
        raise ValueError(f"a number of {len(digits)} digits")
    return int(digits)


def whole(text: str) -> str:
    """Return *text* with escaped halves of a character pair joined, or replaced: no output could carry them."""
    return text.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace")


def _whole(value: Any) -> Any:
    if isinstance(value, str):
        return whole(value)
    if isinstance(value, list):
        return [_whole(item) for item in value]
    if isinstance(value, dict):
        return {_whole(key): _whole(item) for key, item in value.items()}
    return value
