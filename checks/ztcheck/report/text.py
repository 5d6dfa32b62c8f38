"""Text for a terminal: the four answers, then what is open, worst first, then the rest in numbers."""

from __future__ import annotations

import io
from typing import TYPE_CHECKING

from rich.console import Console
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from ztcheck import assess
from ztcheck.catalogue import SEVERITIES
from ztcheck.report import words

if TYPE_CHECKING:
    from ztcheck.assess import Assessment, Result, Verdict
    from ztcheck.report import Options

_STYLES: dict[Verdict, str] = {
    "contradicted": "bold magenta",
    "failed": "bold red",
    "unknown": "yellow",
    "unanswered": "cyan",
    "accepted-risk": "yellow",
    "attested": "green",
    "verified": "bold green",
    "not-applicable": "dim",
}
_FINDINGS_SHOWN = 3


def render(assessment: Assessment, options: Options) -> str:
    """Return the report as lines of at most ``options.width`` columns, coloured only where ``options.color`` says so.

    Strings are shown as they are: rich's own markup, highlighting and emoji codes are off.
    """
    console = Console(
        file=io.StringIO(),
        width=max(options.width, 40),
        force_terminal=options.color,
        color_system="standard" if options.color else None,
        no_color=not options.color,
        markup=False,
        highlight=False,
        emoji=False,
        legacy_windows=False,
        _environ={},
    )
    _answers(console, assessment)
    _first(console, assessment)
    for result in words.having(assessment, "contradicted", "failed"):
        _detail(console, result)
    _list(console, assessment, "unknown")
    _list(console, assessment, "unanswered")
    _list(console, assessment, "accepted-risk")
    _counts(console, assessment)
    assert isinstance(console.file, io.StringIO)  # noqa: S101 - tells the type checker
    return "\n".join(line.rstrip() for line in console.file.getvalue().splitlines()) + "\n"


def _answers(console: Console, a: Assessment) -> None:
    console.print(Text(f"{a.app}: Zero Trust compliance report, {a.date}", style="bold"))
    console.print(
        Text(f"Owner {a.owner}. Catalogue {a.catalogue_version}, ztcheck {a.tool_version}.", style="dim"), end="\n\n"
    )
    if not a.waivers_used:
        console.print(Text("Waivers were left out of this assessment.", style="yellow"), end="\n\n")
    table = Table.grid(padding=(0, 2))
    table.add_column(style="dim", no_wrap=True)
    table.add_column(overflow="fold")
    ship, sentence = words.shipping(a)
    answer = Text.assemble((ship.upper(), "bold green" if a.passed else "bold red"), f"  {sentence}")
    for reason in a.gate_reasons:
        answer.append(f"\n- {reason}")
    table.add_row("May we ship?", answer)
    todo = words.open_results(a)
    steps = ["Correct the profile: evidence contradicts it"] if a.profile_contradictions else []
    steps += [f"{result.practice.title} ({result.practice.id})" for result in todo[:4]]
    first = Text("\n".join(f"{number}. {step}" for number, step in enumerate(steps, 1)) or "Nothing is open.")
    if len(todo) > 4:
        first.append(f"\n{len(todo) - 4} more below", style="dim")
    table.add_row("What first?", first)
    table.add_row(
        "How sure are we?",
        Text.assemble(
            (f"{a.score.percent} %", "bold"),
            f", {a.score.met} of {a.score.of} met. {words.sureness(a)} {words.criticals(a)}",
        ),
    )
    table.add_row("What changed?", Text(_changed(a)))
    console.print(table)


def _changed(a: Assessment) -> str:
    if a.changes is None:
        return "Not compared: no earlier assessment was given (--baseline FILE)."
    kinds = [f"{len(items)} {words.CHANGES[kind].lower()}" for kind, items in words.changes(a)]
    regressed = [f"\n- {change.message}" for kind, items in words.changes(a)[:2] for change in items
                 if kind in ("regressed", "declaration-removed")]  # fmt: skip
    return f"Since {a.baseline_date}: {', '.join(kinds) or 'nothing'}." + "".join(regressed)


def _heading(console: Console, title: str, number: int) -> None:
    console.print()
    console.print(Text(f"{title} ({number})", style="bold underline"))


def _first(console: Console, a: Assessment) -> None:
    if a.profile_contradictions:
        _heading(console, "The profile is contradicted by evidence", len(a.profile_contradictions))
        for item in a.profile_contradictions:
            places = f" [{', '.join(item.places)}]" if item.places else ""
            _line(console, Text(f"{item.message}{places}"), _STYLES["contradicted"])
    for title, waivers in (
        ("Waivers that have expired; their verdicts are back", a.expired_waivers),
        ("Waivers that cover nothing", a.unused_waivers),
    ):
        if waivers:
            _heading(console, title, len(waivers))
        for waiver in waivers:
            text = f"{waiver.practice}: accepted by {waiver.approved_by} until {waiver.until}: {waiver.reason}"
            _line(console, Text(text), _STYLES["accepted-risk"])
    if a.warnings:
        _heading(console, "Warnings", len(a.warnings))
        for warning in a.warnings:
            _line(console, Text(warning), "yellow")


def _line(console: Console, text: Text, style: str) -> None:
    table = Table.grid(padding=(0, 1))
    table.add_column(style=style, no_wrap=True)
    table.add_column(overflow="fold")
    table.add_row("-", text)
    console.print(table)


def _detail(console: Console, result: Result) -> None:
    practice = result.practice
    console.print()
    console.print(
        Text.assemble(
            (words.LABELS[result.verdict].upper(), _STYLES[result.verdict]),
            "  ",
            (practice.title, "bold"),
            (f"  {practice.severity}", "dim"),
            *((f", {flag}", "dim") for flag in words.flags(result)),
        )
    )
    table = Table.grid(padding=(0, 2))
    table.add_column(style="dim", no_wrap=True)
    table.add_column(overflow="fold")
    table.add_row("question", Text(practice.question))
    if result.answer:
        note = f": {result.answer.note}" if result.answer.note else ""
        table.add_row("answer", Text(f"{result.answer.answer}, {result.answer.by} on {result.answer.on}{note}"))
    for finding in result.findings[:_FINDINGS_SHOWN]:
        table.add_row(
            words.EFFECTS[finding.effect].lower(), Text.assemble((str(finding.place), "bold"), f" {finding.message}")
        )
    if len(result.findings) > _FINDINGS_SHOWN:
        table.add_row("", Text(words.count(len(result.findings) - _FINDINGS_SHOWN, "more finding")))
    for advice in (words.next_step(result), *words.advice(result.findings)):
        table.add_row("do", Text(advice))
    table.add_row("more", Text(f"ztcheck explain {practice.id}"))
    console.print(Padding(table, (0, 0, 0, 2)))


def _list(console: Console, a: Assessment, verdict: Verdict) -> None:
    rows = words.having(a, verdict)
    if not rows:
        return
    _heading(console, words.TITLES[verdict], len(rows))
    table = Table.grid(padding=(0, 2))
    table.add_column(no_wrap=True)
    table.add_column(overflow="fold")
    for result in rows:
        text = Text(result.practice.id)
        if flags := words.flags(result):
            text.append(f"  {', '.join(flags)}", style="dim")
        if verdict != "unanswered" or result.answer:
            text.append(f"\n{result.reason}", style="dim")
        table.add_row(Text(result.practice.severity, style=_STYLES[verdict]), text)
    console.print(table)


def _counts(console: Console, a: Assessment) -> None:
    console.print()
    table = Table(box=None, padding=(0, 2, 0, 0), header_style="dim", show_footer=True)
    table.add_column("Verdict", "Score")
    for severity in SEVERITIES:
        table.add_column(words.SEVERITY_LABELS[severity], f"{a.by_severity[severity].percent} %", justify="right")
    table.add_column("All", f"{a.score.percent} %", justify="right")
    for verdict in assess.VERDICTS:
        numbers = words.counts_by_severity(a, verdict)
        row = Text(words.LABELS[verdict], style=_STYLES[verdict] if sum(numbers) else "dim")
        table.add_row(row, *map(str, numbers), str(a.counts[verdict]))
    console.print(table)
    console.print(Text(assess.FORMULA, style="dim"))
    aside = [
        words.count(len(a.suppressed), "finding") + " suppressed in place" if a.suppressed else "",
        words.count(len(a.unread), "file") + " not read" if a.unread else "",
    ]
    if any(aside):
        console.print(Text("; ".join(filter(None, aside)) + ".", style="dim"))
