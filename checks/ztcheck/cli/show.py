"""The commands that print what ztcheck knows: explain, snippet, list, schema, completion."""

from __future__ import annotations

import csv
import datetime as dt
import io
import json
import re
import shutil
import sys
import textwrap
from pathlib import Path
from typing import TYPE_CHECKING, Any

import ztcheck
from ztcheck import catalogue
from ztcheck.catalogue import sources
from ztcheck.cli import terminal
from ztcheck.errors import SITE, InputError, Problem, suggestion
from ztcheck.team.kinds import hint

if TYPE_CHECKING:
    import argparse
    from collections.abc import Iterable, Iterator

    from ztcheck.catalogue import Catalogue, Check, Practice

PACKAGE = Path(ztcheck.__file__).parent


def checkout() -> Path | None:
    """Return the root of the repository that ztcheck runs from, None for an installed wheel."""
    root = PACKAGE.parent.parent
    return root if (root / "snippets").is_dir() and (root / "docs").is_dir() else None


def snippet_folder() -> Path:
    """Return the folder that holds the snippets: the repository's, or the copy in the wheel."""
    root = checkout()
    return root / "snippets" if root else PACKAGE / "_snippets"


def explain(args: argparse.Namespace) -> int:
    """Run ``explain``; see its help."""
    loaded = catalogue.default()
    name = loaded.renamed.get(args.practice, args.practice)
    if name in loaded.checks:
        name = loaded.checks[name].practice
    if name not in loaded.by_id:
        known = [*loaded.by_id, *loaded.checks]
        raise InputError(
            Problem(f"there is no practice '{args.practice}'", help=hint(args.practice, known), url=f"{SITE}reference/")
        )
    practice = loaded.by_id[name]
    width = min(shutil.get_terminal_size((100, 24)).columns, 100) if sys.stdout.isatty() else 100
    terminal.write("\n".join(_explained(loaded, practice, width)) + "\n", None)
    return 0


def _explained(loaded: Catalogue, practice: Practice, width: int) -> Iterator[str]:
    topic = next(topic for topic in loaded.topics if topic.id == practice.topic)
    yield practice.title
    yield practice.id
    yield ""
    yield from textwrap.wrap(practice.question, width)
    yield ""
    rows = {
        "severity": f"{practice.severity} (impact {practice.impact} x exploitability {practice.exploitability})",
        "topic": topic.title,
        "layer": practice.layer,
        "principles": ", ".join(practice.principles),
        "effort": practice.effort,
        "applies": f"when {practice.applies_when}" if str(practice.applies_when) else "always",
        "a yes holds": f"{practice.attestation_days} days"
        + (f" ({practice.attestation_reason})" if practice.attestation_reason else ""),
        "a waiver": f"lasts at most {loaded.waiver_days[practice.severity]} days"
        if practice.waivable
        else "is not possible: nobody may accept this risk",
        "added because": practice.added_because or "",
        "read": practice.url,
    }
    for label, text in rows.items():
        if text:
            yield from _row(label, text, width)
    for check in practice.checks:
        yield from _titled("checks", practice.checks[0] is check)
        yield from _bullet(f"{check.id} ({check.collector}, can {' and '.join(check.can)}): {check.looks_at}", width)
    for index, name in enumerate(practice.snippets):
        yield from _titled("snippets", index == 0)
        yield f"  - {name}: ztcheck snippet {name}"
    known = sources.recommendations()
    for index, item in enumerate(practice.recommendations):
        yield from _titled("recommendations", index == 0)
        yield from _bullet(f"{item}: {known[item].statement}", width)
    standards = sources.standards()
    for index, (standard, items) in enumerate(practice.standards.items()):
        yield from _titled("supports, never meets in full", index == 0)
        for item in items:
            requirement = standards[standard].requirements[item]
            named = f"{standards[standard].name} {standards[standard].version} {item}"
            yield from _bullet(f"{named}: {requirement.title}" if requirement.title else named, width)
    yield from _titled("paths", first=True)
    for path in paths_of(practice):
        yield f"  {path}"


def _titled(title: str, first: bool) -> Iterator[str]:
    if first:
        yield ""
        yield title


def _row(label: str, text: str, width: int) -> list[str]:
    return _wrapped(text, width, f"{label:<14}", " " * 14)


def _bullet(text: str, width: int) -> list[str]:
    return _wrapped(text, width, "  - ", "    ")


def _wrapped(text: str, width: int, first: str, later: str) -> list[str]:
    """Wrap *text* without breaking what someone may copy: ids, paths, addresses."""
    return textwrap.wrap(
        text, width, initial_indent=first, subsequent_indent=later, break_long_words=False, break_on_hyphens=False
    )


def paths_of(practice: Practice) -> list[str]:
    """Return every path, relative to the repository, that belongs to *practice*.

    In a checkout also what is found there by name or, for checks, by the id in the text.
    """
    paths = {
        f"checks/ztcheck/catalogue/practices/{practice.topic}.toml",
        *(f"snippets/{name}.py" for name in practice.snippets),
    }
    page = f"docs/{practice.page}.md" if practice.page else f"docs/reference/catalogue/{practice.topic}.md"
    found = set()
    if root := checkout():
        for name in practice.snippets:
            found |= set((root / "tests").rglob(f"*{name}*.py"))
        for check in practice.checks:
            found |= set(_mentions(root, check))
        paths |= {path.relative_to(root).as_posix() for path in found}
    return [*sorted(paths), f"{page}#{practice.id}"]


def _mentions(root: Path, check: Check) -> Iterator[Path]:
    word = re.compile(rf"(?<![\w-]){re.escape(check.id)}(?![\w-])")
    for folder in ("checks/ztcheck/collectors", "tests/collectors"):
        for path in sorted((root / folder).rglob("*")):
            if path.suffix not in (".py", ".toml", ".yml", ".yaml", ".json") or not path.is_file():
                continue
            if check.id in path.parts or word.search(path.read_text(encoding="utf-8", errors="replace")):
                yield path


def snippet(args: argparse.Namespace) -> int:
    """Run ``snippet``; see its help."""
    folder = snippet_folder()
    names = sorted(path.stem for path in folder.glob("*.py") if not path.stem.startswith("_"))
    if args.name is None:
        used: dict[str, list[str]] = {name: [] for name in names}
        for practice in catalogue.default().practices:
            for name in practice.snippets:
                used.setdefault(name, []).append(practice.id)
        width = max(map(len, used), default=0)
        terminal.write(
            "".join(f"{name:<{width}}  {', '.join(ids)}".rstrip() + "\n" for name, ids in used.items()), None
        )
        return 0
    wanted = args.name.removesuffix(".py").replace("-", "_")
    if wanted not in names:
        raise InputError(Problem(f"there is no snippet '{args.name}'", help=hint(wanted, names)))
    terminal.write((folder / f"{wanted}.py").read_text(encoding="utf-8"), args.output)
    return 0


def list_practices(args: argparse.Namespace) -> int:
    """Run ``list``; see its help."""
    loaded = catalogue.default()
    chosen = list(_filtered(args, loaded))
    if args.format == "json":
        text = json.dumps([_record(practice) for practice in chosen], indent=2, ensure_ascii=False) + "\n"
    elif args.format == "csv":
        text = _csv(_record(practice) for practice in chosen)
    else:
        width = max((len(practice.id) for practice in chosen), default=0)
        text = "".join(f"{p.id:<{width}}  {p.severity:<8}  {p.title}\n" for p in chosen)
    terminal.write(text, args.output)
    return 0


def _filtered(args: argparse.Namespace, loaded: Catalogue) -> Iterator[Practice]:
    topics = [topic.id for topic in loaded.topics]
    for name in args.topic or ():
        if name not in topics:
            raise InputError(Problem(f"there is no topic '{name}'", help=suggestion(name, topics)))
    standards = sources.standards() if args.standard else {}
    for name in args.standard or ():
        if name not in standards:
            raise InputError(Problem(f"there is no standard '{name}'", help=hint(name, standards)))
    profile = None
    if args.team:
        on = dt.datetime.now(dt.UTC).date()
        profile = loaded.complete(terminal.load_team(args.team, on)[1].profile)
    for practice in loaded.practices:
        if (
            (not args.topic or practice.topic in args.topic)
            and (not args.severity or practice.severity in args.severity)
            and (not args.layer or practice.layer in args.layer)
            and (not args.standard or any(name in practice.standards for name in args.standard))
            and (profile is None or loaded.ruled_out_by(practice, profile) is None)
        ):
            yield practice


def _record(practice: Practice) -> dict[str, Any]:
    return {
        "id": practice.id,
        "title": practice.title,
        "topic": practice.topic,
        "page": practice.page,
        "url": practice.url,
        "severity": practice.severity,
        "layer": practice.layer,
        "principles": list(practice.principles),
        "effort": practice.effort,
        "question": practice.question,
        "applies_when": str(practice.applies_when),
        "waivable": practice.waivable,
        "attestation_days": practice.attestation_days,
        "snippets": list(practice.snippets),
        "checks": [
            {"id": check.id, "collector": check.collector, "can": list(check.can), "looks_at": check.looks_at}
            for check in practice.checks
        ],
        "recommendations": list(practice.recommendations),
        "standards": {standard: list(items) for standard, items in practice.standards.items()},
    }


def _csv(records: Iterable[dict[str, Any]]) -> str:
    """Return RFC 4180 text; several values of one cell are joined by blanks."""
    buffer = io.StringIO(newline="")
    writer = csv.writer(buffer)
    columns = ["id", "title", "topic", "page", "severity", "question", "snippets", "checks", "recommendations",
               "standards", "url"]  # fmt: skip
    writer.writerow(columns)
    for record in records:
        flat = record | {
            "snippets": " ".join(record["snippets"]),
            "checks": " ".join(check["id"] for check in record["checks"]),
            "recommendations": " ".join(record["recommendations"]),
            "standards": " ".join(f"{name}:{item}" for name, items in record["standards"].items() for item in items),
        }
        writer.writerow([flat[column] for column in columns])
    return buffer.getvalue()


def schema(args: argparse.Namespace) -> int:
    """Run ``schema``; see its help."""
    if args.which == "report":
        from ztcheck.report import json as report_json

        text = report_json.schema()
    else:
        from ztcheck import evidence, team

        found = team.schema(catalogue.default()) if args.which == "team" else evidence.schema()
        text = json.dumps(found, indent=2, ensure_ascii=False)
    terminal.write(text.rstrip("\n") + "\n", args.output)
    return 0


def completion(args: argparse.Namespace) -> int:
    """Run ``completion``; see its help."""
    import shtab

    from ztcheck.cli.parser import build

    terminal.write(shtab.complete(build(), args.shell), None)
    return 0
