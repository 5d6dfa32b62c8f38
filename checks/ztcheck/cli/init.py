"""`ztcheck init`: guess, ask, write the team's file."""

from __future__ import annotations

import contextlib
import datetime as dt
import getpass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ztcheck import catalogue, team
from ztcheck.cli import prompt
from ztcheck.cli.guess import Guess, complete, git, guess
from ztcheck.cli.terminal import Progress, say
from ztcheck.errors import InputError, MissingExtraError, Problem
from ztcheck.files import write_atomic
from ztcheck.team.kinds import hint

if TYPE_CHECKING:
    import argparse

    from ztcheck.catalogue import Catalogue, ProfileField


def run(args: argparse.Namespace) -> int:
    """Run the command; see its help."""
    root = Path(args.path)
    target = root / team.NAME
    if not root.is_dir():
        raise InputError(Problem("is not a folder", str(root), help="name the folder of the product"))
    if target.exists() or target.is_symlink():
        raise InputError(
            Problem("exists already and is not overwritten", str(target), help="go on with: ztcheck ask, or edit it")
        )
    loaded = catalogue.default()
    given = _given(args, loaded)
    asking = not args.yes and prompt.possible()
    found = guess(root)
    _look(args, root, loaded, found)
    owner = git(root, "config", "user.name") or _login()
    if asking:
        name, owner, profile = _ask(args, loaded, found, owner, given)
    else:
        name, owner, profile = args.name or found.name, args.owner or owner, _scripted(args, loaded, found, given)
    content = render(loaded, name, owner, profile, found, root)
    on = dt.datetime.now(dt.UTC).date()
    written = team.parse(content.encode(), str(target), loaded, on)
    write_atomic(target, content.encode())
    full = loaded.complete(written.profile)
    count = sum(loaded.ruled_out_by(practice, full) is None for practice in loaded.practices)
    where = "" if args.path == "." else f" {args.path}"
    if args.yes:
        for field in loaded.profile:
            if field.id not in given:
                for reason in found.reasons.get(field.id, []):
                    if reason.split(": ", 1)[0] in profile[field.id]:
                        say(f"{field.id}: {reason}", args)
    say(f"\nwrote {target}", args)
    say(f"{count} of {len(loaded.practices)} practices apply to {name}.", args)
    say(f"next: ztcheck report{where}    see where it stands", args)
    say(f"      ztcheck ask{where}       answer what is open, the most severe first", args)
    return 0


def _look(args: argparse.Namespace, root: Path, loaded: Catalogue, found: Guess) -> None:
    """Add what the source collector sees in use; where it is not installed, the questions are asked without it."""
    from ztcheck.collectors.source.scan import scan

    with Progress(args) as progress, contextlib.suppress(MissingExtraError):
        for item in scan(root, checks=(), progress=progress.show).evidence.profile:
            if item.field in loaded.fields and item.value in loaded.fields[item.field].values:
                found.add(item.field, item.value, f"{item.message} ({item.place})")
                found.seen.setdefault(item.field, []).append(item.value)
    complete(found)


def _login() -> str:
    try:
        return getpass.getuser()
    except (OSError, KeyError, ImportError):
        return "the team"


def _given(args: argparse.Namespace, loaded: Catalogue) -> dict[str, list[str]]:
    """Return the profile answers given as options; raises InputError with every mistake."""
    problems = []
    given = {}
    for field in loaded.profile:
        raw = getattr(args, field.id)
        if raw is None:
            continue
        words = [word.strip() for word in raw.split(",") if word.strip()]
        option = f"--{field.id.replace('_', '-')}"
        problems += [
            Problem(f"{option}: '{word}' is not a value of '{field.id}'", help=hint(word, field.values))
            for word in words
            if word not in field.values
        ]
        if not words or (not field.multiple and len(words) > 1):
            wanted = "at least one word" if field.multiple else "one word"
            problems.append(Problem(f"{option}: expected {wanted}", help=f"one of: {', '.join(field.values)}"))
        if "none" in words and len(words) > 1:
            problems.append(Problem(f"{option}: 'none' stands beside other values", help="remove 'none' or the others"))
        given[field.id] = list(dict.fromkeys(words))
    if problems:
        raise InputError(problems)
    return given


def _scripted(
    args: argparse.Namespace, loaded: Catalogue, found: Guess, given: dict[str, list[str]]
) -> dict[str, list[str]]:
    profile = found.values | given
    missing = [field for field in loaded.profile if not profile.get(field.id) or not (args.yes or field.id in given)]
    if missing:
        raise InputError(
            Problem(
                f"--{field.id.replace('_', '-')} is missing, and there is no terminal to ask in",
                help=f"one or more of: {', '.join(field.values)}" + ("" if args.yes else "; or --yes for the guesses"),
            )
            for field in missing
        )
    return profile


def _ask(
    args: argparse.Namespace, loaded: Catalogue, found: Guess, owner: str, given: dict[str, list[str]]
) -> tuple[str, str, dict[str, list[str]]]:
    say("A few questions about the product. Ctrl-C stops; nothing is written before the end.\n", args)
    name = args.name or prompt.text("What is the product called?", _line, found.name)
    owner = args.owner or prompt.text("Who answers for it (a person or a team)?", _line, owner)
    profile = {}
    for field in loaded.profile:
        if field.id in given:
            profile[field.id] = given[field.id]
            continue
        if field.id == "acts_as" and profile.get("calls_apis") == ["none"]:
            profile[field.id] = ["none"]
            continue
        for reason in found.reasons.get(field.id, []):
            say(f"  found {reason}", args)
        profile[field.id] = _choose(field, found.values.get(field.id, []))
    return name, owner, profile


def _line(value: str) -> str | None:
    if not value.strip():
        return "write something"
    return None if value.isprintable() and len(value) <= 200 else "one line of at most 200 characters"


def _choose(field: ProfileField, chosen: list[str]) -> list[str]:
    width = max(map(len, field.values))
    shown = {
        value: f"{value:<{width}}  {field.meanings[value]}" if value in field.meanings else value
        for value in field.values
    }
    if field.multiple:
        return prompt.several(field.question, shown, chosen, "none" if "none" in field.values else None)
    return [prompt.one(field.question, shown, chosen[0] if chosen else None)]


def render(loaded: Catalogue, name: str, owner: str, profile: dict[str, list[str]], found: Guess, root: Path) -> str:
    """Return the text of a new team's file."""
    from ztcheck.team.edit import flow
    from ztcheck.team.layout import PAGE, SCHEMA_URL

    lines = [
        f"# yaml-language-server: $schema={SCHEMA_URL}",
        f"# What this team says of its product, for ztcheck. What may stand here: {PAGE}",
        "version: 1",
        "",
        "app:",
        f"  name: {flow(name)}",
        f"  owner: {flow(owner)}",
        "",
        "# What kind of product this is; it decides which practices apply.",
        "profile:",
    ]
    for field in loaded.profile:
        value: Any = profile[field.id] if field.multiple else profile[field.id][0]
        lines += [f"  # {field.question} {', '.join(field.values)}", f"  {field.id}: {flow(value)}"]
    lines += [
        "",
        "# Source code and workflow files in this folder are found without being named. What is named must be usable.",
    ]
    if found.manifests:
        lines += ["evidence:", "  manifest:"]
        for path, component in found.manifests.items():
            entry = {"component": component, "path": path}
            day = git(root, "log", "-1", "--format=%cs", "--", path)
            lines.append(f"    - {flow(entry | ({'collected_on': day} if day else {}))}")
            if not day:
                lines.append("      # Add collected_on, the day of the export: of unknown age it counts as stale.")
    else:
        lines += [
            "# evidence:",
            "#   manifest:",
            "#     - {component: api, path: registrations/api.json, collected_on: 2026-01-31}",
        ]
    lines += [
        "",
        "# What the team says, by practice: yes, partly, no, not-applicable. `ztcheck ask` fills this in.",
        "answers: {}",
        "",
        "# Risks that a named person accepts until a date.",
        "waivers: []",
    ]
    return "\n".join(lines) + "\n"
