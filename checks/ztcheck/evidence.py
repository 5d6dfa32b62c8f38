"""What collectors saw: findings, outcomes of checks, inputs. The contract between collectors and the assessment."""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Literal

from ztcheck.errors import SITE

if TYPE_CHECKING:
    import datetime as dt
    from pathlib import Path

    from ztcheck.catalogue import Collector

SCHEMA_VERSION = 1
SCHEMA_URL = SITE + "schemas/findings-1.json"

Effect = Literal["refutes", "review", "supports"]
Sureness = Literal["direct", "derived", "heuristic"]
Context = Literal["production", "test", "sample"]
State = Literal["ran", "nothing-to-look-at", "not-run"]
Usable = Literal["used", "missing", "stale", "broken"]


@dataclass(frozen=True, slots=True)
class Place:
    """Where something was seen: a file and line, a JSON pointer in a file, or a request.

    *path* is relative to the product's folder, with forward slashes; *line* and *column* count from 1.
    """

    path: str | None = None
    line: int | None = None
    column: int | None = None
    pointer: str | None = None
    request: str | None = None

    def __str__(self) -> str:
        if self.request:
            return self.request
        text = ":".join(str(part) for part in (self.path, self.line, self.column) if part is not None)
        return f"{text}#{self.pointer}" if self.pointer else text


@dataclass(frozen=True, slots=True)
class Finding:
    """What one check saw at one place.

    *message* says what was seen, *why* it matters, *advice* what to do. *excerpt* is the text at the place with
    secrets already masked. *fingerprint* survives moved lines. *suppressed* is the reason given in place.
    """

    check: str
    effect: Effect
    message: str
    place: Place
    sure: Sureness
    fingerprint: str
    why: str = ""
    advice: str = ""
    excerpt: str = ""
    component: str | None = None
    context: Context = "production"
    suppressed: str | None = None


@dataclass(frozen=True, slots=True)
class Outcome:
    """How one check ended for one component: ran, had nothing to look at, or did not run (and why)."""

    check: str
    state: State
    reason: str = ""
    component: str | None = None


@dataclass(frozen=True, slots=True)
class Input:
    """One input of a collector: what was read, from when, and whether it could be used.

    *digest* is the SHA-256 of what was read, in hex. *declared* is true for an input that the team's file names.
    *working_tree* is true for the repository as it lies there, which has no age; any other input goes stale with the
    practice that it speaks of, at once where *collected_on* is not known.
    """

    collector: Collector
    path: str
    state: Usable
    declared: bool
    reason: str = ""
    component: str | None = None
    collected_on: dt.date | None = None
    digest: str | None = None
    working_tree: bool = False


@dataclass(frozen=True, slots=True)
class ProfileFinding:
    """A profile value that a collector saw in use."""

    field: str
    value: str
    message: str
    place: Place
    sure: Sureness
    component: str | None = None


@dataclass(frozen=True, slots=True)
class Unread:
    """A file that was not read, and why; the absence of a finding there means nothing."""

    path: str
    reason: str


@dataclass(frozen=True, slots=True)
class Evidence:
    """Everything that the collectors saw in one run.

    *failures* names each collector that crashed, and how; its checks are not-run.
    """

    inputs: tuple[Input, ...] = ()
    outcomes: tuple[Outcome, ...] = ()
    findings: tuple[Finding, ...] = ()
    profile: tuple[ProfileFinding, ...] = ()
    unread: tuple[Unread, ...] = ()
    notes: tuple[str, ...] = field(default=())
    failures: tuple[str, ...] = field(default=())

    def __add__(self, other: Evidence) -> Evidence:
        return Evidence(
            self.inputs + other.inputs,
            self.outcomes + other.outcomes,
            self.findings + other.findings,
            self.profile + other.profile,
            self.unread + other.unread,
            self.notes + other.notes,
            self.failures + other.failures,
        )


def fingerprint(check: str, path: str, text: str) -> str:
    """Return a fingerprint that survives moved lines: check, path and the text with white space folded.

    The caller adds an ordinal to *text* when the same text stands more than once in a file.
    """
    folded = re.sub(r"\s+", " ", text).strip()
    return hashlib.sha256(f"{check}\0{path}\0{folded}".encode()).hexdigest()[:16]


def digest_of(findings: tuple[Finding, ...] | list[Finding]) -> str:
    """Return the digest of the evidence that an answer was given for: what an answer's ``seen`` holds."""
    lines = sorted(f"{f.check} {f.effect} {f.fingerprint} {f.component or ''}" for f in findings if not f.suppressed)
    return hashlib.sha256("\n".join(lines).encode()).hexdigest()[:16]


def to_json(evidence: Evidence) -> str:
    """Return *evidence* as the text of a findings file: fields at their default are left out, order is kept."""
    from ztcheck.findingsfile import dump

    return dump(evidence)


def write(evidence: Evidence, path: Path) -> None:
    """Write *evidence* to the findings file *path*, whole or not at all.

    Raises InputError when the file cannot be written.
    """
    from ztcheck.findingsfile import save

    save(evidence, path)


def read(path: Path) -> Evidence:
    """Read the findings file *path*.

    Raises InputError with every mistake in it, each with its JSON pointer.
    """
    from ztcheck.findingsfile import load

    return load(path)


def schema() -> dict[str, Any]:
    """Return the JSON Schema (2020-12) of a findings file, as published at `SCHEMA_URL`."""
    from ztcheck.findingsfile import schema as build

    return build()
