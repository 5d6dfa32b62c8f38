"""`ztcheck scan`: the source collector alone, printed like a compiler."""

from __future__ import annotations

import datetime as dt
import sys
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from ztcheck import catalogue, evidence
from ztcheck.cli import terminal
from ztcheck.cli.terminal import say
from ztcheck.collectors import collect
from ztcheck.errors import InputError, Problem
from ztcheck.report import DEFAULT, sarif
from ztcheck.report.clean import clean
from ztcheck.team import Team

if TYPE_CHECKING:
    import argparse
    from collections.abc import Iterator

    from ztcheck.catalogue import Catalogue
    from ztcheck.evidence import Evidence


def run(args: argparse.Namespace) -> int:
    """Run the command; see its help."""
    root = Path(args.path)
    if not root.is_dir():
        raise InputError(Problem("is not a folder", str(root), help="name the folder to scan"))
    loaded = catalogue.default()
    nobody = Team(path="", name=root.resolve().name, owner="", profile={})
    with terminal.Progress(args) as progress:
        found = collect(nobody, root, loaded, dt.datetime.now(dt.UTC).date(), only={"source"}, progress=progress.show)
    mine = tuple(item for item in found.outcomes if loaded.checks[item.check].collector == "source")
    found = replace(clean(found), outcomes=mine)
    terminal.write(_rendered(args.format, found, loaded), args.output)
    effects = [finding.effect for finding in found.findings if not finding.suppressed]
    say(f"{effects.count('refutes')} refute, {effects.count('review')} ask for review", args)
    for unread in found.unread[:5]:
        say(f"not read: {unread.path}: {unread.reason}", args)
    if len(found.unread) > 5:
        say(f"not read: {len(found.unread) - 5} more; --format json lists all", args)
    for failure in found.failures:
        print(Problem(failure, help="nothing that is missing above may be taken as good"), file=sys.stderr)
    if found.failures:
        return 3
    return 1 if "refutes" in effects else 0


def _rendered(name: str, found: Evidence, loaded: Catalogue) -> str:
    if name == "json":
        return evidence.to_json(found)
    if name == "sarif":
        told = [(loaded.by_id[loaded.checks[item.check].practice], item, None) for item in found.findings]
        return sarif.log(told, ".", DEFAULT)
    return "".join(f"{line}\n" for line in _lines(found, loaded))


def _lines(found: Evidence, loaded: Catalogue) -> Iterator[str]:
    for finding in found.findings:
        if finding.effect == "supports" or finding.suppressed:
            continue
        practice = loaded.checks[finding.check].practice
        yield terminal.safe(f"{finding.place}: {finding.effect}: {finding.message} [{finding.check}] {practice}")
        if finding.advice:
            yield terminal.safe(f"  help: {finding.advice}")
