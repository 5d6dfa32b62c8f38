"""Facts of the source that checks of the app registration compare with: Graph calls, client IDs, scopes, claims."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from ztcheck.collectors.facts import Fact
from ztcheck.collectors.source.checks.operations import client_ids
from ztcheck.evidence import Place

if TYPE_CHECKING:
    from collections.abc import Iterator

    from ztcheck.collectors.facts import FactKind
    from ztcheck.collectors.source.model import Project, Unit

_URL = re.compile(r"https://graph\.microsoft\.(?:com|us)/(?:v1\.0|beta)(/[^\s\"'`?#<>|\\]*)?")
_METHOD = re.compile(
    r"(?i)\.(get|post|put|patch|delete)\w*\s*\(|method\s*[:=]\s*[\"'`](get|post|put|patch|delete)|HttpMethod\.(get|post|put|patch|delete)|"
    r"NewRequest\w*\([^\"]*\"(get|post|put|patch|delete)\""
)
_API = re.compile(r"\.api\(\s*([\"'`])(/[^\"'`?]*)")
_FLUENT = re.compile(
    r"(?i)\b_?(?:graph\w*|\w*graphclient|user_?client|app_?client|graphserviceclient)(?:\(\))?((?:\s*\.\s*[A-Za-z_]\w*(?:\(\s*[^()\n]*\))?|\[[^\]\n]+\])+?)"
    r"\s*\.\s*(get|post|patch|put|delete|GetAsync|PostAsync|PatchAsync|PutAsync|DeleteAsync)\("
)
_DYNAMIC = re.compile(
    r"graph\.microsoft\.(?:com|us)[^\s\"'`]*[\"'`]\s*\+|f[\"']\{\w*graph\w*\}|\$\{\w*[gG]raph\w*\}/|\{\w*[gG]raph\w*\}/"
)
_AUTHORITY = re.compile(r"https://login\.microsoftonline\.(?:com|us)/[\w.-]+")
_SCOPE = re.compile(
    r"[\"'`]((?:https://graph\.microsoft\.com/)?(?:\.default|[A-Z][A-Za-z]+\.(?:Read|ReadWrite|Send|ReadBasic|Manage|Create|FullControl|Export|Invite)(?:\.[A-Z][A-Za-z]+)*)|api://[\w.-]+/[\w.]+)[\"'`]"
)
_SCOPE_MARKS = (".read", ".default", "api://", ".send", ".manage", ".create", ".fullcontrol", ".export", ".invite")
_CLAIM = re.compile(
    r"(?i)(?:claims?|token|payload|principal|authInfo|idTokenClaims)\w*(?:\(\))?(?:\.get\w*\(|\[|\.FindFirst(?:Value)?\()\s*[\"'](groups|roles|scp|wids|email|upn|preferred_username|oid|tid|acrs|xms_cc|ipaddr|verified_primary_email)[\"']"
)


_CLAIM_NAME = re.compile(
    r"(?i)[\"'](?:groups|roles|scp|wids|email|upn|preferred_username|oid|tid|acrs|xms_cc|ipaddr|verified_primary_email)[\"']"
)
_CLIENTS = (
    ("public", re.compile(r"\bPublicClientApplication\b(?:\(|Builder)")),
    ("confidential", re.compile(r"\bConfidentialClientApplication\b(?:\(|Builder)|NewCredFrom")),
    ("spa", re.compile(r"@azure/msal-(?:browser|react|angular)['\"]")),
)
_VERSION = re.compile(r"login\.microsoftonline\.com/[^\s\"'`]{1,80}/v2\.0[\"'`]")


def of(project: Project) -> list[Fact]:
    """Return the facts of *project*, outside tests and samples, in the order of files and lines."""
    found: dict[tuple[str, str, str], Fact] = {}
    for unit in project.production():
        for kind, value, line in _facts(unit):
            if not unit.commented(line):
                found.setdefault((kind, value, unit.path), Fact(kind, value[:500], Place(unit.path, line)))
    return list(found.values())


def _facts(unit: Unit) -> Iterator[tuple[FactKind, str, int]]:
    if unit.language == "settings":
        for item, value in client_ids(unit):
            yield "client-id", value, item.line
        for item in unit.settings:
            if _AUTHORITY.match(item.value):
                yield "authority", item.value, item.line
        return
    if unit.language == "text":
        return
    text = unit.text
    if unit.holds("graph"):
        yield from _graph(unit)
    for match in unit.finditer(_AUTHORITY):
        yield "authority", match[0], unit.line_of(match.start())
    for match in unit.finditer(_SCOPE) if unit.holds(*_SCOPE_MARKS) else ():
        yield "scope", match[1], unit.line_of(match.start())
    for match in unit.finditer(_CLAIM) if unit.search(_CLAIM_NAME) else ():
        yield "claim", match[1].lower(), unit.line_of(match.start())
    for value, pattern in _CLIENTS:
        client = unit.search(pattern)
        if client and not (value == "public" and "@azure/msal-browser" in text):
            yield "msal-client", value, unit.line_of(client.start())
    version = unit.search(_VERSION)
    if version:
        yield "token-version", "2.0", unit.line_of(version.start())
    old = unit.search(r"sts\.windows\.net/")
    if old:
        yield "token-version", "1.0", unit.line_of(old.start())


def _graph(unit: Unit) -> Iterator[tuple[FactKind, str, int]]:
    text = unit.text
    for match in unit.finditer(_URL):
        line = unit.line_of(match.start())
        path = (match[1] or "").rstrip("/.,;)")
        if not path:
            continue
        yield "graph-call", f"{_method(unit, line)} {_template(path)}", line
    for match in unit.finditer(_API):
        line = unit.line_of(match.start())
        after = text[match.end() : match.end() + 400]
        verb = re.search(r"\.(get|post|put|patch|delete|update|create|stream)\(", after.split(";")[0])
        method = {"update": "PATCH", "create": "POST", "stream": "GET"}.get(verb[1], verb[1].upper()) if verb else "GET"
        yield "graph-call", f"{method} {_template(match[2])}", line
    for match in unit.finditer(_FLUENT):
        path = _fluent(match[1])
        if path:
            yield "graph-call", f"{match[2].upper().removesuffix('ASYNC')} {path}", unit.line_of(match.start())
    for match in unit.finditer(_DYNAMIC):
        line = unit.line_of(match.start())
        yield "graph-call-dynamic", unit.lines[line - 1].strip()[:200], line


def _method(unit: Unit, line: int) -> str:
    near = "\n".join(unit.lines[max(0, line - 4) : line + 6])
    match = _METHOD.search(near)
    return next(part for part in match.groups() if part).upper() if match else "GET"


def _template(path: str) -> str:
    """Put ``{id}`` where an address has a variable or an identifier."""
    parts = []
    for part in path.split("/"):
        variable = re.search(r"[{$%+]", part) or re.fullmatch(r"[0-9a-fA-F-]{36}|[^@]+@[^@]+", part)
        parts.append("{id}" if variable and not re.match(r"\$\w", part) else part)
    return "/".join(parts)


def _fluent(chain: str) -> str:
    parts: list[str] = []
    for name, call, index in re.findall(r"\.\s*([A-Za-z_]\w*)(\(\s*[^()\n]*\))?|(\[[^\]\n]+\])", chain):
        if index:
            parts.append("{id}")
            continue
        if name.lower() in ("request", "select", "filter", "top", "expand", "to_get_request_information", "with_url"):
            continue
        if name.startswith(("by_", "By")):
            parts.append("{id}")
            continue
        words = re.sub(r"_(\w)", lambda match: match[1].upper(), name)
        parts.append(words[:1].lower() + words[1:])
        if call and call.strip("() "):
            parts.append("{id}")
    return "/" + "/".join(parts) if parts else ""
