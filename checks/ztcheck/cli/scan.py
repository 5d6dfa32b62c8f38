"""`ztcheck scan`: the source collector alone, printed like a compiler."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from ztcheck import catalogue, evidence
from ztcheck.cli import terminal
from ztcheck.cli.terminal import say
from ztcheck.errors import InputError, Problem
from ztcheck.report import DEFAULT, sarif
from ztcheck.report.clean import clean

if TYPE_CHECKING:
    import argparse
    from collections.abc import Iterator

    from ztcheck.catalogue import Catalogue
    from ztcheck.evidence import Evidence


def run(args: argparse.Namespace) -> int:
    """Run the command; see its help."""
    from ztcheck.collectors.source.scan import scan

    root = Path(args.path)
    if not root.exists():
        raise InputError(Problem("does not exist", str(root), help="name a folder or a file"))
    loaded = catalogue.default()
    checks = [check.id for check in loaded.checks.values() if check.collector == "source"]
    with terminal.Progress(args) as progress:
        result = scan(root, checks=checks, history=args.history, progress=progress.show)
    found: Evidence = clean(result.evidence)
    terminal.write(_rendered(args.format, found, loaded), args.output)
    effects = [finding.effect for finding in found.findings if not finding.suppressed]
    say(
        f"{result.files} files read: {effects.count('refutes')} findings refute a practice, "
        f"{effects.count('review')} ask for review",
        args,
    )
    if not result.files:
        say("there was nothing to scan, which does not mean that nothing is wrong", args)
    for unread in found.unread[:5]:
        say(f"not read: {unread.path}: {unread.reason}", args)
    if len(found.unread) > 5:
        say(f"not read: {len(found.unread) - 5} more; --format json lists all", args)
    for note in found.notes:
        say(f"note: {note}", args)
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
