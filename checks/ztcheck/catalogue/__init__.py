"""The catalogue: every practice as data, read from TOML with the standard library.

`load()` reads the topics and practices; recommendations, articles and standards are larger, are needed
by the site and by reports only, and have loaders of their own. Each loader reports all errors at once.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import tomllib
from dataclasses import dataclass
from functools import cache, cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, get_args

from ztcheck.catalogue.rules import ALWAYS, Rule, parse_rule
from ztcheck.errors import SITE, Problem, ToolError, suggestion

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

Severity = Literal["critical", "high", "medium", "low"]
Layer = Literal["app", "delivery", "organization"]
Principle = Literal["verify-explicitly", "least-privilege", "assume-breach"]
Effort = Literal["minutes", "hours", "days", "project"]
Collector = Literal["source", "manifest", "ci", "tenant-export", "api-probe"]

SEVERITIES: tuple[Severity, ...] = get_args(Severity)
LAYERS: tuple[Layer, ...] = get_args(Layer)
COLLECTORS: tuple[Collector, ...] = get_args(Collector)
FOLDER = Path(__file__).parent
MEASURED = "measured.toml"


@dataclass(frozen=True, slots=True)
class Topic:
    """A group of practices; one catalogue file."""

    id: str
    title: str


@dataclass(frozen=True, slots=True)
class ProfileField:
    """One question of the profile and its possible answers."""

    id: str
    question: str
    multiple: bool
    values: tuple[str, ...]
    meanings: Mapping[str, str]


# Places that look like a mistake and are none: fewer say nothing, and a larger share of false alarms is too large.
LEAST_LOOK_ALIKES = 5
MOST_FALSE_ALARMS = 0.04


@dataclass(frozen=True, slots=True)
class Measurement:
    """How a check did on code that was not written for it: places labelled by reading, in repositories set apart.

    It *found* so many of the *mistakes*, and *touched* so many of the *lookalikes*. *script* made the numbers on the
    day *on*.
    """

    mistakes: int
    found: int
    lookalikes: int
    touched: int
    on: dt.date
    script: str

    @property
    def low(self) -> bool:
        """Whether so few look-alikes are touched that a heuristic of the check may refute."""
        return self.lookalikes >= LEAST_LOOK_ALIKES and self.touched <= MOST_FALSE_ALARMS * self.lookalikes


@dataclass(frozen=True, slots=True)
class Check:
    """One rule of a collector, tied to one practice.

    *can* holds ``refute``, ``support`` or both; none means that it only asks for a look. *measured* is true where the
    check's false-alarm rate was measured, is published, and is low, so that its heuristic findings may refute.
    """

    id: str
    practice: str
    collector: Collector
    can: tuple[str, ...]
    looks_at: str
    needs: str | None = None
    measured: bool = False
    measurement: Measurement | None = None


@dataclass(frozen=True, slots=True)
class Practice:
    """One thing a team does or does not do; the unit of the catalogue."""

    id: str
    title: str
    topic: str
    page: str | None
    layer: Layer
    principles: tuple[Principle, ...]
    severity: Severity
    impact: int
    exploitability: int
    effort: Effort
    question: str
    applies_when: Rule
    waivable: bool
    attestation_days: int
    attestation_reason: str | None
    checks: tuple[Check, ...]
    snippets: tuple[str, ...]
    recommendations: tuple[str, ...]
    standards: Mapping[str, tuple[str, ...]]
    added_because: str | None

    @property
    def path(self) -> str:
        """The site path of its section: its page, or its entry in the catalogue reference."""
        return f"{self.page or f'reference/catalogue/{self.topic}'}/#{self.id}"

    @property
    def url(self) -> str:
        """The public address of its section."""
        return SITE + self.path


@dataclass(frozen=True)
class Catalogue:
    """All topics and practices, and the rules they share."""

    version: str
    topics: tuple[Topic, ...]
    profile: tuple[ProfileField, ...]
    implies: Mapping[str, Mapping[str, tuple[str, ...]]]
    waiver_days: Mapping[Severity, int]
    renamed: Mapping[str, str]
    practices: tuple[Practice, ...]
    digest: str

    @cached_property
    def by_id(self) -> Mapping[str, Practice]:
        """Practices by id."""
        return {practice.id: practice for practice in self.practices}

    @cached_property
    def checks(self) -> Mapping[str, Check]:
        """Checks by id."""
        return {check.id: check for practice in self.practices for check in practice.checks}

    @cached_property
    def fields(self) -> Mapping[str, ProfileField]:
        """Profile fields by id."""
        return {field.id: field for field in self.profile}

    def complete(self, profile: Mapping[str, tuple[str, ...]]) -> dict[str, tuple[str, ...]]:
        """Return *profile* with the values that its values imply added."""
        full = dict(profile)
        for values in profile.values():
            for value in values:
                for field, more in self.implies.get(value, {}).items():
                    full[field] = tuple(dict.fromkeys((*full.get(field, ()), *more)))
        return full

    def ruled_out_by(self, practice: Practice, profile: Mapping[str, tuple[str, ...]]) -> str | None:
        """Return what in *profile* (completed) rules *practice* out, in words, or None when it applies."""
        if practice.layer not in profile.get("answers_for", ()):
            return f"answers_for does not hold {practice.layer}"
        false = practice.applies_when.first_false(profile)
        if false is None:
            return None
        answers = "; ".join(
            f"{field} = {', '.join(profile.get(field, ())) or '-'}" for field in dict.fromkeys(false.fields())
        )
        return f"{answers} (asked when {false})"


_PRACTICE_KEYS: dict[str, type | tuple[type, ...]] = {
    "id": str, "title": str, "layer": str, "principles": list, "impact": int, "exploitability": int,
    "effort": str, "question": str, "waivable": bool,
}  # fmt: skip
_PRACTICE_OPTIONAL: dict[str, type | tuple[type, ...]] = {
    "page": str, "applies_when": dict, "attestation_days": int, "attestation_reason": str, "checks": list,
    "snippets": list, "recommendations": list, "standards": dict, "added_because": str,
}  # fmt: skip
_CHECK_KEYS: dict[str, type | tuple[type, ...]] = {"id": str, "collector": str, "can": list, "looks_at": str}
_CHECK_OPTIONAL: dict[str, type | tuple[type, ...]] = {"needs": str}
_MEASURED_KEYS: dict[str, type | tuple[type, ...]] = {"date": dt.date, "script": str, "checks": dict}
_COUNTS: dict[str, type | tuple[type, ...]] = {"mistakes": int, "found": int, "lookalikes": int, "touched": int}
_SLUG = frozenset("abcdefghijklmnopqrstuvwxyz0123456789-")


class _Reader:
    """Collects problems while the files are read."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.problems: list[Problem] = []
        self.digest = hashlib.sha256()

    def bad(self, file: str, who: str, message: str, help: str | None = None) -> None:  # noqa: A002 - as in Problem
        self.problems.append(Problem(f"{who}: {message}" if who else message, path=file, help=help))

    def toml(self, file: str) -> dict[str, Any]:
        try:
            raw = (self.folder / file).read_bytes()
            self.digest.update(file.encode() + b"\0" + raw + b"\0")
            return tomllib.loads(raw.decode())
        except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
            self.bad(file, "", str(error))
            return {}

    def keys(
        self,
        file: str,
        who: str,
        entry: Mapping[str, Any],
        needed: Mapping[str, type | tuple[type, ...]],
        optional: Mapping[str, type | tuple[type, ...]],
    ) -> bool:
        before = len(self.problems)
        for key in needed:
            if key not in entry:
                self.bad(file, who, f"'{key}' is missing")
        for key, value in entry.items():
            kind = needed.get(key) or optional.get(key)
            if kind is None:
                self.bad(file, who, f"unknown key '{key}'", suggestion(key, [*needed, *optional]))
            elif not isinstance(value, kind) or (isinstance(value, bool) and kind is int):
                self.bad(file, who, f"'{key}' has the wrong type: {type(value).__name__}")
            elif isinstance(value, list) and key != "checks" and not all(isinstance(item, str) for item in value):
                self.bad(file, who, f"'{key}' must be a list of strings")
        return len(self.problems) == before

    def one_of(self, file: str, who: str, key: str, values: Iterable[str], known: Iterable[str]) -> None:
        options = tuple(known)
        for value in values:
            if value not in options:
                self.bad(file, who, f"'{value}' is not a value of '{key}'", suggestion(value, options))


def load(folder: Path = FOLDER) -> Catalogue:
    """Read the catalogue from *folder*.

    Raises ToolError with every problem found, each with file and id.
    """
    reader = _Reader(folder)
    head = reader.toml("catalogue.toml")
    if reader.problems:
        raise ToolError(reader.problems)
    topics = tuple(Topic(**topic) for topic in head["topic"])
    profile = tuple(
        ProfileField(
            id=field["id"],
            question=field["question"],
            multiple=field["multiple"],
            values=tuple(field["values"]),
            meanings=field.get("meanings", {}),
        )
        for field in head["profile"]
    )
    values = {field.id: field.values for field in profile}
    severity = head["severity"]
    measured = _measurements(reader)
    practices: list[Practice] = []
    seen: dict[str, str] = {}
    for topic in topics:
        file = f"practices/{topic.id}.toml"
        content = reader.toml(file)
        for key in content.keys() - {"practice"}:
            reader.bad(file, "", f"unknown key '{key}'", suggestion(key, ["practice"]))
        for entry in content.get("practice", []):
            practice = _practice(reader, file, topic, entry, values, severity, seen, measured)
            if practice is not None:
                practices.append(practice)
    listed = {f"{topic.id}.toml" for topic in topics}
    for path in sorted((folder / "practices").glob("*.toml")):
        if path.name not in listed:
            reader.bad(f"practices/{path.name}", "", "no topic of catalogue.toml has this name")
    known = {check.id for practice in practices for check in practice.checks}
    for name in measured if not reader.problems else ():
        if name not in known:
            reader.bad(MEASURED, name, "no check of the catalogue has this id", suggestion(name, known))
    ids = {practice.id for practice in practices}
    for old, new in head.get("renamed", {}).items():
        if old in ids or new not in ids:
            reader.bad("catalogue.toml", old, f"renamed to '{new}': the old id must be gone and the new one exist")
    if reader.problems:
        raise ToolError(reader.problems)
    return Catalogue(
        version=head["version"],
        topics=topics,
        profile=profile,
        implies={value: {f: tuple(v) for f, v in more.items()} for value, more in head.get("implies", {}).items()},
        waiver_days=severity["waiver_days"],
        renamed=head.get("renamed", {}),
        practices=tuple(practices),
        digest=reader.digest.hexdigest(),
    )


def _measurements(reader: _Reader) -> dict[str, Measurement]:
    """Read how the checks did on code that was not written for them, by check id."""
    raw = reader.toml(MEASURED)
    if not raw or not reader.keys(MEASURED, "", raw, _MEASURED_KEYS, {}):
        return {}
    found: dict[str, Measurement] = {}
    for name, counts in raw["checks"].items():
        if not isinstance(counts, dict) or not reader.keys(MEASURED, name, counts, _COUNTS, {}):
            continue
        item = Measurement(**counts, on=raw["date"], script=raw["script"])
        if not (0 <= item.found <= item.mistakes and 0 <= item.touched <= item.lookalikes):
            reader.bad(MEASURED, name, "more was found or touched than there is")
        found[name] = item
    return found


def _practice(
    reader: _Reader,
    file: str,
    topic: Topic,
    entry: dict[str, Any],
    fields: Mapping[str, tuple[str, ...]],
    severity: Mapping[str, Any],
    seen: dict[str, str],
    measured: Mapping[str, Measurement],
) -> Practice | None:
    who = str(entry.get("id", f"practice without id in '{topic.id}'"))
    if not reader.keys(file, who, entry, _PRACTICE_KEYS, _PRACTICE_OPTIONAL):
        return None
    before = len(reader.problems)
    if not _SLUG.issuperset(who):
        reader.bad(file, who, "an id is lower-case words joined by hyphens")
    _unique(reader, file, who, seen)
    if not entry["question"].endswith("?"):
        reader.bad(file, who, "'question' must end with a question mark")
    reader.one_of(file, who, "layer", [entry["layer"]], LAYERS)
    reader.one_of(file, who, "principles", entry["principles"], get_args(Principle))
    reader.one_of(file, who, "effort", [entry["effort"]], get_args(Effort))
    level = severity["of_product"].get(str(entry["impact"] * entry["exploitability"]))
    if not (1 <= entry["impact"] <= 3 and 1 <= entry["exploitability"] <= 3) or level is None:
        reader.bad(file, who, "'impact' and 'exploitability' must be 1, 2 or 3")
    if ("attestation_days" in entry) != ("attestation_reason" in entry):
        reader.bad(file, who, "'attestation_days' and 'attestation_reason' go together")
    rule = ALWAYS
    if "applies_when" in entry:
        try:
            rule = parse_rule(entry["applies_when"], fields)
        except ValueError as error:
            reader.bad(file, who, f"'applies_when': {error}")
    checks: list[Check] = []
    for raw in entry.get("checks", []):
        name = f"{who}, check {raw.get('id', '?')}"
        if not reader.keys(file, name, raw, _CHECK_KEYS, _CHECK_OPTIONAL):
            continue
        reader.one_of(file, name, "collector", [raw["collector"]], COLLECTORS)
        reader.one_of(file, name, "can", raw["can"], ("refute", "support"))
        _unique(reader, file, raw["id"], seen)
        measurement = measured.get(raw["id"])
        low = measurement is not None and measurement.low
        given = {**raw, "can": tuple(raw["can"])}
        checks.append(Check(**given, practice=who, measured=low, measurement=measurement))
    if len(reader.problems) > before:
        return None
    return Practice(
        id=who,
        title=entry["title"],
        topic=topic.id,
        page=entry.get("page"),
        layer=entry["layer"],
        principles=tuple(entry["principles"]),
        severity=level,
        impact=entry["impact"],
        exploitability=entry["exploitability"],
        effort=entry["effort"],
        question=entry["question"],
        applies_when=rule,
        waivable=entry["waivable"],
        attestation_days=entry.get("attestation_days", severity["attestation_days"][level]),
        attestation_reason=entry.get("attestation_reason"),
        checks=tuple(checks),
        snippets=tuple(entry.get("snippets", ())),
        recommendations=tuple(entry.get("recommendations", ())),
        standards={standard: tuple(ids) for standard, ids in entry.get("standards", {}).items()},
        added_because=entry.get("added_because"),
    )


def _unique(reader: _Reader, file: str, name: str, seen: dict[str, str]) -> None:
    if name in seen:
        reader.bad(file, name, f"id is used twice (also in {seen[name]})")
    seen[name] = file


@cache
def default() -> Catalogue:
    """Return the packaged catalogue, read once per process."""
    return load()
