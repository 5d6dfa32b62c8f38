"""What the collectors of exported files share: documents with places, rules, and running rules to outcomes."""

from __future__ import annotations

import datetime as dt
import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Protocol

from ztcheck import jsonfile
from ztcheck.errors import InputError
from ztcheck.evidence import Evidence, Finding, Input, Outcome, Place, fingerprint

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping
    from pathlib import Path

    from ztcheck.catalogue import Check, Collector
    from ztcheck.evidence import Effect, Sureness
    from ztcheck.team import Declared

Part = str | int
_MAX_EXCERPT = 200
_MAX_MISTAKES = 8


class Nothing(Exception):  # noqa: N818 - no error: a rule says that there is nothing to look at, and why
    """Raised by a rule that has nothing to look at; the text says why."""


class NotRun(Exception):  # noqa: N818 - no error either
    """Raised by a rule that could not look; what it found before stays."""


@dataclass(frozen=True)
class Document:
    """One object of a file. *data* has passed `mistakes`, so every value has the type that its shape names.

    *where* maps a path in *data* to its place in the file: parts of a JSON pointer, or a line. What is not listed
    lies at the same pointer as in *data*, below the longest listed path. A *partial* document holds less than the
    real thing will, so it can refute but never support.
    """

    path: str
    data: Mapping[str, Any]
    where: Mapping[tuple[Part, ...], tuple[Part, ...] | int] = field(default_factory=dict)
    partial: bool = False

    def get(self, *parts: Part) -> Any:
        """Return the value at *parts*, or None where there is none."""
        value: Any = self.data
        for part in parts:
            if isinstance(part, str) and isinstance(value, dict):
                value = value.get(part)
            elif isinstance(part, int) and isinstance(value, list) and part < len(value):
                value = value[part]
            else:
                return None
        return value

    def has(self, *parts: Part) -> bool:
        """Return whether the file speaks of *parts* at all, be it with null."""
        holder = self.get(*parts[:-1])
        return isinstance(holder, dict) and parts[-1] in holder

    def each(self, *parts: Part) -> Iterator[tuple[int, Any]]:
        """Yield index and value of the list at *parts*, nulls left out."""
        for at, value in enumerate(self.get(*parts) or ()):
            if value is not None:
                yield at, value

    def place(self, *parts: Part) -> Place:
        """Return the place of *parts* in the file."""
        for length in range(len(parts), -1, -1):
            base = self.where.get(parts[:length])
            if isinstance(base, int):
                return Place(self.path, line=base)
            if base is not None:
                return Place(self.path, pointer=jsonfile.pointer(*base, *parts[length:]))
        return Place(self.path, pointer=jsonfile.pointer(*parts))


class Case(Protocol):
    """What a rule looks at: documents of one component."""

    @property
    def component(self) -> str | None:
        """The component that the documents belong to."""


@dataclass(frozen=True)
class Rule:
    """One check's code. *why* says why a refuting finding matters, *advice* what to do about it."""

    id: str
    look: Callable[[Any], Iterable[Finding]]
    why: str
    advice: str


class Rules(dict[str, Rule]):
    """The rules of one collector, by check id."""

    def rule(self, check: str, *, why: str, advice: str) -> Callable[[Any], Any]:
        """Register the decorated function as the rule of *check*."""

        def register(look: Callable[[Any], Iterable[Finding]]) -> Callable[[Any], Iterable[Finding]]:
            if check in self:
                raise ValueError(f"two rules for {check}")
            self[check] = Rule(check, look, why, advice)
            return look

        return register


def finding(
    effect: Effect,
    message: str,
    place: Place,
    *,
    key: str = "",
    sure: Sureness = "direct",
    excerpt: str = "",
    advice: str = "",
) -> Finding:
    """Return a finding that `run` completes with check, component, why and advice.

    *key* is what its fingerprint is made of: a text that stays when the finding moves in its file; the message when
    left out.
    """
    return Finding("", effect, message, place, sure, key or message, advice=advice, excerpt=excerpt[:_MAX_EXCERPT])


def refutes(message: str, place: Place, **more: Any) -> Finding:
    """Return a refuting finding."""
    return finding("refutes", message, place, **more)


def review(message: str, place: Place, **more: Any) -> Finding:
    """Return a finding that asks for a look."""
    return finding("review", message, place, **more)


def supports(message: str, place: Place, **more: Any) -> Finding:
    """Return a supporting finding."""
    return finding("supports", message, place, **more)


def run(rules: Mapping[str, Rule], checks: Mapping[str, Check], case: Case) -> Evidence:
    """Run the *rules* of all *checks* on *case*; a rule that crashes is not-run, and the others go on."""
    findings: list[Finding] = []
    outcomes: list[Outcome] = []
    failures: list[str] = []
    for check in checks:
        rule = rules.get(check)
        if rule is None:
            outcomes.append(Outcome(check, "not-run", "this version has no rule for this check", case.component))
            continue
        found: list[Finding] = []
        outcome = Outcome(check, "ran", "", case.component)
        try:
            found.extend(rule.look(case))
        except Nothing as nothing:
            outcome = Outcome(check, "nothing-to-look-at", str(nothing), case.component)
        except NotRun as reason:
            outcome = Outcome(check, "not-run", str(reason), case.component)
        except Exception as error:  # noqa: BLE001 - one rule's fault never takes the others with it
            reason_ = f"check {check} failed: {type(error).__name__}: {error}"[:300]
            failures.append(reason_)
            outcome = Outcome(check, "not-run", reason_, case.component)
        outcomes.append(outcome)
        findings.extend(_completed(rule, found, case.component))
    return Evidence(outcomes=tuple(outcomes), findings=tuple(findings), failures=tuple(failures))


def _completed(rule: Rule, found: Iterable[Finding], component: str | None) -> Iterator[Finding]:
    seen: dict[str, int] = {}
    for item in found:
        text = f"{component or ''} {item.fingerprint}"
        seen[text] = seen.get(text, 0) + 1
        if seen[text] > 1:
            text += f" #{seen[text]}"
        bad = item.effect != "supports"
        yield Finding(
            check=rule.id,
            effect=item.effect,
            message=item.message,
            place=item.place,
            sure=item.sure,
            fingerprint=fingerprint(rule.id, item.place.path or "", text),
            why=rule.why if bad else "",
            advice=(item.advice or rule.advice) if bad else "",
            excerpt=item.excerpt,
            component=component,
        )


# Shapes: a type (str, bool, int, float, dt.date for a time, object for anything), a list of one shape, or an object
# of shapes. Null is admitted everywhere, unknown keys are too.
Shape = Any


def mistakes(value: Any, shape: Shape, pointer: str = "") -> Iterator[str]:
    """Yield every place where *value* has not the type that *shape* names, as ``pointer: what was expected``."""
    if value is None or shape is object:
        return
    at = pointer or "(the whole file)"
    if isinstance(shape, dict):
        if not isinstance(value, dict):
            yield f"{at}: expected an object"
            return
        for key, content in value.items():
            if key in shape:
                yield from mistakes(content, shape[key], pointer + jsonfile.pointer(key))
    elif isinstance(shape, list):
        if not isinstance(value, list):
            yield f"{at}: expected a list"
            return
        for index, content in enumerate(value):
            yield from mistakes(content, shape[0], f"{pointer}/{index}")
    elif shape is dt.date:
        if not isinstance(value, str) or when(value) is None:
            yield f"{at}: expected a time (YYYY-MM-DDThh:mm:ssZ)"
    elif not isinstance(value, shape) or (isinstance(value, bool) and shape is not bool):
        names = {str: "a text", bool: "true or false", int: "a whole number", float: "a number"}
        yield f"{at}: expected {names[shape]}"


_DATE = re.compile(r"(\d{4}-\d{2}-\d{2})(?:[T ]\d{2}:\d{2}(?::\d{2}(?:\.\d+)?)?(?:Z|[+-]\d{2}:?\d{2})?)?")


def when(text: str | None) -> dt.date | None:
    """Return the day of an ISO 8601 time, or None for what is none."""
    match = _DATE.fullmatch(text.strip()) if text else None
    try:
        return dt.date.fromisoformat(match[1]) if match else None
    except ValueError:
        return None


def checked(value: Any, shape: Shape, path: str, pointer: str = "") -> None:
    """Raise InputError with every mistake of *value* against *shape*."""
    from ztcheck.errors import Problem

    problems = [Problem(text, path=path) for text in mistakes(value, shape, pointer)]
    if problems:
        raise InputError(problems)


def why_broken(error: InputError) -> str:
    """Return one line that names what is wrong with a file, the first mistakes in full."""
    said = []
    for problem in error.problems[:_MAX_MISTAKES]:
        line = f"line {problem.line}, column {problem.column}: " if problem.line else ""
        said.append(line + problem.message)
    more = len(error.problems) - len(said)
    return "; ".join(said) + (f"; and {more} more" if more > 0 else "")


def files_of(item: Declared, root: Path, endings: tuple[str, ...]) -> list[Path]:
    """Return the files that the declared *item* names: itself, or those in its folder that end so, sorted."""
    target = root / item.path
    if not target.is_dir():
        return [target]
    return sorted(
        path
        for path in target.iterdir()
        if path.is_file() and path.suffix.lower() in endings and path.resolve().is_relative_to(root)
    )


def shown(path: Path, root: Path) -> str:
    """Return *path* relative to *root* with forward slashes, as places show it."""
    return path.relative_to(root).as_posix()


def input_of(
    collector: Collector,
    item: Declared,
    path: str,
    *,
    raw: bytes | None = None,
    reason: str = "",
    on: dt.date | None = None,
) -> Input:
    """Return the `Input` of one file: used, or broken where a *reason* is given."""
    from ztcheck.collectors import digest

    return Input(
        collector=collector,
        path=path,
        state="broken" if reason else "used",
        declared=True,
        reason=reason,
        component=item.component,
        collected_on=item.collected_on or on,
        digest=digest(raw) if raw is not None else None,
    )
