"""The source collector: what a team's code and settings say about its practices. Nothing of it is ever run.

`collect` is what the assessment calls; `scan.scan` is what `ztcheck scan PATH` calls.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from ztcheck.evidence import Evidence, Finding, Input, Outcome, Place, fingerprint

if TYPE_CHECKING:
    from ztcheck.collectors import Collected, Request

__all__ = ["collect"]


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
            checks=request.checks.keys(),
            declared=request.team.declared,
            measured=measured,
            component=item.component,
            top=request.root,
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
    return Collected(evidence + _documents(request), tuple(found))


def _documents(request: Request) -> Evidence:
    """The checks of documents whose path the team's file declares."""
    from ztcheck.collectors.source import texts
    from ztcheck.collectors.source.checks import operations

    outcomes: list[Outcome] = []
    findings: list[Finding] = []
    for check in request.checks:
        key = operations.documents(check)
        if key is None:
            continue
        path = request.team.declared.get(key)
        if path is None:
            outcomes.append(Outcome(check, "nothing-to-look-at", f"the team's file declares no {key}"))
            continue
        outcomes.append(Outcome(check, "ran"))
        saw = operations.document_age(check, request.root, path, request.on)
        if saw is not None:
            why, advice = texts.of(check)
            findings.append(
                Finding(
                    check,
                    saw.effect,
                    saw.message,
                    Place(str(path)),
                    saw.sure,
                    fingerprint(check, str(path), ""),
                    why,
                    advice,
                )
            )
    return Evidence(outcomes=tuple(outcomes), findings=tuple(findings))
