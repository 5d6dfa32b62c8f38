"""`ztcheck report`: assess, write, summarize, hold the gate."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING

from ztcheck import report
from ztcheck.assess import assess
from ztcheck.cli import terminal
from ztcheck.cli.terminal import say
from ztcheck.errors import InputError, Problem, suggestion

if TYPE_CHECKING:
    import argparse
    import datetime as dt

    from ztcheck.assess import Assessment

STEM = "ztcheck-report"


def run(args: argparse.Namespace) -> int:
    """Run the command; see its help."""
    on, at = terminal.day(args)
    targets = _targets(args)
    baseline = None
    if args.baseline:
        from ztcheck.report.json import read_json

        baseline = read_json(Path(args.baseline))
    catalogue, team, root = terminal.load_team(args.path, on)
    evidence = terminal.gather(args, catalogue, team, root, on)
    assessment = assess(
        catalogue, team, evidence, on, baseline=baseline, use_waivers=not args.no_waivers, fail_on=args.fail_on
    )
    _warn(args, team.path, assessment)
    _write(assessment, targets, at)
    if _on_terminal(targets) and sys.stderr.isatty():
        say("for a page to hand on: ztcheck report --output report.html", args)
    else:
        _summarize(args, assessment)
    for name, path in targets:
        if path is not None:
            say(f"wrote {path} ({name})", args)
    for note in evidence.notes:
        say(f"note: {note}", args)
    for failure in evidence.failures:
        print(Problem(failure, help="the report shows what could not be checked"), file=sys.stderr)
    if evidence.failures:
        return 3
    return 0 if assessment.passed else 1


def _targets(args: argparse.Namespace) -> list[tuple[str, Path | None]]:
    """Return each format with the file it goes to, None for standard output."""
    endings = report.FORMATS
    names = list(dict.fromkeys(args.format))
    output = None if args.output in (None, "-") else Path(args.output)
    if "all" in names:
        names = list(endings)
    for name in names:
        if name not in endings:
            raise InputError(Problem(f"unknown format '{name}'", help=suggestion(name, endings)))
    is_folder = output is not None and (output.is_dir() or args.output.endswith(("/", "\\")))
    if not names:
        ending = output.name.rpartition(".")[2].lower() if output and not is_folder else "text"
        names = [name for name, known in endings.items() if known == ending][:1] or ["text"]
    if output is None:
        if len(names) > 1:
            raise InputError(
                Problem("several formats do not fit on standard output", help="name a folder: --output reports")
            )
        return [(names[0], None)]
    if is_folder or len(names) > 1:
        if output.exists() and not output.is_dir():
            raise InputError(Problem("is a file; several formats need a folder", str(output), help="name a folder"))
        return [(name, output / f"{STEM}.{endings[name]}") for name in names]
    return [(names[0], output)]


def _on_terminal(targets: list[tuple[str, Path | None]]) -> bool:
    return sys.stdout.isatty() and targets == [("text", None)]


def _warn(args: argparse.Namespace, path: str, assessment: Assessment) -> None:
    """Say what is wrong but does not stop an assessment; with --strict it does."""
    found = [
        Problem(
            f"the waiver of '{waiver.practice}' expired on {waiver.until} and is ignored",
            path,
            waiver.line,
            help="meet the practice, or have the risk accepted anew",
        )
        for waiver in assessment.expired_waivers
    ]
    found += [
        Problem(
            f"the waiver of '{waiver.practice}' is not used: nothing that it covers is open",
            path,
            waiver.line,
            help="remove it, or correct its practice or finding",
        )
        for waiver in assessment.unused_waivers
    ]
    found.sort(key=lambda problem: problem.line or 0)
    if args.strict and found:
        raise InputError(found)
    for problem in found:
        say(str(problem).replace("error:", "warning:", 1), args)


def _write(assessment: Assessment, targets: list[tuple[str, Path | None]], at: dt.datetime | None) -> None:
    import shutil

    for name, path in targets:
        shown = path is None and sys.stdout.isatty()
        options = report.Options(
            color=path is None and terminal.colored(sys.stdout),
            width=min(shutil.get_terminal_size().columns, 120) if shown else 100,
            at=at,
        )
        text = report.render(name, assessment, options=options)
        if path is not None:
            _folder(path.parent)
        terminal.write(text, None if path is None else str(path))


def _folder(folder: Path) -> None:
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise InputError(
            Problem(f"cannot be made: {error.strerror}", str(folder), help="choose another --output")
        ) from error


def _summarize(args: argparse.Namespace, assessment: Assessment) -> None:
    from ztcheck.report import words

    a = assessment
    say(f"{a.app}, {a.date}: {'the gate passes' if a.passed else 'the gate FAILS'}", args)
    say(
        f"score {a.score.percent} % ({a.score.met} of {a.score.of} met), {a.open_criticals} open criticals, "
        f"{a.coverage['decided']} of {a.coverage['applicable']} decided, {a.coverage['by_evidence']} by evidence",
        args,
    )
    counts = ", ".join(f"{number} {verdict}" for verdict, number in a.counts.items() if number)
    say(counts, args)
    for reason in a.gate_reasons[:5]:
        say(f"  {reason}", args)
    urgent = words.open_results(a)
    if urgent:
        say(f"next: ztcheck explain {urgent[0].practice.id}", args)
