"""The assessment: profile + answers + findings + waivers + catalogue + date → verdicts. A pure function."""

from __future__ import annotations

from dataclasses import astuple, dataclass, replace
from datetime import timedelta
from typing import TYPE_CHECKING, Any, Literal, get_args

from ztcheck import __version__
from ztcheck.catalogue import SEVERITIES
from ztcheck.evidence import Input, digest_of

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Mapping

    from ztcheck.catalogue import Catalogue, Practice, Severity
    from ztcheck.evidence import Effect, Evidence, Finding, Outcome, ProfileFinding, Unread
    from ztcheck.team import Answer, Team, Waiver

Verdict = Literal[
    "contradicted", "failed", "unknown", "unanswered", "accepted-risk", "attested", "verified", "not-applicable"
]
Sequence = Literal["now", "next", "later"]
ChangeKind = Literal["fixed", "regressed", "changed", "new-practice", "gone-practice", "declaration-removed"]


@dataclass(frozen=True, slots=True)
class Result:
    """The verdict on one practice and everything that led to it.

    *rule* is the number of the verdict rule that decided (1 to 7), *reason* says so in words.
    *review_asked*: a finding asks for a look although the practice is met by an answer.
    *evidence_better*: the answer is no or partly, and evidence supports the practice.
    *before_waiver* is the verdict that an accepted risk stands in for.
    *ruled_out_by* says which profile answer made it not applicable.
    """

    practice: Practice
    verdict: Verdict
    rule: int
    reason: str
    answer: Answer | None = None
    findings: tuple[Finding, ...] = ()
    outcomes: tuple[Outcome, ...] = ()
    waivers: tuple[Waiver, ...] = ()
    before_waiver: Verdict | None = None
    lapsed_since: dt.date | None = None
    lapse_reason: str | None = None
    ruled_out_by: str | None = None
    review_asked: bool = False
    evidence_better: bool = False
    gates: bool = False
    sequence: Sequence | None = None


@dataclass(frozen=True, slots=True)
class Score:
    """Practices met of those that count; *percent* is rounded down."""

    met: int
    of: int

    @property
    def percent(self) -> int:
        """The score, rounded down; 100 when nothing is applicable, since nothing is open."""
        return 100 * self.met // self.of if self.of else 100


@dataclass(frozen=True, slots=True)
class Baseline:
    """What an earlier assessment says: its *verdicts* by practice id, and the inputs that were declared then.

    An input is named ``collector path`` or ``collector path (component)``.
    """

    date: dt.date
    catalogue_version: str
    verdicts: Mapping[str, Verdict]
    declared: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Change:
    """One difference from the baseline."""

    kind: ChangeKind
    practice: str | None
    message: str
    before: str | None = None
    after: str | None = None


@dataclass(frozen=True, slots=True)
class ProfileContradiction:
    """A profile answer that evidence shows to be wrong.

    *finding* is what shows it; None where a finding refutes a practice that the profile rules out.
    """

    field: str
    message: str
    places: tuple[str, ...]
    practices: tuple[str, ...]
    finding: ProfileFinding | None = None


@dataclass(frozen=True, slots=True)
class Assessment:
    """One assessment: what every report renders.

    *results* holds every practice of the catalogue, most urgent first. *coverage* counts: ``applicable``,
    ``decided`` (any verdict but unknown and unanswered), ``by_evidence`` (verdict from findings), ``met``.
    """

    app: str
    owner: str
    date: dt.date
    profile: Mapping[str, tuple[str, ...]]
    results: tuple[Result, ...]
    score: Score
    by_severity: Mapping[Severity, Score]
    counts: Mapping[Verdict, int]
    coverage: Mapping[str, int]
    open_criticals: int
    passed: bool
    gate_reasons: tuple[str, ...]
    profile_contradictions: tuple[ProfileContradiction, ...] = ()
    expired_waivers: tuple[Waiver, ...] = ()
    unused_waivers: tuple[Waiver, ...] = ()
    declared: tuple[str, ...] = ()
    suppressed: tuple[Finding, ...] = ()
    warnings: tuple[str, ...] = ()
    inputs: tuple[Input, ...] = ()
    unread: tuple[Unread, ...] = ()
    changes: tuple[Change, ...] | None = None
    baseline_date: dt.date | None = None
    catalogue_version: str = ""
    catalogue_digest: str = ""
    team_digest: str = ""
    team_path: str = ""
    waivers_used: bool = True
    tool_version: str = ""
    notes: tuple[str, ...] = ()


# Most urgent first; the order of every list.
VERDICTS: tuple[Verdict, ...] = get_args(Verdict)
MET: frozenset[Verdict] = frozenset({"verified", "attested"})
OPEN: frozenset[Verdict] = frozenset({"contradicted", "failed", "unknown", "unanswered"})
FORMULA = "score = met / (applicable - answered not applicable), rounded down; met = verified + attested"
SEQUENCE_RULE = (
    "Now: contradicted, critical, or high that takes minutes or hours. "
    "Next: other high, or medium that takes minutes or hours. Later: the rest."
)
_EFFECTS = ("refutes", "review", "supports")


def assess(
    catalogue: Catalogue,
    team: Team,
    evidence: Evidence,
    on: dt.date,
    *,
    baseline: Baseline | None = None,
    use_waivers: bool = True,
    fail_on: Severity = "high",
) -> Assessment:
    """Judge every practice of *catalogue* for *team* on the day *on*.

    A pure function: the same arguments give an equal assessment, in whatever order findings, inputs, answers and
    waivers come. *fail_on* is the lowest severity at which an open practice fails the gate.
    """
    profile = catalogue.complete(team.profile)
    contradictions, seen_profile = _profile_contradictions(catalogue, profile, evidence.profile)
    inputs = _with_uncollected(team, evidence.inputs)
    findings, suppressed, warnings = _sort_findings(catalogue, evidence.findings)
    used: set[Waiver] = set()
    results = []
    for practice in catalogue.practices:
        facts = _Facts(
            practice=practice,
            findings=tuple(findings.get(practice.id, ())),
            outcomes=_outcomes(practice, evidence.outcomes),
            inputs=tuple(item for item in inputs if item.collector in {check.collector for check in practice.checks}),
            answer=team.answers.get(practice.id),
            on=on,
            suppressed=tuple(f for f in suppressed if catalogue.checks[f.check].practice == practice.id),
        )
        ruled_out = catalogue.ruled_out_by(practice, profile)
        if ruled_out and (back := _returns(catalogue, practice, seen_profile, facts)) is not None:
            contradictions.extend(back)
            ruled_out = None
        result = _judge(facts, ruled_out)
        if use_waivers:
            result = _waive(result, team.waivers, on, used)
        results.append(_place_in_plan(result, fail_on))
    results.sort(key=lambda result: (VERDICTS.index(result.verdict), SEVERITIES.index(result.practice.severity)))

    counted = [result for result in results if result.verdict != "not-applicable"]
    applicable = [result for result in results if result.rule != 1]
    expired = tuple(waiver for waiver in _by_text(team.waivers) if waiver.until < on)
    declared = tuple(sorted({_input_name(item) for item in inputs if item.declared}))
    changes = _changes(catalogue, baseline, results, declared) if baseline else None
    reasons = _gate(results, contradictions, fail_on)
    return Assessment(
        app=team.name,
        owner=team.owner,
        date=on,
        profile=profile,
        results=tuple(results),
        score=_score(counted),
        by_severity={
            level: _score([result for result in counted if result.practice.severity == level]) for level in SEVERITIES
        },
        counts={verdict: sum(result.verdict == verdict for result in results) for verdict in VERDICTS},
        coverage={
            "applicable": len(applicable),
            "decided": sum(result.verdict not in ("unknown", "unanswered") for result in applicable),
            "by_evidence": sum(_by_evidence(result) for result in applicable),
            "met": sum(result.verdict in MET for result in results),
        },
        open_criticals=sum(result.verdict in OPEN and result.practice.severity == "critical" for result in results),
        passed=not reasons,
        gate_reasons=reasons,
        profile_contradictions=tuple(
            sorted(contradictions, key=lambda item: (item.field, item.message, item.places, item.practices))
        ),
        expired_waivers=expired,
        unused_waivers=tuple(
            waiver for waiver in _by_text(team.waivers) if use_waivers and waiver not in used and waiver.until >= on
        ),
        declared=declared,
        suppressed=suppressed,
        warnings=tuple(sorted({*warnings, *(problem.message for problem in team.warnings)})),
        inputs=inputs,
        unread=tuple(sorted(set(evidence.unread), key=lambda item: (item.path, item.reason))),
        changes=changes,
        baseline_date=baseline.date if baseline else None,
        catalogue_version=catalogue.version,
        catalogue_digest=catalogue.digest,
        team_digest=team.digest,
        team_path=team.path,
        waivers_used=use_waivers,
        tool_version=__version__,
        notes=tuple(sorted(set(evidence.notes))),
    )


@dataclass(frozen=True, slots=True)
class _Facts:
    """All that is known of one practice. *findings* hold no suppressed one; effects are already what they count as."""

    practice: Practice
    findings: tuple[Finding, ...]
    outcomes: tuple[Outcome, ...]
    inputs: tuple[Input, ...]
    answer: Answer | None
    on: dt.date
    suppressed: tuple[Finding, ...]

    def having(self, effect: Effect) -> tuple[Finding, ...]:
        return tuple(finding for finding in self.findings if finding.effect == effect)

    def age_fault(self, item: Input) -> str | None:
        """Return why *item* cannot be used for this practice, or None when it can."""
        if item.state != "used":
            return f"{_input_name(item)} is {item.state}" + (f": {item.reason}" if item.reason else "")
        if item.working_tree:
            return None
        if item.collected_on is None:
            return f"{_input_name(item)} is stale: nothing says when it was collected"
        if item.collected_on > self.on:
            return f"{_input_name(item)} is dated {item.collected_on}, after the assessment"
        if (self.on - item.collected_on).days > self.practice.attestation_days:
            return f"{_input_name(item)} is stale: collected on {item.collected_on}"
        return None


def _judge(facts: _Facts, ruled_out: str | None) -> Result:
    """Apply the seven verdict rules in their order; the first that matches decides."""
    practice, answer = facts.practice, facts.answer
    refuting = facts.having("refutes")
    asks = bool(facts.having("review") or facts.suppressed)
    supported = _supported(facts)
    lapsed_since, lapse_reason = _lapse(facts)
    common = {
        "practice": practice,
        "answer": answer,
        "findings": facts.findings,
        "outcomes": facts.outcomes,
        "lapsed_since": lapsed_since,
        "lapse_reason": lapse_reason,
    }

    def result(verdict: Verdict, rule: int, reason: str, **more: Any) -> Result:
        return Result(verdict=verdict, rule=rule, reason=reason, **{**common, **more})

    if ruled_out:
        return result("not-applicable", 1, f"ruled out by the profile: {ruled_out}", ruled_out_by=ruled_out)
    if refuting:
        count = f"{len(refuting)} findings refute" if len(refuting) > 1 else "1 finding refutes"
        if answer and answer.answer in ("yes", "not-applicable"):
            return result("contradicted", 2, f"the answer is {answer.answer}, {count} it")
        return result("failed", 2, f"{count} it")
    if answer and answer.answer in ("no", "partly"):
        return result("failed", 3, f"the answer is {answer.answer}", evidence_better=supported)
    faults = [fault for item in facts.inputs if item.declared and (fault := facts.age_fault(item))]
    if faults:
        return result("unknown", 4, "; ".join(faults))
    if supported:
        return result("verified", 5, "every check that can support it had evidence and supports it")
    if answer and lapse_reason is None:
        if answer.answer == "not-applicable":
            return result("not-applicable", 6, f"answered not applicable: {answer.note}", review_asked=asks)
        return result("attested", 6, f"answered yes by {answer.by} on {answer.on}", review_asked=asks)
    if answer:
        return result("unanswered", 7, f"the answer lapsed: {lapse_reason}", review_asked=asks)
    return result("unanswered", 7, "nobody has answered", review_asked=asks)


def _supported(facts: _Facts) -> bool:
    """Return whether rule 5 holds: at least one check supports, none is missing, nothing speaks against."""
    if facts.suppressed or facts.having("review") or facts.having("refutes"):
        return False
    if any(facts.age_fault(item) for item in facts.inputs):
        return False
    state = {(outcome.check, outcome.component): outcome.state for outcome in facts.outcomes}
    supporting = {(finding.check, finding.component) for finding in facts.having("supports")}
    components = {
        check.collector: {item.component for item in facts.inputs if item.collector == check.collector} or {None}
        for check in facts.practice.checks
    }
    looked = False
    for check in facts.practice.checks:
        reported = {component for name, component in state if name == check.id}
        for component in components[check.collector] | reported:
            match state.get((check.id, component)):
                case "nothing-to-look-at":
                    continue
                case "ran" if "support" not in check.can:
                    continue
                case "ran" if (check.id, component) in supporting:
                    looked = True
                case _:
                    return False
    return looked


def _lapse(facts: _Facts) -> tuple[dt.date | None, str | None]:
    """Return since when and why a yes or not-applicable no longer holds; (None, None) while it does."""
    answer, practice = facts.answer, facts.practice
    if answer is None or answer.answer in ("no", "partly"):
        return None, None
    if answer.on > facts.on:
        return None, f"it was given on {answer.on}, after the day of this assessment"
    if answer.answer == "not-applicable" and not practice.waivable:
        return None, "this practice may not be answered not applicable"
    if answer.answer == "not-applicable" and not (answer.note or "").strip():
        return None, "not applicable needs a reason"
    since = answer.on + timedelta(days=practice.attestation_days + 1)
    if since <= facts.on:
        return since, f"it is valid for {practice.attestation_days} days and ended before {since}"
    if answer.seen is not None and answer.seen != digest_of(facts.findings):
        return facts.on, "the evidence that it was given for has changed"
    return None, None


def _sort_findings(
    catalogue: Catalogue, findings: tuple[Finding, ...]
) -> tuple[dict[str, list[Finding]], tuple[Finding, ...], list[str]]:
    """Group findings by practice with the effect that they count with; return them, the suppressed, the warnings."""
    grouped: dict[str, list[Finding]] = {}
    suppressed = []
    warnings = []
    for finding in sorted(set(findings), key=_finding_key):
        check = catalogue.checks.get(finding.check)
        if check is None:
            warnings.append(f"a finding names the unknown check '{finding.check}' and was left out")
            continue
        if finding.suppressed is not None:
            suppressed.append(finding)
            continue
        counts = finding
        if finding.effect == "refutes" and (
            "refute" not in check.can or (finding.sure == "heuristic" and not check.measured)
        ):
            counts = replace(finding, effect="review")
        elif finding.effect == "supports" and "support" not in check.can:
            warnings.append(f"check '{check.id}' cannot support, its finding was left out")
            continue
        grouped.setdefault(check.practice, []).append(counts)
    for items in grouped.values():
        items.sort(key=_finding_key)
    return grouped, tuple(suppressed), warnings


def _finding_key(finding: Finding) -> tuple[Any, ...]:
    place = finding.place
    where = (place.path or "", place.line or 0, place.column or 0, place.pointer or "", place.request or "")
    return (_EFFECTS.index(finding.effect), where, finding.check, finding.component or "", str(astuple(finding)))


def _outcomes(practice: Practice, outcomes: tuple[Outcome, ...]) -> tuple[Outcome, ...]:
    """Return the outcomes of the practice's checks, the worst one where a check reports twice for a component."""
    names = {check.id for check in practice.checks}
    worst: dict[tuple[str, str | None], Outcome] = {}
    rank = ("not-run", "ran", "nothing-to-look-at")
    for outcome in sorted(outcomes, key=lambda item: (rank.index(item.state), item.reason)):
        if outcome.check in names:
            worst.setdefault((outcome.check, outcome.component), outcome)
    return tuple(worst[key] for key in sorted(worst, key=lambda key: (key[0], key[1] or "")))


def _with_uncollected(team: Team, inputs: tuple[Input, ...]) -> tuple[Input, ...]:
    """Return *inputs* with one more, missing, for each input that the team declares and no collector speaks of."""
    known = {(item.collector, item.path, item.component) for item in inputs}
    missing = {
        Input(item.collector, item.path, "missing", True, "no collector has read it", item.component)
        for item in team.evidence
        if (item.collector, item.path, item.component) not in known
    }
    return tuple(sorted({*inputs, *missing}, key=lambda item: (item.collector, item.path, str(astuple(item)))))


def _input_name(item: Input) -> str:
    return f"{item.collector} {item.path}" + (f" ({item.component})" if item.component else "")


def _profile_contradictions(
    catalogue: Catalogue, profile: Mapping[str, tuple[str, ...]], found: tuple[ProfileFinding, ...]
) -> tuple[list[ProfileContradiction], dict[str, tuple[str, ...]]]:
    """Return the profile answers that evidence shows to be wrong, and the profile with what was seen."""
    contradictions = []
    seen = dict(profile)
    known = sorted(
        {item for item in found if item.sure != "heuristic" and item.value in _values(catalogue, item.field)},
        key=lambda item: (item.field, item.value, str(item.place), str(astuple(item))),
    )
    groups: dict[tuple[str, str], list[ProfileFinding]] = {}
    for item in known:
        if item.value != "none" and item.value not in profile.get(item.field, ()):
            groups.setdefault((item.field, item.value), []).append(item)
    for (field, value), items in groups.items():
        stated = ", ".join(profile.get(field, ())) or "nothing"
        seen[field] = (*(word for word in seen.get(field, ()) if word != "none"), value)
        contradictions.append(
            ProfileContradiction(
                field=field,
                message=f"{field} says {stated}, but {items[0].message} ({value})",
                places=tuple(str(item.place) for item in items),
                practices=(),
                finding=items[0],
            )
        )
    return contradictions, catalogue.complete(seen)


def _values(catalogue: Catalogue, field: str) -> tuple[str, ...]:
    return catalogue.fields[field].values if field in catalogue.fields else ()


def _returns(
    catalogue: Catalogue, practice: Practice, seen_profile: Mapping[str, tuple[str, ...]], facts: _Facts
) -> list[ProfileContradiction] | None:
    """Return None while the profile rightly rules the practice out, else what is to be listed as contradicted."""
    refuting = [finding for finding in facts.having("refutes") if finding.sure != "heuristic"]
    if refuting:
        false = practice.applies_when.first_false(seen_profile)
        field = next(false.fields(), "answers_for") if false else "answers_for"
        if catalogue.ruled_out_by(practice, seen_profile) is None:
            return []
        return [
            ProfileContradiction(
                field=field,
                message=f"the profile rules out {practice.id}, but evidence refutes it: {refuting[0].message}",
                places=tuple(str(finding.place) for finding in refuting),
                practices=(practice.id,),
            )
        ]
    return [] if catalogue.ruled_out_by(practice, seen_profile) is None else None


def _waive(result: Result, waivers: tuple[Waiver, ...], on: dt.date, used: set[Waiver]) -> Result:
    """Turn a failed or contradicted result into an accepted risk where valid waivers cover all of it."""
    if result.verdict not in ("contradicted", "failed") or not result.practice.waivable:
        return result
    valid = [
        waiver
        for waiver in _by_text(waivers)
        if waiver.practice == result.practice.id and waiver.on <= on <= waiver.until
    ]
    whole = [waiver for waiver in valid if waiver.finding is None]
    refuting = {finding.fingerprint for finding in result.findings if finding.effect == "refutes"}
    single = [waiver for waiver in valid if waiver.finding in refuting]
    used.update(whole, single)
    answered_no = result.answer is not None and result.answer.answer in ("no", "partly")
    covered = bool(refuting) and not answered_no and refuting <= {waiver.finding for waiver in single}
    if not whole and not covered:
        return result
    covering = tuple(whole) if whole else tuple(single)
    return replace(
        result,
        verdict="accepted-risk",
        before_waiver=result.verdict,
        waivers=covering,
        reason=f"{result.reason}; accepted by {covering[0].approved_by} until {min(w.until for w in covering)}",
    )


def _by_text(waivers: tuple[Waiver, ...]) -> list[Waiver]:
    return sorted(waivers, key=lambda waiver: str(astuple(waiver)))


def _place_in_plan(result: Result, fail_on: Severity) -> Result:
    """Add whether the result fails the gate, and when it should be dealt with (SEQUENCE_RULE)."""
    if result.verdict not in OPEN:
        return result
    severity, quick = result.practice.severity, result.practice.effort in ("minutes", "hours")
    gates = result.verdict == "contradicted" or SEVERITIES.index(severity) <= SEVERITIES.index(fail_on)
    sequence: Sequence = "later"
    if result.verdict == "contradicted" or severity == "critical" or (severity == "high" and quick):
        sequence = "now"
    elif severity == "high" or (severity == "medium" and quick):
        sequence = "next"
    return replace(result, gates=gates, sequence=sequence)


def _score(results: list[Result]) -> Score:
    return Score(sum(result.verdict in MET for result in results), len(results))


def _by_evidence(result: Result) -> bool:
    return result.verdict != "not-applicable" and result.rule in (2, 5)


def _gate(results: list[Result], contradictions: list[ProfileContradiction], fail_on: Severity) -> tuple[str, ...]:
    """Return why the gate fails, most urgent first; empty when it passes."""
    reasons = []
    if contradictions:
        reasons.append(
            f"{len(contradictions)} profile answer{'s' * (len(contradictions) > 1)} contradicted by evidence"
        )
    contradicted = sum(result.verdict == "contradicted" for result in results)
    if contradicted:
        reasons.append(f"{contradicted} practice{'s' * (contradicted > 1)} contradicted by evidence")
    for severity in SEVERITIES[: SEVERITIES.index(fail_on) + 1]:
        for verdict in ("failed", "unknown", "unanswered"):
            count = sum(result.verdict == verdict and result.practice.severity == severity for result in results)
            if count:
                reasons.append(f"{count} {severity} {verdict}")
    return tuple(reasons)


def _changes(
    catalogue: Catalogue, baseline: Baseline, results: list[Result], declared: tuple[str, ...]
) -> tuple[Change, ...]:
    """Return what differs from *baseline*: regressions first, then removed declarations, then the rest."""
    before = {catalogue.renamed.get(name, name): verdict for name, verdict in baseline.verdicts.items()}
    changes = []
    for result in results:
        name, now = result.practice.id, result.verdict
        was = before.pop(name, None)
        if was is None:
            changes.append(Change("new-practice", name, f"{name} is new in the catalogue: {now}", None, now))
        elif was != now:
            kind: ChangeKind = "changed"
            if was in MET and now != "not-applicable":
                kind = "changed" if now in MET else "regressed"
            elif was != "not-applicable" and now in MET:
                kind = "fixed"
            changes.append(Change(kind, name, f"{name}: {was} → {now}", was, now))
    changes += [
        Change("gone-practice", name, f"{name} is no longer in the catalogue", was) for name, was in before.items()
    ]
    changes += [
        Change("declaration-removed", None, f"{name} was declared and no longer is", name)
        for name in sorted(set(baseline.declared) - set(declared))
    ]
    order: tuple[ChangeKind, ...] = (
        "regressed", "declaration-removed", "changed", "new-practice", "gone-practice", "fixed",
    )  # fmt: skip
    return tuple(sorted(changes, key=lambda change: (order.index(change.kind), change.practice or "", change.message)))
