"""SARIF 2.1.0: the findings that refute or ask for review, for code scanning.

What GitHub needs beyond the standard (a location in a file for every result, `security-severity`, fingerprints)
follows its page "SARIF support for code scanning".
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from ztcheck import __version__
from ztcheck.report import words

if TYPE_CHECKING:
    from collections.abc import Sequence

    from ztcheck.assess import Assessment, Result
    from ztcheck.catalogue import Practice, Severity
    from ztcheck.evidence import Effect, Finding
    from ztcheck.report import Options

_KINDS: dict[Effect, str] = {"refutes": "fail", "review": "review", "supports": "pass"}
_LEVELS: dict[Severity, str] = {"critical": "error", "high": "error", "medium": "warning", "low": "note"}
# The middle of the ranges in which GitHub shows a result as critical, high, medium and low.
_SCORES: dict[Severity, str] = {"critical": "9.5", "high": "8.0", "medium": "5.5", "low": "2.0"}


def render(assessment: Assessment, options: Options) -> str:
    """Return the findings as a SARIF log of one run."""
    told: list[tuple[Practice, Finding, Result | None]] = [
        (result.practice, finding, result)
        for result in assessment.results
        for finding in result.findings
        if finding.effect != "supports"
    ]
    tied = {check.id: result.practice for result in assessment.results for check in result.practice.checks}
    told += [(tied[item.check], item, None) for item in assessment.suppressed if item.check in tied]
    return log(told, assessment.team_path, options)


def log(told: Sequence[tuple[Practice, Finding, Result | None]], team_path: str, options: Options) -> str:
    """Return a SARIF log of the findings *told*, each with its practice and, in a report, its result.

    *team_path* stands in for the place of a finding that lies in no file.
    """
    checks = sorted({finding.check: practice for practice, finding, _ in told}.items())
    index = {check: number for number, (check, _) in enumerate(checks)}
    found = {
        "$schema": "https://json.schemastore.org/sarif-2.1.0.json",
        "version": "2.1.0",
        "runs": [
            {
                "tool": {
                    "driver": {
                        "name": "ztcheck",
                        "semanticVersion": __version__,
                        "informationUri": options.site,
                        "rules": [_rule(check, practice, options) for check, practice in checks],
                    }
                },
                "automationDetails": {"id": "ztcheck/"},
                "columnKind": "unicodeCodePoints",
                "originalUriBaseIds": {"%SRCROOT%": {"description": {"text": "The folder of the team's file."}}},
                "results": [_result(practice, finding, result, team_path, index) for practice, finding, result in told],
            }
        ],
    }
    return json.dumps(found, indent=1, ensure_ascii=False) + "\n"


def _rule(check: str, practice: Practice, options: Options) -> dict[str, Any]:
    looks_at = next((item.looks_at for item in practice.checks if item.id == check), practice.title)
    url = options.site + practice.path
    return {
        "id": check,
        "name": practice.id,
        "shortDescription": {"text": practice.title},
        "fullDescription": {"text": f"Looks at: {looks_at}"},
        "help": {
            "text": f"{practice.question} See {url}",
            "markdown": f"{practice.question}\n\n[What to do]({url})",
        },
        "helpUri": url,
        "defaultConfiguration": {"level": _LEVELS[practice.severity]},
        "properties": {
            "practice": practice.id,
            "tags": ["security", practice.topic],
            "security-severity": _SCORES[practice.severity],
        },
    }


def _result(
    practice: Practice, finding: Finding, result: Result | None, team_path: str, index: dict[str, int]
) -> dict[str, Any]:
    place = finding.place
    message = [finding.message]
    if place.pointer or place.request:
        message.append(f"At {place.pointer or place.request}.")
    if finding.component:
        message.append(f"Component: {finding.component}.")
    message += [text for text in (finding.why, finding.advice) if text]
    location: dict[str, Any] = {"artifactLocation": _artifact(place.path or team_path)}
    if place.path and place.line:
        location["region"] = {"startLine": place.line, **({"startColumn": place.column} if place.column else {})}
    found: dict[str, Any] = {
        "ruleId": finding.check,
        "ruleIndex": index[finding.check],
        "kind": _KINDS[finding.effect],
        # The standard wants "none" for every kind but "fail"; what asks for review is still to be seen.
        "level": _LEVELS[practice.severity] if finding.effect == "refutes" else "none",
        "message": {"text": " ".join(message)},
        "locations": [{"physicalLocation": location}],
        "partialFingerprints": {"ztcheck/v1": finding.fingerprint},
        "properties": {
            "practice": practice.id,
            "sure": finding.sure,
            "context": finding.context,
            **({"verdict": words.LABELS[result.verdict]} if result else {}),
        },
    }
    if finding.suppressed is not None:
        found["suppressions"] = [{"kind": "inSource", "justification": finding.suppressed}]
    elif result and result.waivers and finding.effect == "refutes":
        found["suppressions"] = [
            {
                "kind": "external",
                "status": "accepted",
                "justification": f"{waiver.reason} ({waiver.approved_by}, until {waiver.until})",
            }
            for waiver in result.waivers
            if waiver.finding in (None, finding.fingerprint)
        ]
    return found


def _artifact(path: str) -> dict[str, str]:
    """Return *path* as a URI relative to the folder of the team's file (RFC 3986, section 4.2)."""
    return {"uri": quote(path.replace("\\", "/").lstrip("/"), safe="/-._~"), "uriBaseId": "%SRCROOT%"}
