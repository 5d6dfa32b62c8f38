"""What a team's file may hold: the one definition behind reader, JSON Schema and editor help."""

from __future__ import annotations

import datetime as dt
import tomllib
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ztcheck.catalogue import SEVERITIES
from ztcheck.errors import SITE
from ztcheck.team.kinds import Date, Key, ListOf, Map, MapOf, Refer, Text, Whole, Word

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from ztcheck.catalogue import Catalogue, Practice
    from ztcheck.team.kinds import Reader, Value
    from ztcheck.team.nodes import Node

PAGE = f"{SITE}reference/team-file/"
SCHEMA_URL = f"{SITE}schemas/team-file-1.json"
ANSWER_WORDS = ("yes", "partly", "no", "not-applicable")

LINE = Text(r"^(?![\s\S]*\n)", "one line of text", longest=200)
NOTE = Text()
DIGEST = Text(r"^[0-9a-f]{16}$", "16 hexadecimal digits in quotes")
LINK = Text(r"^https?://[^\s<>\"]+$", "a web address", 1000, "https://wiki.contoso.example/threat-model")
# A path that leaves the folder could make a pull request read the build machine's files into the report.
PATH = Text(
    r"^(?![/~]|[A-Za-z]:)(?!(?:[\s\S]*/)?\.\.(?:/|$))[^\\\n]+$",
    "a path inside this folder, with forward slashes",
    1000,
    "docs/threat-model.md",
)
ROUTE = Text(r"^/[^\s]*$", "a route that starts with '/'", 500, "/orders/{id}")
DAYS = Whole(0, 3650)
DECLARED_TYPES: Mapping[str, Value] = {
    "text": LINE,
    "date": Date(),
    "days": DAYS,
    "path": PATH,
    "paths": ListOf(PATH),
    "routes": ListOf(ROUTE),
    "list": ListOf(LINE),
    "table": MapOf(LINE, NOTE),
    "days-table": Map({level: Key(DAYS, False) for level in SEVERITIES}),
}


def declared() -> Map:
    """Return what may stand under ``declared``: what `declared.toml` lists."""
    entries = tomllib.loads((Path(__file__).parent / "declared.toml").read_text(encoding="utf-8"))
    keys = {name: Key(DECLARED_TYPES[entry["type"]], False, entry["meaning"]) for name, entry in entries.items()}
    return Map(keys, what="declaration", empty=True)


def evidence() -> Map:
    """Return what may stand under ``evidence``."""
    collected = Key(Date(), False, "The day of the export; without it, and without a time inside, it counts as stale.")
    entry = Map(
        {
            "path": Key(PATH, means="The exported file or folder."),
            "component": Key(LINE, False, "Which part of the product it belongs to."),
            "collected_on": collected,
        }
    )
    registration = Map(
        {**entry.keys, "component": Key(LINE, means="Which part of the product this registration belongs to.")}
    )
    return Map(
        {
            "source": Key(ListOf(PATH), False, "Folders of source code; the default is this folder."),
            "manifest": Key(
                ListOf(Refer("registration", registration)),
                False,
                "Exported app registrations (Microsoft Graph JSON), one or more for each component.",
            ),
            "ci": Key(
                ListOf(Refer("export", entry)),
                False,
                "Exported settings of the code host and SARIF files; workflow files in this folder are found.",
            ),
            "tenant-export": Key(
                ListOf(Refer("export", entry)), False, "Exported tenant policies and logs (Microsoft Graph JSON)."
            ),
        },
        what="collector",
        empty=True,
    )


def profile(catalogue: Catalogue) -> Map:
    """Return what stands under ``profile``: every field of the catalogue's profile."""
    keys = {}
    for asked in catalogue.profile:
        word = Word(asked.values)
        value: Value = ListOf(word, "none" if "none" in asked.values else None) if asked.multiple else word
        keys[asked.id] = Key(value, means=f"{asked.question} One of: {', '.join(asked.values)}.")
    return Map(keys, what="profile field")


def _answer(word: Word) -> Map:
    return Map(
        {
            "answer": Key(word, means=f"One of: {', '.join(word.choices)}."),
            "by": Key(LINE, means="Who gives this answer."),
            "on": Key(Date(), means="The day of the answer."),
            "note": Key(NOTE, False, "What the answer rests on; not-applicable needs one."),
            "link": Key(LINK, False, "Where to read more."),
            "seen": Key(DIGEST, False, "Digest of the evidence that the answer was given for; written by ztcheck."),
        },
        also=_check_answer,
        rule={
            "if": {"properties": {"answer": {"const": "not-applicable"}}, "required": ["answer"]},
            "then": {"required": ["note"]},
        },
    )


def _check_answer(values: Mapping[str, Any], node: Node, reader: Reader, name: str) -> None:
    if values.get("answer") == "not-applicable" and node.get("note") is None and not reader.partial:
        reader.bad(node, f"'{name}' is not-applicable without a reason", "add a note that says why it does not apply")
    _not_in_future("on", values, node, reader)


def _not_in_future(key: str, values: Mapping[str, Any], node: Node, reader: Reader) -> None:
    day, place = values.get(key), node.get(key)
    # The day is UTC's, and where the answer was given it may be tomorrow already.
    if day and place and day > reader.on + dt.timedelta(days=1):
        reader.bad(place, f"{day} lies in the future of {reader.on}", f"write the day on which it was given in '{key}'")


def answers(catalogue: Catalogue) -> Map:
    """Return what may stand under ``answers``: each practice by id."""
    return Map(
        {
            practice.id: Key(_answer_of(practice), False, practice.question, practice.url)
            for practice in catalogue.practices
        },
        what="practice",
        renamed=catalogue.renamed,
        empty=True,
    )


def _answer_of(practice: Practice) -> Refer:
    if practice.waivable:
        return Refer("answer", _answer(Word(ANSWER_WORDS)))
    refused = {"not-applicable": "this practice may not be waived, so the profile alone decides whether it applies"}
    return Refer("answerThatMayNotBeWaived", _answer(Word(ANSWER_WORDS[:3], refused)))


def waiver(catalogue: Catalogue) -> Map:
    """Return one entry of ``waivers``."""
    old = {name: catalogue.by_id[new] for name, new in catalogue.renamed.items()}
    practices = {practice.id: practice for practice in catalogue.practices} | old
    never = {name: "a practice that may not be waived" for name, practice in practices.items() if not practice.waivable}

    def check(values: Mapping[str, Any], node: Node, reader: Reader, _: str) -> None:
        _not_in_future("on", values, node, reader)
        last, place = values.get("until"), node.get("until")
        if not ("on" in values and last and place):
            return
        days = (last - values["on"]).days
        if days < 0:
            reader.bad(place, f"'until' {last} lies before 'on' {values['on']}", "swap the dates, or correct one")
        practice = practices.get(values.get("practice", ""))
        if practice and days > (ceiling := catalogue.waiver_days[practice.severity]):
            latest = values["on"] + dt.timedelta(days=ceiling)
            reader.bad(
                place,
                f"the waiver lasts {days} days, a {practice.severity} practice may be waived for {ceiling}",
                f"end it on {latest} or earlier",
                practice.url,
            )

    return Map(
        {
            "practice": Key(
                Word(tuple(name for name in practices if name not in never), never),
                means="The practice whose risk is accepted.",
            ),
            "finding": Key(DIGEST, False, "Fingerprint of the one finding that it covers; left out: the practice."),
            "owner": Key(LINE, means="Who removes the risk."),
            "approved_by": Key(LINE, means="Who accepts it until then."),
            "reason": Key(NOTE, means="Why the risk is accepted."),
            "on": Key(Date(), means="The first day."),
            "until": Key(Date(), means="The last day."),
        },
        also=check,
    )


def sections(catalogue: Catalogue) -> Map:
    """Return the whole file. Sections are read one by one, so that a mistake in one hides none in another."""
    parts: dict[str, Map] = {
        "app": Map({"name": Key(LINE, means="The product's name."), "owner": Key(LINE, means="Who answers for it.")}),
        "profile": profile(catalogue),
        "evidence": evidence(),
        "declared": declared(),
        "answers": answers(catalogue),
    }
    elsewhere = {key: f"under '{name}'" for name, part in parts.items() for key in part.keys}
    top = ("version", *parts, "waivers")
    for name, part in parts.items():
        parts[name] = Map(
            part.keys, part.what, part.renamed, elsewhere | dict.fromkeys(top, "at the left margin"), part.empty
        )
    return Map(
        {
            "version": Key(Whole(1, 1), means="The version of this format: 1."),
            "app": Key(parts["app"], means="What is assessed."),
            "profile": Key(parts["profile"], means="What kind of app this is; it decides which practices apply."),
            "evidence": Key(parts["evidence"], False, "Where evidence lies. What is named here must be usable."),
            "declared": Key(parts["declared"], False, "What checks compare with."),
            "answers": Key(parts["answers"], False, "What the team says, by practice."),
            "waivers": Key(
                ListOf(waiver(catalogue), empty=True), False, "Risks accepted by a named person until a date."
            ),
        },
        elsewhere=elsewhere,
    )


def schema(catalogue: Catalogue) -> dict[str, Any]:
    """Return the JSON Schema of the whole file."""
    whole = sections(catalogue)
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "$id": SCHEMA_URL,
        "title": "The team's file of ztcheck",
        "description": f"Catalogue {catalogue.version}. {PAGE}",
        **whole.schema(),
        "$defs": {refer.name: refer.value.schema() for refer in _refers(whole)},
    }


def _refers(value: Value) -> Iterator[Refer]:
    match value:
        case Refer():
            yield value
            yield from _refers(value.value)
        case ListOf():
            yield from _refers(value.item)
        case Map():
            for key in value.keys.values():
                yield from _refers(key.value)
        case MapOf():
            yield from _refers(value.value)
