"""Imports findings of other tools from SARIF 2.1.0, mapped to checks by `sarif.toml`.

An imported finding asks for a look: how often the other tool's rule is wrong was not measured here.
"""

from __future__ import annotations

import tomllib
from collections import Counter
from fnmatch import fnmatchcase
from functools import cache
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING, Any
from urllib.parse import unquote, urlsplit

from ztcheck import catalogue
from ztcheck.collectors.checking import checked
from ztcheck.evidence import Finding, Place, fingerprint

if TYPE_CHECKING:
    from collections.abc import Iterator

MAX_RESULTS = 20_000
_MAX_TEXT = 400
_LOCATION = {
    "physicalLocation": {
        "artifactLocation": {"uri": str},
        "region": {"startLine": int, "startColumn": int},
    }
}
SHAPE = {
    "version": str,
    "runs": [
        {
            "tool": {"driver": {"name": str, "rules": [{"id": str}]}},
            "invocations": [{"endTimeUtc": str}],
            "results": [
                {
                    "ruleId": str,
                    "ruleIndex": int,
                    "rule": {"id": str, "index": int},
                    "kind": str,
                    "message": {"text": str},
                    "locations": [_LOCATION],
                    "suppressions": [{"justification": str, "kind": str}],
                }
            ],
        }
    ],
}


@cache
def _table() -> list[dict[str, Any]]:
    text = Path(__file__).with_name("sarif.toml").read_text(encoding="utf-8")
    entries: list[dict[str, Any]] = tomllib.loads(text)["map"]
    return entries


def check_of(tool: str, rule: str) -> str | None:
    """Return the check that the *rule* of *tool* speaks of, or None."""
    for entry in _table():
        if fnmatchcase(tool.lower(), entry["tool"]) and any(fnmatchcase(rule, known) for known in entry["rules"]):
            return str(entry["check"])
    return None


def read(value: dict[str, Any], path: str, component: str | None) -> tuple[list[Finding], list[str], str | None]:
    """Return the findings in the parsed SARIF file *path*, notes on what was left out, and when the tool ended.

    Raises InputError with every mistake, each with its JSON pointer.
    """
    checked(value, SHAPE, path)
    known = catalogue.default().checks
    findings: list[Finding] = []
    notes: list[str] = []
    taken: str | None = None
    for run in value["runs"]:
        run = run or {}
        tool = ((run.get("tool") or {}).get("driver") or {}).get("name") or "unknown tool"
        for invocation in run.get("invocations") or ():
            taken = (invocation or {}).get("endTimeUtc") or taken
        left = Counter[str]()
        for result in (run.get("results") or [])[:MAX_RESULTS]:
            if not result or result.get("kind") in ("pass", "notApplicable", "informational", "open"):
                continue
            rule = _rule(run, result)
            check = check_of(tool, rule)
            if check is None or check not in known:
                left[rule] += 1
                continue
            findings.append(_finding(tool, rule, check, result, path, component))
        if left:
            names = ", ".join(name or "(no id)" for name, _ in left.most_common(5))
            notes.append(f"{path}: {sum(left.values())} results of {tool} belong to no check, such as {names}")
    return list(_numbered(findings)), notes, taken


def _rule(run: dict[str, Any], result: dict[str, Any]) -> str:
    rule = result.get("rule") or {}
    name = result.get("ruleId") or rule.get("id")
    if name:
        return str(name)
    index = result.get("ruleIndex", rule.get("index"))
    rules = ((run.get("tool") or {}).get("driver") or {}).get("rules") or []
    if isinstance(index, int) and 0 <= index < len(rules):
        return str((rules[index] or {}).get("id") or "")
    return ""


def _finding(tool: str, rule: str, check: str, result: dict[str, Any], path: str, component: str | None) -> Finding:
    first: dict[str, Any] = next((item for item in result.get("locations") or () if item), {})
    location = first.get("physicalLocation") or {}
    region = location.get("region") or {}
    uri = (location.get("artifactLocation") or {}).get("uri")
    line = region.get("startLine")
    place = Place(_path(uri) if uri else path, line if line and line > 0 else None)
    text = " ".join(str((result.get("message") or {}).get("text") or "").split())[:_MAX_TEXT]
    if check == "secrets-in-history":
        text = "a secret"  # its message may quote what it found
    suppressed = next((s for s in result.get("suppressions") or () if s), None)
    return Finding(
        check=check,
        effect="review",
        message=f"{tool}, rule {rule}: {text}",
        place=place,
        sure="heuristic",
        fingerprint=f"{rule} {text}",
        why=f"{tool} reports it; ztcheck has not measured how often this rule is wrong.",
        advice="Look at the place and fix it, or suppress it in that tool with a reason.",
        component=component,
        suppressed=(suppressed.get("justification") or "suppressed in that tool") if suppressed else None,
    )


def _path(uri: str) -> str:
    """Return the path of *uri* inside the product's folder, as far as that can be told."""
    try:
        raw = unquote(urlsplit(uri).path) if ":" in uri else unquote(uri)
    except ValueError:
        raw = uri
    parts = [part for part in PurePosixPath(raw.replace("\\", "/")).parts if part not in ("/", "..", ".")]
    return "/".join(parts) or uri[:200]


def _numbered(findings: list[Finding]) -> Iterator[Finding]:
    from dataclasses import replace

    seen: Counter[tuple[str, str | None, str]] = Counter()
    for item in findings:
        key = (item.check, item.place.path, item.fingerprint)
        seen[key] += 1
        ordinal = f" #{seen[key]}" if seen[key] > 1 else ""
        yield replace(item, fingerprint=fingerprint(item.check, item.place.path or "", item.fingerprint + ordinal))
