"""Gives calls their real names back: module and function aliases of Python, JavaScript and Go imports."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import TYPE_CHECKING

from ztcheck.collectors.source import textual
from ztcheck.collectors.source.model import Fact

if TYPE_CHECKING:
    from ztcheck.collectors.source.model import Unit

# Functions that checks look for, which an import may rename: only these are searched under another name.
_RENAMED = re.compile(
    r"decode|verify|encode|sign|get|post|put|request|ClientSecretCredential|UsernamePasswordCredential|DeviceCodeCredential|"
    r"ConfidentialClientApplication|ManagedIdentityCredential|SecretClient|check_password_hash|jwtDecode|jwt_decode"
)
MAX_ADDED = 200


def resolve(unit: Unit) -> None:
    """Put the names that modules and functions have at home into the facts of *unit*, and add calls by an alias."""
    modules, functions = _aliases(unit)
    if not modules and not functions:
        return
    known = {(fact.line, fact.column) for fact in unit.facts if fact.kind == "call"}
    for index, fact in enumerate(unit.facts):
        if fact.kind == "call":
            head, dot, rest = fact.name.partition(".")
            if dot and head in modules:
                unit.facts[index] = replace(fact, name=f"{modules[head]}.{rest}")
            elif not dot and head in functions:
                unit.facts[index] = replace(fact, name=functions[head])
    added: list[Fact] = []
    for alias, real in functions.items():
        if alias == real.rsplit(".", 1)[-1] or not _RENAMED.fullmatch(real.rsplit(".", 1)[-1]):
            continue
        for match in re.finditer(rf"(?<![\w.]){re.escape(alias)}\(", unit.text):
            line = unit.line_of(match.start())
            column = match.start() - unit.text.rfind("\n", 0, match.start())
            if (line, column) in known or unit.commented(line) or len(added) >= MAX_ADDED:
                continue
            end = textual.closing(unit.text, match.end() - 1) + 1
            text = unit.text[match.start() : end]
            added.append(Fact("call", real, "", text, line, column, unit.line_of(end - 1)))
    if added:
        unit.facts.extend(added)
        unit.facts.sort(key=lambda fact: (fact.line, fact.column, fact.kind, fact.end, fact.text))


def _aliases(unit: Unit) -> tuple[dict[str, str], dict[str, str]]:
    """Return module aliases and function aliases: what the file writes to what it means."""
    modules: dict[str, str] = {}
    functions: dict[str, str] = {}
    text = unit.text
    if unit.language == "python":
        modules = {alias: real for real, alias in re.findall(r"(?m)^[ \t]*import ([\w.]+) as (\w+)", text)}
        for module, names in re.findall(r"(?m)^[ \t]*from ([\w.]+) import (\([^)]*\)|[^\n]+)", text):
            for real, alias in re.findall(r"(\w+)(?: as (\w+))?", names.strip("()").split("#")[0]):
                functions[alias or real] = f"{module}.{real}"
    elif unit.language == "javascript":
        for names, module in re.findall(
            r"import\s+(?:type\s+)?([^;'\"]{1,2000}?)\s+from\s+['\"]([^'\"\n]+)['\"]", text
        ):
            _javascript(names, module, modules, functions)
        for names, module in re.findall(
            r"(?:const|let|var)\s+(\{[^}]{1,2000}\}|\w+)\s*=\s*require\(\s*['\"]([^'\"\n]+)['\"]\s*\)", text
        ):
            _javascript(names.replace(":", " as "), module, modules, functions)
    elif unit.language == "go":
        for alias, path in re.findall(r"(?m)^[ \t]*(?:import\s+)?(\w+)\s+\"([^\"\n]+)\"", text):
            parts = [part for part in path.split("/") if not re.fullmatch(r"v\d+", part)]
            if parts:
                modules[alias] = parts[-1].split(".")[0]
    return modules, functions


def _javascript(names: str, module: str, modules: dict[str, str], functions: dict[str, str]) -> None:
    base = module.rsplit("/", 1)[-1]
    braces = re.search(r"\{([^}]*)\}", names)
    for real, alias in re.findall(r"(\w+)(?:\s+as\s+(\w+))?", braces[1] if braces else ""):
        functions[alias or real] = f"{base}.{real}"
    plain = re.match(r"\s*(?:\*\s+as\s+)?(\w+)", re.sub(r"\{[^}]*\}", "", names))
    if plain and plain[1] not in (base, "type"):
        modules[plain[1]] = base
