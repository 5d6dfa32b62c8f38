# /// script
# requires-python = ">=3.11"
# dependencies = ["ruamel.yaml>=0.19"]
# ///
"""Lists the token permissions and the secrets that reach each job of a GitHub workflow."""

import argparse
import re
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from ruamel.yaml import YAML

SECRET = re.compile(r"\bsecrets\s*\.\s*(\w+)")
EVERY_SECRET = re.compile(r"toJSON\(\s*secrets\s*\)|\bsecrets\s*\[(?!\\?['\"])", re.IGNORECASE)


def workflows(folder: Path) -> Iterator[tuple[str, dict[str, Any]]]:
    """Name and content of each GitHub workflow."""
    files = sorted(folder.glob(".github/workflows/*.y*ml"))
    if not files:
        raise ValueError(f"{folder} holds no workflow")
    for file in files:
        yield file.name, YAML(typ="safe", pure=True).load(file.read_text(encoding="utf-8"))


def grants(folder: Path) -> Iterator[tuple[bool, str]]:
    """What each job gets, and whether that is named, narrow and its own."""
    for file, workflow in workflows(folder):
        shared = sorted(set(SECRET.findall(repr(workflow.get("env")))))
        if shared:
            yield False, f"{file}: every step of every job gets {shared}"
        if (as_mapping(workflow.get("permissions")) or {}).get("id-token") == "write":
            yield False, f"{file}: every job may ask for an id token"
        for name, job in workflow["jobs"].items():
            permissions = as_mapping(job.get("permissions", workflow.get("permissions")))
            label = f"{file}: {name!r} has permissions {permissions}, secrets {sorted(set(SECRET.findall(repr(job))))}"
            if permissions is None:
                yield False, f"{label}: the repository's default"
            elif permissions.get("every scope") == "write":
                yield False, f"{label}: everything"
            elif job.get("secrets") == "inherit" or EVERY_SECRET.search(repr(job)):
                yield False, f"{label}: every secret"
            else:
                yield True, label


def as_mapping(permissions: Any) -> dict[str, str] | None:
    """The permissions by scope; None where nothing is set."""
    if permissions in ("read-all", "write-all"):
        return {"every scope": permissions.removesuffix("-all")}
    if permissions is not None and not isinstance(permissions, dict):
        raise TypeError(f"no permissions: {permissions!r}")
    return permissions


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path, help="the root of the repository")
    arguments = parser.parse_args()
    try:
        found = list(grants(arguments.folder))
    except Exception as error:  # uncaught, it would end with 1, which says that the practice does not hold
        print(f"could not be checked: {error!r:.300}", file=sys.stderr)
        sys.exit(2)
    for good, text in found:
        print("ok " if good else "BAD", text)
    sys.exit(0 if all(good for good, _ in found) else 1)
