"""Readers of structured files that keep lines: JSON with comments, .env, properties, INI, TOML, Bicep, Dockerfile.

YAML and Terraform are read by the engine's grammars (`rules/settings.yml`). None of these readers recurses, and
each takes what it can from a broken file: libraries for these formats give no lines, or stop at the first mistake.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from ztcheck.collectors.source.model import Setting

if TYPE_CHECKING:
    from collections.abc import Iterator

MAX_SETTINGS = 20_000

_JSON = re.compile(
    r"(?P<comment>//[^\n]*|/\*.*?(?:\*/|\Z))|(?P<string>\"(?:\\.|[^\"\\\n])*\")|(?P<mark>[{}\[\]:,])|(?P<word>[^\s{}\[\]:,\"]+)",
    re.S,
)


def read(path: str, text: str) -> list[Setting]:
    """Return the settings in *text*, by the kind of file that *path* names."""
    name = path.rsplit("/", 1)[-1].lower()
    if name.endswith((".json", ".jsonc", ".json5")):
        found = _json(text)
    elif name.endswith((".bicep", ".bicepparam")):
        found = _bicep(text)
    elif name.startswith(("dockerfile", "containerfile")) or name.endswith((".dockerfile", ".containerfile")):
        found = _dockerfile(text)
    elif name.endswith(".config"):
        found = _app_config(text)
    else:
        found = _lines(text)
    return [setting for _, setting in zip(range(MAX_SETTINGS), found, strict=False)]


def _json(text: str) -> Iterator[Setting]:
    stack: list[str | int] = []
    key: str | None = None
    pending: str | None = None
    line = 1
    last = 0
    for token in _JSON.finditer(text):
        line += text.count("\n", last, token.start())
        last = token.start()
        if token["comment"]:
            continue
        mark = token["mark"]
        if mark in ("{", "["):
            stack.append(key if key is not None else "-")
            key = None
            if len(stack) > 200:
                return
        elif mark in ("}", "]"):
            if stack:
                stack.pop()
            key = None
        elif mark == ":":
            key, pending = pending, None
        elif mark == ",":
            key = None
        else:
            value = token["string"] or token["word"]
            plain = _plain(value)
            if key is not None:
                yield Setting(
                    ".".join([*(str(part) for part in stack[1:]), key]), plain, line, _column(text, token.start())
                )
                key = None
            elif _next(text, token.end()) == ":":
                pending = plain
            elif stack:
                yield Setting(
                    ".".join([*(str(part) for part in stack[1:]), "-"]), plain, line, _column(text, token.start())
                )


def _plain(value: str) -> str:
    if not value.startswith('"'):
        return value
    return re.sub(r"\\(u[0-9a-fA-F]{4}|.)", lambda m: _escape(m[1]), value[1:-1])


def _escape(code: str) -> str:
    if code[0] == "u" and len(code) == 5:
        return chr(int(code[1:], 16))
    return {"n": "\n", "r": "\r", "t": "\t"}.get(code, code)


def _next(text: str, offset: int) -> str:
    match = re.compile(r"\s*(.)").match(text, offset)
    return match[1] if match else ""


def _column(text: str, offset: int) -> int:
    return offset - text.rfind("\n", 0, offset)


_LINE = re.compile(r"^\s*(?:export\s+|set\s+)?[\"']?([\w.\-/:]+?)[\"']?\s*(?:=|:(?=\s|$)|:(?![/\\]))\s*(.*?)\s*$")


def _lines(text: str) -> Iterator[Setting]:
    """Settings of .env, properties, INI and TOML files: one on a line, sections in square brackets."""
    section = ""
    for number, line in enumerate(text.split("\n"), 1):
        if re.match(r"\s*(?:[#;!]|//)", line):
            continue
        head = re.match(r"\s*\[+\s*([^\]]+?)\s*\]+\s*(?:#.*)?$", line)
        if head:
            section = head[1].strip("\"'") + "."
            continue
        match = _LINE.match(line)
        if match:
            yield Setting(section + match[1], _unquoted(match[2]), number, match.start(1) + 1)


def _unquoted(value: str) -> str:
    quoted = re.match(r"([\"'])(.*?)(?<!\\)\1", value)
    if quoted:
        return quoted[2]
    return re.split(r"\s+[#;]", value, maxsplit=1)[0].strip().rstrip(",")


_BICEP = re.compile(r"^\s*(?:(?:param|var)\s+(\w+)(?:\s+[\w?|'\" ]+)?\s*=|'?([\w.\-/]+)'?\s*:)\s*(.*?)\s*$")


def _bicep(text: str) -> Iterator[Setting]:
    stack: list[str] = []
    for number, line in enumerate(text.split("\n"), 1):
        stripped = line.split("//", 1)[0] if "://" not in line else line
        resource = re.match(r"\s*(?:resource|module)\s+(\w+)\s+'([^']+)'", stripped)
        match = _BICEP.match(stripped)
        if resource and stripped.rstrip().endswith("{"):
            stack.append(resource[2].split("@")[0])
        elif (match and match[3] in ("{", "[")) or (match and match[3].endswith("{")):
            stack.append(match[1] or match[2])
        elif match:
            value = match[3]
            quoted = re.fullmatch(r"'((?:[^'\\]|\\.)*)'", value)
            yield Setting(".".join([*stack, match[1] or match[2]]), quoted[1] if quoted else value, number)
        elif re.match(r"\s*[}\])]", stripped):
            if stack:
                stack.pop()
        elif stripped.rstrip().endswith(("{", "[")):
            stack.append("-")


def _dockerfile(text: str) -> Iterator[Setting]:
    """Settings of ENV and ARG instructions, each with the line on which its instruction begins."""
    for match in re.finditer(r"(?im)^[ \t]*(ENV|ARG)[ \t]+((?:[^\n\\]|\\.|\\\n)*)", text):
        number = text.count("\n", 0, match.start()) + 1
        body = match[2].replace("\\\n", " ")
        pairs = re.findall(r"([\w.]+)=(\"[^\"]*\"|'[^']*'|\S*)", body)
        if not pairs and " " in body.strip():
            pairs = [tuple(body.strip().split(None, 1))]
        for name, value in pairs:
            yield Setting(name, value.strip("\"'"), number)


def _app_config(text: str) -> Iterator[Setting]:
    """Settings of a .NET .config file: add elements with key or name and value."""
    for match in re.finditer(r"<add\b([^>]{0,4000})>", text):
        attributes = dict(re.findall(r"(\w+)\s*=\s*\"([^\"]*)\"", match[1]))
        key = attributes.get("key") or attributes.get("name")
        value = attributes.get("value", attributes.get("connectionString"))
        if key and value is not None:
            yield Setting(key, value, text.count("\n", 0, match.start()) + 1)
    for match in re.finditer(r"<(\w+)\s+([^>]{0,2000}?)/?>", text):
        for name, value in re.findall(r"(\w+)\s*=\s*\"([^\"]*)\"", match[2]):
            if match[1] != "add":
                yield Setting(f"{match[1]}.{name}", value, text.count("\n", 0, match.start()) + 1)
