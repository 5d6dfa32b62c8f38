# /// script
# requires-python = ">=3.11"
# dependencies = []
# ///
"""Compares the installed and the recommended editor extensions with a list of those that are allowed."""

import argparse
import json
import re
import sys
from collections.abc import Iterator
from pathlib import Path

IDENTIFIER = re.compile(r"[a-z0-9][a-z0-9-]*\.[a-z0-9][a-z0-9-]*(?:@[\w.-]+)?")


def listed(text: str) -> set[str]:
    """The identifiers in a text with one on each line, such as code --list-extensions prints."""
    names = {line.strip().lower() for line in text.splitlines() if line.strip() and not line.startswith("#")}
    wrong = {name for name in names if not IDENTIFIER.fullmatch(name)}
    if wrong or not names:
        raise ValueError(f"no list of extensions: {sorted(wrong)}")
    return {name.partition("@")[0] for name in names}


def recommended(file: Path) -> set[str]:
    """The recommendations of .vscode/extensions.json, which may hold comments and a comma after the last one."""
    text = re.sub(r"^\s*//.*$", "", file.read_text(encoding="utf-8"), flags=re.MULTILINE)
    return set(map(str.lower, json.loads(re.sub(r",(\s*[\]}])", r"\1", text))["recommendations"]))


def judged(allowed: set[str], found: dict[str, set[str]]) -> Iterator[tuple[bool, str]]:
    """Each extension by where it was found."""
    for where, names in found.items():
        for name in sorted(names):
            yield name in allowed, f"{where}: {name!r}"


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("allowed", type=Path, help="a file with one identifier on each line")
    parser.add_argument("installed", type=Path, help="a file with the output of: code --list-extensions")
    parser.add_argument("--recommended", type=Path, metavar="FILE", help=".vscode/extensions.json")
    arguments = parser.parse_args()
    try:
        sources = {"installed": listed(arguments.installed.read_text(encoding="utf-8"))}
        if arguments.recommended:
            sources["recommended"] = recommended(arguments.recommended)
        found = list(judged(listed(arguments.allowed.read_text(encoding="utf-8")), sources))
    except Exception as error:  # uncaught, it would end with 1, which says that the practice does not hold
        print(f"could not be checked: {error!r:.300}", file=sys.stderr)
        sys.exit(2)
    for good, text in found:
        print("ok " if good else "BAD", text)
    sys.exit(0 if all(good for good, _ in found) else 1)
