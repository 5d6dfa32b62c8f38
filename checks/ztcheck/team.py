"""The team's file `zero-trust.yml`: app, profile, evidence, answers, waivers."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Literal

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Mapping

    from ztcheck.catalogue import Collector
    from ztcheck.errors import Problem

AnswerWord = Literal["yes", "partly", "no", "not-applicable"]


@dataclass(frozen=True, slots=True)
class Answer:
    """What the team says of one practice.

    *seen* is the digest of the evidence that the answer was given for (`ztcheck.evidence.digest_of`); *line* is its
    line in the team's file, from 1.
    """

    practice: str
    answer: AnswerWord
    by: str
    on: dt.date
    note: str | None = None
    link: str | None = None
    seen: str | None = None
    line: int | None = None


@dataclass(frozen=True, slots=True)
class Waiver:
    """A risk accepted by a named person from *on* until *until*, both days included.

    *finding* is the fingerprint of the one finding that it covers; without it the whole practice is covered.
    """

    practice: str
    owner: str
    approved_by: str
    reason: str
    on: dt.date
    until: dt.date
    finding: str | None = None
    line: int | None = None


@dataclass(frozen=True, slots=True)
class Declared:
    """One input that the team declares that it has. *path* is relative to the team's file."""

    collector: Collector
    path: str
    component: str | None = None
    collected_on: dt.date | None = None
    line: int | None = None


@dataclass(frozen=True, slots=True)
class Team:
    """The team's file, read and checked against a catalogue.

    *profile* maps every field to its chosen values, as written (not completed). *digest* is the SHA-256 of the
    file's bytes, in hex. *warnings* are what `--strict` turns into errors.
    """

    path: str
    name: str
    owner: str
    profile: Mapping[str, tuple[str, ...]]
    answers: Mapping[str, Answer] = field(default_factory=dict)
    waivers: tuple[Waiver, ...] = ()
    evidence: tuple[Declared, ...] = ()
    declared: Mapping[str, Any] = field(default_factory=dict)
    digest: str = ""
    warnings: tuple[Problem, ...] = ()
