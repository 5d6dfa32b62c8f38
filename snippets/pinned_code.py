# /// script
# requires-python = ">=3.11"
# dependencies = ["ruamel.yaml>=0.19"]
# ///
"""Lists the actions of GitHub workflows without a commit hash and the locked packages without a hash."""

import argparse
import json
import re
import sys
from collections.abc import Iterator
from pathlib import Path

from ruamel.yaml import YAML

PINNED = re.compile(r"@[0-9a-f]{40}$|^docker://[^@]+@sha256:[0-9a-f]{64}$")


def pins(folder: Path, own: str) -> Iterator[tuple[bool, str]]:
    """Each piece of code from outside, and whether it can change under its name."""
    files = [*folder.glob(".github/workflows/*.y*ml"), *folder.glob(".github/actions/*/action.y*ml")]
    locks = sorted([*folder.glob("requirements*.txt"), *folder.glob("package-lock.json")])
    if not files and not locks:
        raise ValueError(f"{folder} holds no workflow, no action and no lock")
    for file in sorted(files):
        content = YAML(typ="safe", pure=True).load(file.read_text(encoding="utf-8"))
        jobs = content["jobs"].values() if "jobs" in content else [content["runs"]]
        for job in jobs:
            for used in [job.get("uses"), *(step.get("uses") for step in job.get("steps", []))]:
                if used and not used.startswith("./") and used.split("/")[0].lower() != own.lower():
                    yield bool(PINNED.search(used)), f"{file.name}: {used!r}"
    for file in (lock for lock in locks if lock.suffix == ".txt"):
        for line in file.read_text(encoding="utf-8").replace("\\\n", " ").splitlines():
            if line.strip() and not line.strip().startswith(("#", "-r", "-c", "--")):
                yield "--hash=sha256:" in line, f"{file.name}: {line.split()[0]!r}"
    for file in (lock for lock in locks if lock.suffix == ".json"):
        for name, package in json.loads(file.read_text(encoding="utf-8"))["packages"].items():
            if name.startswith("node_modules/") and not package.get("link"):
                yield "integrity" in package or bool(package.get("inBundle")), f"{file.name}: {name!r}"


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path, help="the root of the repository")
    parser.add_argument("--own", default="", help="the owner whose actions are your own, such as contoso")
    arguments = parser.parse_args()
    try:
        found = list(pins(arguments.folder, arguments.own))
    except Exception as error:  # uncaught, it would end with 1, which says that the practice does not hold
        print(f"could not be checked: {error!r:.300}", file=sys.stderr)
        sys.exit(2)
    for good, text in found:
        print("ok " if good else "BAD", text)
    sys.exit(0 if all(good for good, _ in found) else 1)
