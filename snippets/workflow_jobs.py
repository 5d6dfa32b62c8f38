# /// script
# requires-python = ">=3.11"
# dependencies = ["ruamel.yaml>=0.19"]
# ///
"""Finds the jobs of GitHub workflows that run a named tool, what triggers them and what lets them pass."""

import argparse
import re
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from ruamel.yaml import YAML

FORGIVEN = re.compile(r"\|\|\s*(true|:|exit 0)|;\s*(true|exit 0)\b")


def workflows(folder: Path) -> Iterator[tuple[str, dict[str, Any]]]:
    """Name and content of each GitHub workflow."""
    files = sorted(folder.glob(".github/workflows/*.y*ml"))
    if not files:
        raise ValueError(f"{folder} holds no workflow")
    for file in files:
        yield file.name, YAML(typ="safe", pure=True).load(file.read_text(encoding="utf-8"))


def runs(folder: Path, tool: re.Pattern[str], trigger: str) -> Iterator[tuple[bool, str]]:
    """Each step that runs the tool, and whether it does so whenever *trigger* happens and its failure counts."""
    for file, workflow in workflows(folder):
        events = workflow["on"]
        events = (
            dict.fromkeys([events] if isinstance(events, str) else events) if not isinstance(events, dict) else events
        )
        for name, job in workflow["jobs"].items():
            for step in job.get("steps", []):
                lines = [line for line in step.get("run", "").splitlines() if not line.lstrip().startswith("#")]
                if not tool.search(step.get("uses", "")) and not any(map(tool.search, lines)):
                    continue
                doubts = [key for key in ("if", "continue-on-error") for part in (job, step) if part.get(key)]
                doubts += [
                    key for key in ("paths", "paths-ignore", "branches-ignore") if key in (events.get(trigger) or {})
                ]
                if any(tool.search(line) and FORGIVEN.search(line) for line in lines):
                    doubts.append("the script goes on after a failure")
                yield trigger in events and not doubts, f"{file}: {name!r} on {list(events)}, but {doubts or 'nothing'}"


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path, help="the root of the repository")
    parser.add_argument("tool", type=re.compile, help="a regular expression, such as checkov or 'npm audit'")
    parser.add_argument("--trigger", default="pull_request", help="default: pull_request")
    arguments = parser.parse_args()
    try:
        found = list(runs(arguments.folder, arguments.tool, arguments.trigger))
    except Exception as error:  # uncaught, it would end with 1, which says that the practice does not hold
        print(f"could not be checked: {error!r:.300}", file=sys.stderr)
        sys.exit(2)
    for good, text in found:
        print("ok " if good else "BAD", text)
    sys.exit(0 if any(good for good, _ in found) else 1)
