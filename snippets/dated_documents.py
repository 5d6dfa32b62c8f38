# /// script
# requires-python = ">=3.11"
# dependencies = []
# ///
"""Reports each document that is missing, was never committed, or whose last commit is older than allowed."""

import argparse
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path


def dates(documents: list[Path], days: int, now: float) -> Iterator[tuple[bool, str]]:
    """The age of each document in whole days, by the last commit that changed it."""
    for document in documents:
        if not document.is_file() or not document.read_text(encoding="utf-8").strip():
            yield False, f"{str(document)!r} is missing or empty"
            continue
        if git(document.parent, "rev-parse", "--is-shallow-repository") != "false":
            raise ValueError("the clone is shallow: it does not hold the last change of each file")
        changed = git(document.parent, "log", "-1", "--format=%ct", "--", document.name)
        if not changed:
            yield False, f"{str(document)!r} was never committed"
            continue
        age = int((now - int(changed)) // 86400)
        yield 0 <= age <= days, f"{str(document)!r} was last changed {age} days ago"


def git(folder: Path, *arguments: str) -> str:
    """What Git prints."""
    done = subprocess.run(["git", "-C", str(folder), *arguments], capture_output=True, text=True, check=True)
    return done.stdout.strip()


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("documents", nargs="+", type=Path, help="such as docs/threat-model.md")
    parser.add_argument("--days", type=int, default=365, help="default: 365")
    arguments = parser.parse_args()
    try:
        found = list(dates(arguments.documents, arguments.days, time.time()))
    except Exception as error:  # uncaught, it would end with 1, which says that the practice does not hold
        print(f"could not be checked: {error!r:.300}", file=sys.stderr)
        sys.exit(2)
    for good, text in found:
        print("ok " if good else "BAD", text)
    sys.exit(0 if all(good for good, _ in found) else 1)
