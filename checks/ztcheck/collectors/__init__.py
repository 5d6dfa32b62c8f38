"""Turns what a team declares into evidence: runs the collectors and says how each input and each check ended."""

from __future__ import annotations

import hashlib
import importlib.util
from dataclasses import dataclass, field, replace
from pathlib import PurePosixPath
from typing import TYPE_CHECKING

from ztcheck.errors import MissingExtraError, ZtcheckError
from ztcheck.evidence import Evidence, Input, Outcome

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
    from pathlib import Path

    from ztcheck.catalogue import Catalogue, Check, Collector
    from ztcheck.collectors.facts import Fact
    from ztcheck.evidence import Usable
    from ztcheck.team import Declared, Team

# The order matters: source comes first, since manifest checks compare with its facts.
MODULES: Mapping[Collector, str] = {
    "source": "ztcheck.collectors.source",
    "ci": "ztcheck.collectors.ci",
    "manifest": "ztcheck.collectors.manifest",
    "tenant-export": "ztcheck.collectors.tenant_export",
}


@dataclass(frozen=True)
class Request:
    """What a collector gets.

    *declared* holds the inputs that it may use: paths relative to *root*, in the tree, existing. *checks* are the
    catalogue's checks of this collector. *facts* is what collectors before it saw. *progress* takes what is being
    read, how many files are done and how many there are. *resolve* says whether DNS knows a host, None where it
    did not answer; it is None itself unless the team asked for look-ups. *history* asks for earlier commits too.
    """

    team: Team
    root: Path
    declared: tuple[Declared, ...]
    checks: Mapping[str, Check]
    on: dt.date
    facts: tuple[Fact, ...] = ()
    progress: Callable[[str, int, int], None] | None = None
    resolve: Callable[[str], bool | None] | None = None
    history: bool = False


@dataclass(frozen=True)
class Collected:
    """What a collector gives back: its evidence, and facts for collectors after it.

    The evidence holds an `Input` for every declared input and an `Outcome` for every check and component that it
    can speak of; `collect` adds a not-run outcome for every check that has none.
    """

    evidence: Evidence
    facts: tuple[Fact, ...] = field(default=())


def collect(
    team: Team,
    root: Path,
    catalogue: Catalogue,
    on: dt.date,
    *,
    only: Collection[Collector] | None = None,
    progress: Callable[[str, int, int], None] | None = None,
    resolve: Callable[[str], bool | None] | None = None,
    history: bool = False,
) -> Evidence:
    """Run the collectors on what *team* declares under *root* and return all that they saw.

    *only* restricts the run to these collectors; *resolve* looks a host up in DNS, and *history* reads earlier commits,
    which only flags ask for.
    Every check of the catalogue gets an outcome; a collector that crashes leaves not-run outcomes and a line in
    `Evidence.failures`, never an exception.
    """
    found = Evidence()
    facts: tuple[Fact, ...] = ()
    inside = root.resolve()
    for collector, module in MODULES.items():
        checks = {check.id: check for check in catalogue.checks.values() if check.collector == collector}
        mine = tuple(item for item in team.evidence if item.collector == collector)
        if only is not None and collector not in only:
            found += Evidence(outcomes=_not_run(checks, mine, "this collector was left out of the run"))
            continue
        usable, unusable = _locate(mine, inside)
        found += Evidence(inputs=unusable)
        request = Request(team, inside, usable, checks, on, facts, progress, resolve, history)
        if importlib.util.find_spec(module) is None:
            found += Evidence(outcomes=_not_run(checks, mine, f"this installation has no {collector} collector"))
            continue
        try:
            collected = importlib.import_module(module).collect(request)
        except MissingExtraError as error:
            why = "; ".join(problem.message for problem in error.problems)
            # What nobody declared is no promise; the report says that it was not looked at.
            found += (
                _failed(collector, checks, usable, why)
                if mine
                else Evidence(outcomes=_not_run(checks, mine, why), notes=(str(error).replace("error: ", "", 1),))
            )
            continue
        except ZtcheckError as error:
            found += _failed(collector, checks, usable, "; ".join(problem.message for problem in error.problems))
            continue
        except Exception as error:  # noqa: BLE001 - one collector's fault never takes the report with it
            found += _failed(collector, checks, usable, f"{type(error).__name__}: {error}"[:300])
            continue
        facts += collected.facts
        inputs = collected.evidence.inputs
        inputs += tuple(_folder(item, inputs) for item in usable if not _told_of(item, inputs))
        evidence = replace(collected.evidence, inputs=_aged(inputs, checks, catalogue, on))
        found += evidence + Evidence(outcomes=tuple(_silent(checks, mine, evidence, (*unusable, *evidence.inputs))))
    probe = {check.id: check for check in catalogue.checks.values() if check.collector not in MODULES}
    return found + Evidence(outcomes=_not_run(probe, (), "no request was sent to the running API"))


def _told_of(item: Declared, inputs: tuple[Input, ...]) -> bool:
    return any((entry.path, entry.component) == (item.path, item.component) for entry in inputs)


def _folder(item: Declared, inputs: tuple[Input, ...]) -> Input:
    """Return the input that a declared folder is, from its files': as good as the worst, as old as the oldest."""
    name = PurePosixPath(item.path.replace("\\", "/")).as_posix()
    mine = [
        entry
        for entry in inputs
        if entry.component == item.component
        and (entry.path == name or entry.path.startswith(f"{name}/") or name == ".")
    ]
    whole = Input(item.collector, item.path, "used", declared=True, component=item.component)
    if not mine:
        return replace(whole, state="broken", reason="nothing in it was read", collected_on=item.collected_on)
    worst = next((entry for entry in mine if entry.state != "used"), None)
    if worst is not None:
        reason = f"{worst.path}: {worst.reason}"
        return replace(whole, state=worst.state, reason=reason, collected_on=item.collected_on)
    dates = [entry.collected_on for entry in mine if not entry.working_tree]
    known = [date for date in dates if date is not None]
    return replace(
        whole,
        working_tree=not dates,
        collected_on=min(known) if known and len(known) == len(dates) else None,
        digest=digest("".join(entry.digest or "" for entry in mine).encode()),
    )


def _silent(
    checks: Iterable[str], mine: tuple[Declared, ...], evidence: Evidence, inputs: tuple[Input, ...]
) -> Iterator[Outcome]:
    """Yield a not-run outcome for every check, and every declared component, that the collector said nothing of."""
    told = {(outcome.check, outcome.component) for outcome in evidence.outcomes}
    anywhere = {check for check, _ in told}
    components = list(dict.fromkeys(item.component for item in mine))
    for check in checks:
        for component in components or ([] if check in anywhere else [None]):
            if (check, component) not in told:
                faults = [
                    f"{item.path}: {item.reason}"
                    for item in inputs
                    if item.state in ("missing", "broken") and item.component == component
                ]
                reason = "; ".join(faults) or (
                    "nothing that it reads was found" if mine else "no input for it is declared"
                )
                yield Outcome(check, "not-run", reason, component)


def _not_run(checks: Iterable[str], mine: tuple[Declared, ...], reason: str) -> tuple[Outcome, ...]:
    components: list[str | None] = list(dict.fromkeys(item.component for item in mine)) or [None]
    return tuple(Outcome(check, "not-run", reason, component) for check in checks for component in components)


def _failed(collector: Collector, checks: Iterable[str], mine: tuple[Declared, ...], reason: str) -> Evidence:
    why = f"the {collector} collector failed: {reason}"
    return Evidence(
        inputs=tuple(
            Input(collector, item.path, "broken", declared=True, reason=why, component=item.component) for item in mine
        ),
        outcomes=_not_run(checks, mine, why),
        failures=(why,),
    )


def _locate(mine: tuple[Declared, ...], root: Path) -> tuple[tuple[Declared, ...], tuple[Input, ...]]:
    """Split what is declared into paths in the tree that exist, and inputs that cannot be used."""
    usable: list[Declared] = []
    unusable: list[Input] = []
    for item in mine:
        state, reason = locate(item.path, root)
        if state is None:
            usable.append(item)
        else:
            unusable.append(
                Input(
                    item.collector, item.path, state, declared=True, reason=reason, component=item.component,
                    collected_on=item.collected_on,
                )
            )  # fmt: skip
    return tuple(usable), tuple(unusable)


def locate(path: str, root: Path) -> tuple[Usable | None, str]:
    """Return why the declared *path* below *root* cannot be used, as a state and a reason; None when it can."""
    pure = PurePosixPath(path.replace("\\", "/"))
    if pure.is_absolute() or ".." in pure.parts or "\0" in path or (len(path) > 1 and path[1] == ":"):
        return "broken", "the path leaves the product's folder"
    try:
        target = (root / pure).resolve()
        if not target.is_relative_to(root):
            return "broken", "a link leads out of the product's folder"
        target.stat()
    except (FileNotFoundError, NotADirectoryError):
        return "missing", "there is no such file or folder"
    except (OSError, RuntimeError) as error:
        return "broken", f"the path cannot be used: {error}"
    return None, ""


def _aged(
    inputs: tuple[Input, ...], checks: Mapping[str, Check], catalogue: Catalogue, on: dt.date
) -> tuple[Input, ...]:
    """Mark as stale what is of unknown age, or too old for every practice that the collector speaks of."""
    longest = max((catalogue.by_id[check.practice].attestation_days for check in checks.values()), default=0)
    return tuple(_with_age(item, longest, on) for item in inputs)


def _with_age(item: Input, longest: int, on: dt.date) -> Input:
    if item.state != "used" or item.working_tree:
        return item
    if item.collected_on is None:
        return replace(item, state="stale", reason="its age is not known: state collected_on in the team's file")
    age = (on - item.collected_on).days
    if age < 0:
        return replace(item, state="stale", reason=f"it is dated {item.collected_on}, after the day of this assessment")
    if age > longest:
        return replace(item, state="stale", reason=f"it is {age} days old, more than {longest}")
    return item


def digest(raw: bytes) -> str:
    """Return the SHA-256 of *raw* in hex, as an `Input` carries it."""
    return hashlib.sha256(raw).hexdigest()
