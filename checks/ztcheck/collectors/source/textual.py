"""Small readers of program text that the checks use on what the engine found: arguments, functions, names."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

_OPEN = {"(": ")", "[": "]", "{": "}"}
_CLOSE = frozenset(_OPEN.values())
_QUOTES = frozenset("\"'`")
_KEYWORD = re.compile(r"^([A-Za-z_$][\w$]*)\s*(?:=(?![=>])|:(?![:]))\s*", re.S)
_FUNCTION = re.compile(
    r"(?:\bfunc\b[^;{}]*|\)\s*(?:=>|:\s*[\w<>\[\]| .,{}]+=>)?|\)\s*(?:throws\s+[\w., ]+|:\s*[\w<>\[\]|. ]+|where\b[^{]*|"
    r"const|async)?|=>)\s*$"
)
_CONTROL = re.compile(r"\b(?:if|for|foreach|while|switch|catch|using|lock|with|when)\s*$")


def last_name(name: str) -> str:
    """Return the last component of *name* without quotes, brackets or type arguments."""
    found = re.findall(r"[A-Za-z_$][\w$-]*", re.sub(r"<[^<>]*>$", "", name.strip()))
    return found[-1] if found else name.strip("\"'`")


def closing(text: str, start: int, within: int | None = None) -> int:
    """Return the offset of the bracket that closes the one at *start*, or the length of *text*.

    Where it is not *within* so many characters, the offset at which the search ends.
    """
    depth = 0
    quote = ""
    index = start
    size = len(text) if within is None else min(len(text), start + within)
    while index < size:
        char = text[index]
        if quote:
            if char == "\\":
                index += 1
            elif char == quote:
                quote = ""
        elif char in _QUOTES:
            quote = char
        elif char in _OPEN:
            depth += 1
        elif char in _CLOSE:
            depth -= 1
            if depth == 0:
                return index
        index += 1
    return size


def split(text: str, separator: str = ",") -> list[str]:
    """Split *text* at *separator* where no bracket or quote is open."""
    parts: list[str] = []
    depth = 0
    quote = ""
    start = index = 0
    size = len(text)
    while index < size:
        char = text[index]
        if quote:
            if char == "\\":
                index += 1
            elif char == quote:
                quote = ""
        elif char in _QUOTES:
            quote = char
        elif char in _OPEN:
            depth += 1
        elif char in _CLOSE:
            depth -= 1
        elif char == separator and depth == 0:
            parts.append(text[start:index])
            start = index + 1
        index += 1
    parts.append(text[start:])
    return [part.strip() for part in parts if part.strip()]


def arguments(call: str) -> list[tuple[str | None, str]]:
    """Return the arguments of the last call in *call*: keyword or None, and value."""
    end = len(call.rstrip())
    if not call.rstrip().endswith(")"):
        brace = call.rstrip().endswith("}") and call.find(")")
        if not brace or brace < 0:
            return []
        end = brace + 1
    start = opening(call, end - 1)
    found: list[tuple[str | None, str]] = []
    for part in split(call[start + 1 : end - 1]):
        keyword = _KEYWORD.match(part)
        if keyword and not part.startswith(("'", '"')):
            found.append((keyword[1], part[keyword.end() :].strip()))
        else:
            found.append((None, part))
    return found


def opening(text: str, end: int) -> int:
    """Return the offset of the round bracket that the one at *end* closes."""
    stack: list[int] = []
    quote = ""
    index = 0
    while index < end:
        char = text[index]
        if quote:
            if char == "\\":
                index += 1
            elif char == quote:
                quote = ""
        elif char in _QUOTES:
            quote = char
        elif char == "(":
            stack.append(index)
        elif char == ")" and stack:
            stack.pop()
        index += 1
    return stack[-1] if stack else text.find("(")


def functions(text: str, language: str) -> list[tuple[int, int]]:
    """Return first and last line of every function in *text*, in linear time, on broken code too."""
    return _indented(text) if language == "python" else _braced(text, _go_line if language == "go" else _head_line)


def _indented(text: str) -> list[tuple[int, int]]:
    found: list[tuple[int, int]] = []
    stack: list[tuple[int, int]] = []
    last = 0
    lines = text.split("\n")
    for number, line in enumerate(lines, 1):
        stripped = line.lstrip()
        if not stripped or stripped.startswith("#"):
            continue
        indent = len(line) - len(stripped)
        while stack and indent <= stack[-1][0] and not stripped.startswith((")", "]", "}")):
            found.append((stack.pop()[1], last))
        if stripped.startswith(("def ", "async def ")):
            stack.append((indent, number))
        last = number
    found.extend((first, last) for _, first in stack)
    return sorted(found)


_TOKEN = re.compile(r"//[^\n]*|/\*.*?\*/|\"(?:\\.|[^\"\\\n])*\"|'(?:\\.|[^'\\\n])*'|`(?:\\.|[^`\\])*`|[{}]", re.S)
# What never stands between a function's head and its body: before such a brace an object or an array is written.
_VALUE = frozenset("=(,:[?&|")


def _braced(text: str, head_line: Callable[[str, int, int], int | None]) -> list[tuple[int, int]]:
    found: list[tuple[int, int]] = []
    stack: list[int | None] = []
    line, counted = 1, 0
    for token in _TOKEN.finditer(text):
        start = token.start()
        char = text[start]
        if char == "{":
            line, counted = line + text.count("\n", counted, start), start
            stack.append(head_line(text, start, line))
        elif char == "}":
            first = stack.pop() if stack else None
            if first is not None:
                line, counted = line + text.count("\n", counted, start), start
                found.append((first, line))
    last = line + text.count("\n", counted)
    found.extend((first, last) for first in stack if first is not None)
    return sorted(found)


def _head_line(text: str, brace: int, line: int) -> int | None:
    """The line on which the head of the function whose body opens at *brace* begins; None where none begins there."""
    head = text[max(0, brace - 2000) : brace].rstrip()
    if head[-1:] in _VALUE or not _FUNCTION.search(head, max(0, len(head) - 200)):
        return None
    opened = _opened(head)
    if opened < 0:
        return line
    if head.endswith(")") and _CONTROL.search(head, max(0, opened - 20), opened):
        return None
    return line - text.count("\n", max(0, brace - 2000) + opened, brace)


_GO_TYPES = re.compile(r"\b(?:interface|struct)\s*\{\s*\}")


def _go_line(text: str, brace: int, line: int) -> int | None:
    """The same in Go, whose conditions stand in no brackets: a body follows ``func`` on the line that its head ends on."""
    start = max(0, brace - 2000)
    at = brace
    for _ in range(8):
        at = text.rfind("func", start, at)
        if at < 0:
            return None
        depth = _depth_of_head(text, at, brace)
        if depth == 0:
            return line - text.count("\n", at, brace)
        if depth is None or depth > 0:
            return None
    return None


def _depth_of_head(text: str, at: int, brace: int) -> int | None:
    """How deep in brackets what follows ``func`` at *at* ends before *brace*: 0 for a head, less than 0 where the word
    stands within one; None where none can begin before *brace*."""
    if text[at - 1 : at].isalnum() or text[at + 4 : at + 5] not in ("(", " "):
        return -1
    depth, ended = 0, False
    for char in _GO_TYPES.sub("any", text[at + 4 : brace]):
        if char in "([":
            depth += 1
        elif char in ")]":
            depth -= 1
            if depth < 0:
                return -1
        elif char in "{};" or (char == "\n" and depth == 0):
            ended = True
    return None if ended else depth


def _opened(head: str) -> int:
    """The offset of the round bracket that the last one in *head* closes, or -1."""
    depth = 0
    close = head.rfind(")")
    while close >= 0:
        depth += 1
        before = head.rfind(")", 0, close)
        open_ = head.rfind("(", max(before, 0), close)
        end = close
        while open_ >= 0 and open_ > before:
            depth -= 1
            if depth == 0:
                return open_
            end = open_
            open_ = head.rfind("(", max(before, 0), end)
        close = before
    return -1


def unquote(value: str) -> str | None:
    """Return the content of a plain string literal, or None for anything else (a name, a call, an interpolation)."""
    text = value.strip()
    match = re.fullmatch(r"(?:[rRbBuU]{0,2}|@)(\"\"\"|'''|\"|'|`)(.*)\1", text, re.S)
    if match is None or (match[1] == "`" and "${" in match[2]):
        return None
    inner = match[2]
    if len(match[1]) == 1 and re.search(rf"(?<!\\){match[1]}", inner):
        return None
    return inner


def taken_apart(value: str, text: str) -> str | None:
    """Return the name of the token whose part *value* holds, where *text*, the function around it, splits it at its
    dots; else None."""
    name = re.match(r"\s*([A-Za-z_$][\w$]*)", value)
    if name is None:
        return None
    found = re.search(rf"\b{re.escape(name[1])}\b[\w, ]*\]?\s*=\s*([A-Za-z_$][\w$.]*)\.split\(\s*[\"']\.[\"']", text)
    return found[1] if found else None
