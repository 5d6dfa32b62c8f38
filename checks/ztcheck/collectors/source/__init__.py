"""The source collector: what a team's code and settings say about its practices. Nothing of it is ever run.

`collect` is what the assessment calls; `scan.scan` is what `ztcheck scan PATH` calls.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from ztcheck.evidence import Evidence, Finding, Input, Outcome, Place, Unread, fingerprint

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from ztcheck.collectors import Collected, Request
    from ztcheck.evidence import Effect, Sureness

__all__ = ["DOCUMENTS", "collect"]

DOCUMENTS = {
    "threat-model-age": ("threat_model", "threat model"),
    "responsibility-table-age": ("responsibilities", "responsibility table"),
    "rehearsal-record-age": ("incident_rehearsal", "rehearsal record"),
    "policy-test-age": ("access_policy_test", "record of tests under access policies"),
    "tokens-in-log-sample": ("log_samples", "log samples"),
}
"""Checks of what the team's file declares: the key under ``declared``, and what the file is called."""


def collect(request: Request) -> Collected:
    """Scan every declared source path of *request*; return findings, what was not read, profile findings and facts.

    Raises ToolError when the engine is missing.
    """
    from ztcheck.collectors import Collected
    from ztcheck.collectors.facts import Fact as CollectorFact
    from ztcheck.collectors.source.scan import scan
    from ztcheck.team import Declared

    evidence = Evidence()
    found: list[CollectorFact] = []
    measured = [check.id for check in request.checks.values() if check.measured]
    declared = any(item.collector == "source" for item in request.team.evidence)
    # Source needs no declaration: the product's own folder is the default.
    for item in request.declared if declared else (Declared("source", "."),):
        result = scan(
            request.root / item.path,
            checks=request.checks.keys() - DOCUMENTS.keys(),
            declared=request.team.declared,
            measured=measured,
            component=item.component,
            top=request.root,
            history=request.history,
            progress=request.progress,
        )
        state = Input(
            "source",
            item.path,
            "used",
            declared=declared,
            component=item.component,
            working_tree=True,
            digest=result.digest,
        )
        evidence += result.evidence + Evidence(inputs=(state,))
        found.extend(result.facts)
    evidence = replace(evidence, unread=tuple(dict.fromkeys(evidence.unread)))
    return Collected(evidence + _documents(request), tuple(found))


def _documents(request: Request) -> Evidence:
    """The checks of documents and log samples whose paths the team's file declares."""
    evidence = Evidence()
    for check in request.checks:
        if check not in DOCUMENTS:
            continue
        key = DOCUMENTS[check][0]
        declared = request.team.declared.get(key)
        if declared is None:
            outcome = Outcome(check, "nothing-to-look-at", f"the team's file declares no {key}")
            evidence += Evidence(outcomes=(outcome,))
        elif check == "tokens-in-log-sample":
            evidence += _log_samples(check, request.root, declared)
        else:
            from ztcheck.collectors.source.checks import operations  # every check: not where nothing is declared

            saw = operations.document_age(check, request.root, declared, request.on)
            found = () if saw is None else (_finding(check, saw.effect, saw.message, Place(str(declared)), saw.sure),)
            evidence += Evidence(outcomes=(Outcome(check, "ran"),), findings=found)
    return evidence


def _log_samples(check: str, root: Path, paths: Sequence[object]) -> Evidence:
    """What the declared log samples hold; what cannot be read is said, and makes the check not-run."""
    from ztcheck.collectors.source.checks import logs

    findings: list[Finding] = []
    unread: list[Unread] = []
    for path in dict.fromkeys(str(path) for path in paths):
        target = root / path
        try:
            if not target.resolve().is_relative_to(root.resolve()):
                raise OSError("it lies outside the product's folder")
            for count, (number, message) in enumerate(logs.tokens_in(target)):
                findings.append(_finding(check, "refutes", message, Place(path, number), "direct", f"#{count}"))
        except (OSError, RuntimeError) as error:
            unread.append(Unread(path, f"the log sample cannot be read: {getattr(error, 'strerror', None) or error}"))
    state = Outcome(check, "not-run", f"{unread[0].path}: {unread[0].reason}") if unread else Outcome(check, "ran")
    return Evidence(outcomes=(state,), findings=tuple(findings), unread=tuple(unread))


def _finding(check: str, effect: Effect, message: str, place: Place, sure: Sureness, key: str = "") -> Finding:
    from ztcheck.collectors.source import texts

    why, advice = texts.of(check)
    return Finding(check, effect, message, place, sure, fingerprint(check, place.path or "", key), why, advice)
