"""The team's file `zero-trust.yml`: app, profile, evidence, answers, waivers; read here, rewritten by `team.edit`.

`layout` says once what may stand in it; `nodes` reads the notation, `kinds` the values.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from ztcheck.errors import InputError, Problem
from ztcheck.files import MEBIBYTE, read_bytes

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Mapping

    from ztcheck.catalogue import Catalogue, Collector
    from ztcheck.team.nodes import Node

NAME = "zero-trust.yml"
MAX_BYTES = MEBIBYTE
MAX_PROBLEMS = 100

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


def read(path: str | Path, catalogue: Catalogue, on: dt.date) -> Team:
    """Return the team's file at *path*, checked against *catalogue* as of the day *on*.

    Raises InputError with every mistake in it, each with line, column and what was expected.
    """
    return parse(read_bytes(Path(path), MAX_BYTES), str(path), catalogue, on)


def parse(raw: bytes, path: str, catalogue: Catalogue, on: dt.date) -> Team:
    """Return the team's file whose bytes are *raw*; *path* names it in messages. As `read`."""
    from ztcheck.team.kinds import WRONG, Reader
    from ztcheck.team.layout import PAGE, sections
    from ztcheck.team.nodes import parse as parse_nodes

    text = decode(raw, path)
    tree = parse_nodes(text, path)
    if tree.root is None and not tree.problems:
        raise InputError(Problem("is empty", path, 1, 1, "write one with: ztcheck init", PAGE))
    reader = Reader(path, on, partial=tree.partial)
    values: Any = sections(catalogue).read(tree.root, reader, "the file") if tree.root else WRONG
    problems = sorted([*tree.problems, *reader.problems], key=lambda problem: (problem.line or 0, problem.column or 0))
    if problems or values is WRONG or tree.root is None:
        if len(problems) > MAX_PROBLEMS:
            more = len(problems) - MAX_PROBLEMS
            problems = [*problems[:MAX_PROBLEMS], Problem(f"{more} more mistakes follow", path)]
        raise InputError(problems)
    return _team(values, tree.root, hashlib.sha256(raw).hexdigest(), path, catalogue, on)


def decode(raw: bytes, path: str) -> str:
    """Return *raw* as text. Raises InputError where it is not UTF-8."""
    try:
        return raw.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        before = raw[: error.start]
        line = before.count(b"\n") + 1
        column = error.start - (before.rfind(b"\n") + 1) + 1
        raise InputError(
            Problem(f"is not UTF-8 text (byte 0x{raw[error.start]:02x})", path, line, column, "save the file as UTF-8")
        ) from None


def _team(values: Mapping[str, Any], root: Node, digest: str, path: str, catalogue: Catalogue, on: dt.date) -> Team:
    new = catalogue.renamed
    lines = {new.get(name, name): key.line for name, (key, _) in _part(root, "answers").entries.items()}
    waivers = tuple(
        Waiver(**{**entry, "practice": new.get(entry["practice"], entry["practice"])}, line=node.line)
        for entry, node in zip(values.get("waivers", ()), _part(root, "waivers").items, strict=True)
    )
    declared = tuple(
        Declared(collector, **(entry if isinstance(entry, dict) else {"path": entry}), line=node.line)
        for collector, entries in values.get("evidence", {}).items()
        for entry, node in zip(entries, _part(_part(root, "evidence"), collector).items, strict=True)
    )
    return Team(
        path=path,
        name=values["app"]["name"],
        owner=values["app"]["owner"],
        profile={
            name: chosen if isinstance(chosen, tuple) else (chosen,) for name, chosen in values["profile"].items()
        },
        answers={name: Answer(name, **fields, line=lines[name]) for name, fields in values.get("answers", {}).items()},
        waivers=waivers,
        evidence=declared,
        declared=values.get("declared", {}),
        digest=digest,
        warnings=tuple(_expired(waiver, path) for waiver in waivers if waiver.until < on),
    )


def _part(node: Node, key: str) -> Node:
    return node.get(key) or node


def _expired(waiver: Waiver, path: str) -> Problem:
    return Problem(
        f"the waiver of '{waiver.practice}' expired on {waiver.until} and is ignored",
        path,
        waiver.line,
        help="meet the practice, or have the risk accepted anew",
    )


def schema(catalogue: Catalogue) -> dict[str, Any]:
    """Return the JSON Schema of the team's file (draft 2020-12), from the definition that the reader uses."""
    from ztcheck.team.layout import schema as build

    return build(catalogue)
