"""What commands share: where output goes, the day, the team's file, progress."""

from __future__ import annotations

import datetime as dt
import os
import re
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ztcheck import catalogue
from ztcheck.errors import InputError, Problem
from ztcheck.evidence import Evidence
from ztcheck.files import write_atomic

if TYPE_CHECKING:
    import argparse

    from ztcheck.catalogue import Catalogue
    from ztcheck.team import Team

_CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u200e\u200f\u202a-\u202e\u2066-\u2069]")


def say(text: str, args: argparse.Namespace | None = None) -> None:
    """Print *text* to standard error, unless *args* asks for quiet."""
    if not getattr(args, "quiet", False):
        print(safe(text), file=sys.stderr)


def safe(text: str) -> str:
    """Return *text* without characters that could drive a terminal."""
    return _CONTROL.sub("\N{REPLACEMENT CHARACTER}", text)


def write(text: str, output: str | None) -> None:
    """Write *text* to the file *output*, whole or not at all, or to standard output."""
    if output in (None, "-"):
        sys.stdout.write(text)
        sys.stdout.flush()
    else:
        write_atomic(Path(str(output)), text.encode("utf-8"))


def colored(stream: Any) -> bool:
    """Return whether *stream* takes colour: a terminal, and neither NO_COLOR nor TERM=dumb is set."""
    return bool(stream.isatty() and not os.environ.get("NO_COLOR") and os.environ.get("TERM") != "dumb")


def interactive() -> bool:
    """Return whether a person can be asked."""
    return sys.stdin.isatty() and sys.stderr.isatty()


def day(args: argparse.Namespace) -> tuple[dt.date, dt.datetime | None]:
    """Return the day of the assessment, and the UTC time of the run where neither date nor epoch was set."""
    if args.date:
        try:
            if re.fullmatch(r"[0-9]{4}-[0-9]{2}-[0-9]{2}", args.date):
                return dt.date.fromisoformat(args.date), None
        except ValueError:
            pass
        raise InputError(Problem(f"--date: '{args.date}' is not a day", help="write it as year-month-day: 2026-11-23"))
    if epoch := os.environ.get("SOURCE_DATE_EPOCH"):
        try:
            at = dt.datetime.fromtimestamp(int(epoch), dt.UTC)
        except (ValueError, OverflowError, OSError):
            raise InputError(
                Problem(f"SOURCE_DATE_EPOCH: '{epoch}' is not a number of seconds", help="unset it, or correct it")
            ) from None
        return at.date(), at
    now = dt.datetime.now(dt.UTC).replace(microsecond=0)
    return now.date(), now


def team_path(given: str) -> Path:
    """Return the path of the team's file that *given*, a folder or a file, means."""
    from ztcheck.team import NAME

    path = Path(given)
    if not path.is_dir():
        return path
    path /= NAME
    if not path.exists():
        above = next((folder / NAME for folder in path.absolute().parents[1:] if (folder / NAME).is_file()), None)
        advice = f"there is one above: ztcheck ... {above.parent}" if above else "write one with: ztcheck init"
        raise InputError(Problem("there is no team's file here", str(path), help=advice))
    return path


def load_team(given: str, on: dt.date) -> tuple[Catalogue, Team, Path]:
    """Return the catalogue, the team's file that *given* means, and the product's folder."""
    from ztcheck import team

    path = team_path(given)
    loaded = catalogue.default()
    return loaded, team.read(path, loaded, on), path.parent


def gather(args: argparse.Namespace, loaded: Catalogue, team: Team, root: Path, on: dt.date) -> Evidence:
    """Return the evidence: from the findings files that are named, else from what the team declares."""
    if args.findings:
        from ztcheck import evidence

        found = Evidence()
        for name in args.findings:
            found += evidence.read(Path(name))
        return found
    from ztcheck.collectors import collect

    with Progress(args) as progress:
        resolve = _resolves if args.dns else None
        return collect(team, root, loaded, on, progress=progress.show, resolve=resolve, history=args.history)


def _resolves(host: str) -> bool | None:
    """Return whether DNS knows *host*; None when it did not answer."""
    import socket

    try:
        return bool(socket.getaddrinfo(host, None))
    except socket.gaierror as error:
        return False if error.errno in (socket.EAI_NONAME, getattr(socket, "EAI_NODATA", None)) else None
    except (OSError, UnicodeError):
        return None


class Progress:
    """One line on a terminal that says what is being read; nothing elsewhere."""

    def __init__(self, args: argparse.Namespace) -> None:
        self.on = sys.stderr.isatty() and not getattr(args, "quiet", False) and os.environ.get("TERM") != "dumb"
        self.shown = 0.0

    def __enter__(self) -> Progress:
        return self

    def __exit__(self, *_: object) -> None:
        if self.on and self.shown:
            sys.stderr.write("\r\x1b[K")
            sys.stderr.flush()

    def show(self, what: str, done: int, total: int) -> None:
        """Show that *what* is read, as number *done* of *total*; at most ten times a second."""
        import time

        now = time.monotonic()
        if self.on and now - self.shown > 0.1:
            self.shown = now
            sys.stderr.write(f"\r\x1b[K{safe(f'{done}/{total} {what}')[:78]}")
            sys.stderr.flush()
