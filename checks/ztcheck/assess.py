"""The assessment: profile + answers + findings + waivers + catalogue + date → verdicts. A pure function."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Mapping

    from ztcheck.catalogue import Practice, Severity
    from ztcheck.evidence import Finding, Input, Outcome, ProfileFinding, Unread
    from ztcheck.team import Answer, Waiver

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
