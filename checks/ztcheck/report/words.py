"""The words and the selections that all formats share, so that they agree."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ztcheck.catalogue import SEVERITIES, sources

if TYPE_CHECKING:
    from collections.abc import Iterable

    from ztcheck.assess import Assessment, Change, ChangeKind, Result, Sequence, Verdict
    from ztcheck.catalogue import Severity
    from ztcheck.evidence import Effect, Finding, State, Sureness

LABELS: dict[Verdict, str] = {
    "contradicted": "Contradicted",
    "failed": "Failed",
    "unknown": "Unknown",
    "unanswered": "Unanswered",
    "accepted-risk": "Accepted risk",
    "attested": "Attested",
    "verified": "Verified",
    "not-applicable": "Not applicable",
}
TITLES: dict[Verdict, str] = {
    "contradicted": "Contradicted by evidence",
    "failed": "Failed",
    "unknown": "Could not be judged",
    "unanswered": "Not answered",
    "accepted-risk": "Accepted risks",
    "attested": "Attested by an answer",
    "verified": "Verified by evidence",
    "not-applicable": "Not applicable",
}
MEANINGS: dict[Verdict, str] = {
    "contradicted": "The answer says yes or not applicable, and evidence refutes it. Not met.",
    "failed": "Evidence refutes it, or the answer is no or partly. Not met.",
    "unknown": "An input that the team declared is missing, stale or broken, so nothing is claimed. Not met.",
    "unanswered": "Nobody has answered and nothing was found, or the answer has lapsed. Not met.",
    "accepted-risk": "Failed or contradicted, and a named person accepts the risk until a date. Not met, shown apart.",
    "attested": "The team answers yes, and no evidence speaks against it. Met.",
    "verified": "Every check that can support it had evidence to look at, ran, and supports it. Met.",
    "not-applicable": "Ruled out by the profile, or by an answer with a reason. Left out of the score, counted here.",
}
SEVERITY_LABELS: dict[Severity, str] = {"critical": "Critical", "high": "High", "medium": "Medium", "low": "Low"}
SEQUENCES: dict[Sequence, str] = {"now": "Now", "next": "Next", "later": "Later"}
EFFECTS: dict[Effect, str] = {"refutes": "Refutes", "review": "Asks for review", "supports": "Supports"}
STATES: dict[State, str] = {"ran": "ran", "nothing-to-look-at": "nothing to look at", "not-run": "did not run"}
SURENESS: dict[Sureness, str] = {
    "direct": "read from the thing itself",
    "derived": "follows from what was read",
    "heuristic": "a pattern that may be wrong; it refutes only where its false-alarm rate was measured",
}
CHANGES: dict[ChangeKind, str] = {
    "regressed": "Regressed",
    "declaration-removed": "Evidence no longer declared",
    "fixed": "Fixed",
    "changed": "Changed",
    "new-practice": "New practice",
    "gone-practice": "Practice gone",
}
"""The kinds of change, worst first."""
ANSWERS = {"yes": "Yes", "partly": "Partly", "no": "No", "not-applicable": "Not applicable"}


def count(number: int, one: str, many: str | None = None) -> str:
    """Return *number* with its noun: ``1 finding``, ``2 findings``."""
    return f"{number} {one if number == 1 else many or one + 's'}"


def having(assessment: Assessment, *verdicts: Verdict) -> list[Result]:
    """Return the results with one of *verdicts*, most urgent first."""
    return [result for result in assessment.results if result.verdict in verdicts]


def open_results(assessment: Assessment) -> list[Result]:
    """Return what is to be done, in the order of doing it: now, next, later, each most urgent first."""
    return [result for step in SEQUENCES for result in assessment.results if result.sequence == step]


def counts_by_severity(assessment: Assessment, verdict: Verdict) -> list[int]:
    """Return how many results have *verdict*, for each severity from critical to low."""
    found = [result.practice.severity for result in assessment.results if result.verdict == verdict]
    return [found.count(severity) for severity in SEVERITIES]


def shipping(assessment: Assessment) -> tuple[str, str]:
    """Return the answer to "may we ship?": the word and the sentence that goes with it."""
    if assessment.passed:
        left = len(open_results(assessment))
        rest = (
            f"{count(left, 'practice is', 'practices are')} still open below the gate." if left else "Nothing is open."
        )
        return "Yes", f"The gate passes. {rest}"
    gating = sum(result.gates for result in assessment.results)
    parts = [count(gating, "practice")] if gating else []
    if assessment.profile_contradictions:
        parts.append(count(len(assessment.profile_contradictions), "profile answer"))
    return "No", f"The gate fails on {' and '.join(parts) or 'what is listed here'}."


def sureness(assessment: Assessment) -> str:
    """Return the sentence that says how far the score can be relied on."""
    cover = assessment.coverage
    return (
        f"{cover['decided']} of {count(cover['applicable'], 'applicable practice')} decided, "
        f"{cover['by_evidence']} of them by evidence."
    )


def criticals(assessment: Assessment) -> str:
    """Return the sentence that says how many critical practices are open."""
    return f"{count(assessment.open_criticals, 'critical practice is', 'critical practices are')} open."


def changes(assessment: Assessment) -> list[tuple[ChangeKind, list[Change]]]:
    """Return the changes since the baseline by kind, worst kind first; kinds without a change are left out."""
    found = assessment.changes or ()
    return [(kind, items) for kind in CHANGES if (items := [change for change in found if change.kind == kind])]


def next_step(result: Result) -> str:
    """Return the next thing to do about *result*, in one sentence; empty where there is nothing to do."""
    refuted = any(finding.effect == "refutes" for finding in result.findings)
    match result.verdict:
        case "contradicted":
            return "Mend what the evidence shows, or correct the answer; then assess again."
        case "failed" if refuted:
            return "Mend what the evidence shows, then assess again."
        case "failed" if result.evidence_better:
            return "Evidence supports this practice although the answer does not: look at the answer again."
        case "failed":
            return "Carry the practice out, then answer yes."
        case "unknown":
            return "Give the declared input again, or stop declaring it; then assess again."
        case "unanswered" if result.answer:
            return "Look again, then renew the answer with `ztcheck ask`."
        case "unanswered":
            return "Answer it with `ztcheck ask`."
        case "accepted-risk" if result.waivers:
            return f"Carry it out before the waiver ends on {min(waiver.until for waiver in result.waivers)}."
        case "attested" | "not-applicable" if result.review_asked:
            return "Look at what the evidence asks to have reviewed, then confirm or correct the answer."
    return ""


def why_it_matters(result: Result) -> list[str]:
    """Return why the practice matters: what the findings say of it, else what the guidance says."""
    known = sources.recommendations()
    said = [finding.why for finding in result.findings if finding.effect != "supports" and finding.why]
    said += [known[item].why for item in result.practice.recommendations[:2] if item in known]
    return _unique(said)[:3]


def advice(findings: Iterable[Finding]) -> list[str]:
    """Return what *findings* advise to do, each advice once."""
    return _unique(finding.advice for finding in findings if finding.effect != "supports" and finding.advice)


def flags(result: Result) -> list[str]:
    """Return what a reader must know of *result* beside its verdict, in a few words each."""
    found = []
    if result.gates:
        found.append("fails the gate")
    if result.lapsed_since or result.lapse_reason:
        found.append(f"answer lapsed on {result.lapsed_since}" if result.lapsed_since else "answer not valid")
    if result.review_asked:
        found.append("review asked")
    if result.evidence_better:
        found.append("evidence better than the answer")
    if result.before_waiver:
        found.append(f"{LABELS[result.before_waiver].lower()}, waived")
    return found


def _unique(items: Iterable[str]) -> list[str]:
    return list(dict.fromkeys(items))
