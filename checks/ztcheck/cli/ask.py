"""`ztcheck ask`: walk what is open, most severe first, and save each answer."""

from __future__ import annotations

import shutil
import textwrap
from typing import TYPE_CHECKING

from ztcheck.assess import assess
from ztcheck.catalogue import SEVERITIES
from ztcheck.cli import prompt, terminal
from ztcheck.cli.guess import git
from ztcheck.cli.terminal import say
from ztcheck.errors import InputError, Problem, nearest
from ztcheck.evidence import digest_of
from ztcheck.report import words
from ztcheck.team import Answer
from ztcheck.team.edit import set_answer
from ztcheck.team.kinds import hint
from ztcheck.team.layout import ANSWER_WORDS

if TYPE_CHECKING:
    import argparse
    import datetime as dt
    from collections.abc import Sequence
    from pathlib import Path

    from ztcheck.assess import Result
    from ztcheck.catalogue import Catalogue
    from ztcheck.team import AnswerWord

_ASKED = ("contradicted", "unanswered")


def run(args: argparse.Namespace) -> int:
    """Run the command; see its help."""
    on, _ = terminal.day(args)
    loaded, team, root = terminal.load_team(args.path, on)
    path = terminal.team_path(args.path)
    scripted = [_parsed(text, loaded) for text in args.answer]
    if problems := [item for item in scripted if isinstance(item, Problem)]:
        raise InputError(problems)
    if not scripted and not prompt.possible():
        raise InputError(Problem("there is no terminal to ask in", help="give answers: --answer ID=yes --by NAME"))
    _check_filters(args, loaded)
    by = args.by or git(root, "config", "user.name")
    if scripted and not by:
        raise InputError(Problem("nobody is named who answers", help="add --by NAME"))
    evidence = terminal.gather(args, loaded, team, root, on)
    results = {result.practice.id: result for result in assess(loaded, team, evidence, on).results}
    if scripted:
        for item in scripted:
            if isinstance(item, tuple):
                _save(path, results[item[0]], item[1], item[2], args.link, str(by), loaded, on)
        say(f"saved {words.count(len(scripted), 'answer')} in {path}", args)
        return 0
    chosen = _chosen(args, list(results.values()))
    if not chosen:
        say("nothing is open here. next: ztcheck report", args)
        return 0
    return _walk(args, path, chosen, by, loaded, on)


def _parsed(text: str, loaded: Catalogue) -> tuple[str, AnswerWord, str | None] | Problem:
    """Turn ``ID=WORD: NOTE`` into its parts, or say what is wrong."""
    head, _, note = text.partition(":")
    written, equals, word = (part.strip() for part in head.partition("="))
    name = loaded.renamed.get(written, written)
    note = note.strip()
    if not equals:
        return Problem(f"--answer '{text}': expected PRACTICE=WORD", help="for example replace-client-secrets=no")
    if name not in loaded.by_id:
        return Problem(f"--answer: unknown practice '{written}'", help=hint(written, loaded.by_id))
    answer = next((known for known in ANSWER_WORDS if known == word), None)
    if answer is None:
        return Problem(f"--answer {written}: '{word}' is not an answer", help=hint(word, ANSWER_WORDS))
    if answer == "not-applicable" and not loaded.by_id[name].waivable:
        return Problem(f"--answer {written}: not-applicable is not accepted, this practice may not be waived")
    if answer == "not-applicable" and not note:
        return Problem(
            f"--answer {written}: not-applicable needs a reason", help=f"write '{written}=not-applicable: REASON'"
        )
    return name, answer, note or None  # type: ignore[return-value]  # one of ANSWER_WORDS


def _check_filters(args: argparse.Namespace, loaded: Catalogue) -> None:
    topics = [topic.id for topic in loaded.topics]
    problems = []
    if args.topic and args.topic not in topics:
        problems.append(Problem(f"there is no topic '{args.topic}'", help=hint(args.topic, topics)))
    for name in args.practice:
        if name not in loaded.by_id:
            near = nearest(name, loaded.by_id)
            problems.append(
                Problem(f"there is no practice '{name}'", help=f"did you mean '{near}'?" if near else "ztcheck list")
            )
    if problems:
        raise InputError(problems)


def _chosen(args: argparse.Namespace, results: Sequence[Result]) -> list[Result]:
    """Return what is asked, most severe first, contradictions before the rest."""
    chosen = [
        result
        for result in results
        if (not args.topic or result.practice.topic == args.topic)
        and (
            result.practice.id in args.practice
            if args.practice
            else result.rule != 1 and (args.all or result.verdict in _ASKED or result.review_asked)
        )
    ]
    return sorted(chosen, key=lambda item: (item.verdict != "contradicted", SEVERITIES.index(item.practice.severity)))


def _walk(
    args: argparse.Namespace, path: Path, chosen: Sequence[Result], by: str | None, loaded: Catalogue, on: dt.date
) -> int:
    saved = 0
    try:
        by = args.by or prompt.text("Who answers?", _line, by or "")
        for number, result in enumerate(chosen, 1):
            _show(result, f"{number} of {len(chosen)}", loaded)
            word = _word(result)
            if word == "quit":
                break
            if word == "skip":
                continue
            note = _note(word, result)
            _save(path, result, word, note, None, str(by), loaded, on)
            saved += 1
            say(f"  saved in {path}", args)
    except (KeyboardInterrupt, EOFError):
        say("", args)
    left = len(chosen) - saved
    say(f"\n{words.count(saved, 'answer')} saved, {left} left", args)
    say(f"next: ztcheck {'ask, or ' if left else ''}ztcheck report", args)
    return 0


def _show(result: Result, count: str, loaded: Catalogue) -> None:
    practice = result.practice
    topic = next(topic.title for topic in loaded.topics if topic.id == practice.topic)
    width = min(shutil.get_terminal_size().columns, 100)
    lines = ["", f"[{count}] {practice.severity}, {topic}", practice.title, practice.id, "", practice.question, ""]
    lines += [f"Why: {why}" for why in words.why_it_matters(result)[:2]]
    if result.answer or result.verdict != "unanswered":
        lines.append(f"Now: {result.verdict}: {result.reason}")
    if result.answer:
        said = f"Answered: {result.answer.answer} by {result.answer.by} on {result.answer.on}"
        lines.append(said + (f": {result.answer.note}" if result.answer.note else ""))
    for finding in result.findings[:10]:
        lines.append(f"Found: {finding.effect} ({finding.sure}) {finding.place}: {finding.message}")
    if len(result.findings) > 10:
        lines.append(f"Found: {len(result.findings) - 10} more; see ztcheck report")
    for line in lines:
        print(terminal.safe(textwrap.fill(line, width, break_long_words=False, break_on_hyphens=False)))
    print(f"Read: {practice.url}", flush=True)


def _word(result: Result) -> str:
    choices = {"yes": "yes", "partly": "partly", "no": "no"}
    if result.practice.waivable:
        choices["not-applicable"] = "not applicable"
    choices |= {"skip": "skip, ask me later", "quit": "quit"}
    keys = {"yes": "y", "partly": "p", "no": "n", "not-applicable": "a", "skip": "s", "quit": "q"}
    # Enter alone must never attest anything.
    return prompt.one("Your answer?", choices, default="skip", keys=keys)


def _note(word: str, result: Result) -> str | None:
    questions = {
        "yes": "What does it rest on?",
        "partly": "What is missing?",
        "no": "Why not yet?",
        "not-applicable": "Why does it not apply?",
    }
    before = result.answer.note if result.answer and result.answer.answer == word and result.answer.note else ""
    return prompt.text(questions[word], _printable, before, optional=word != "not-applicable") or None


def _line(value: str) -> str | None:
    return None if len(value) <= 200 else "at most 200 characters"


def _printable(value: str) -> str | None:
    if not value.isprintable():
        return "it holds an invisible character"
    return None if len(value) <= 4000 else "at most 4000 characters"


def _save(
    path: Path, result: Result, word: str, note: str | None, link: str | None, by: str, loaded: Catalogue, on: dt.date
) -> None:
    seen = digest_of(result.findings) if result.findings else None
    kept = result.answer.link if result.answer and link is None else link
    answer = Answer(result.practice.id, word, by, on, note, kept, seen)  # type: ignore[arg-type]  # a word of ANSWER_WORDS
    set_answer(path, answer, loaded, on)
