# /// script
# requires-python = ">=3.11"
# dependencies = []
# ///
"""Compares the settings of two environments and prints every identity, vault, store and secret that both use."""

import argparse
import hashlib
import json
import re
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

GUID = re.compile(r"\b[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}\b")
HOST = re.compile(r"(?<![\w.-])(?:[a-z0-9-]+\.)+[a-z]{2,}(?![\w.-])")
SECRET = re.compile(r"secret|password|token|accountkey|accesskey|connectionstring", re.IGNORECASE)


def settings(content: Any, path: str = "") -> Iterator[tuple[str, str]]:
    """The path and text of each value in a JSON document."""
    if isinstance(content, dict):
        for name, value in content.items():
            yield from settings(value, f"{path}:{name}" if path else name)
    elif isinstance(content, list):
        for number, value in enumerate(content):
            yield from settings(value, f"{path}:{number}")
    elif content is not None:
        yield path, str(content)


def used(file: Path) -> dict[str, str]:
    """What an environment is made of, and where it says so; secrets by their hash only."""
    found: dict[str, str] = {}
    for path, value in settings(json.loads(file.read_text(encoding="utf-8"))):
        names = {*GUID.findall(value.lower()), *HOST.findall(value.lower())}
        if SECRET.search(path) and len(value) >= 8 and not names:
            names.add(f"a secret, SHA-256 {hashlib.sha256(value.encode()).hexdigest()[:12]}")
        found |= {name: path for name in names if name not in found}
    if not found:
        raise ValueError(f"{file} names no identity, host or secret")
    return found


def overlap(test: Path, production: Path, shared: set[str]) -> Iterator[tuple[bool, str]]:
    """Each thing that both environments use and that may not be shared."""
    ours, theirs = used(test), used(production)
    for name in sorted(ours.keys() & theirs.keys()):
        yield name in shared, f"{name!r}: {ours[name]!r} and {theirs[name]!r}"


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("test", type=Path, help="a JSON file such as appsettings.Test.json")
    parser.add_argument("production", type=Path)
    parser.add_argument(
        "--shared", nargs="*", type=str.lower, default=["login.microsoftonline.com"], help="may be in both"
    )
    arguments = parser.parse_args()
    try:
        found = list(overlap(arguments.test, arguments.production, set(arguments.shared)))
    except Exception as error:  # uncaught, it would end with 1, which says that the practice does not hold
        print(f"could not be checked: {error!r:.300}", file=sys.stderr)
        sys.exit(2)
    for good, text in found:
        print("ok " if good else "BAD", text)
    sys.exit(0 if all(good for good, _ in found) else 1)
