# /// script
# requires-python = ">=3.11"
# dependencies = ["ruamel.yaml>=0.19"]
# ///
"""Finds expressions in the scripts of GitHub workflows whose value an outsider writes."""

import argparse
import re
import sys
from collections.abc import Iterator
from pathlib import Path

from ruamel.yaml import YAML

# The contexts that GitHub's page on script injections names, and every object that holds one of them.
UNTRUSTED = re.compile(
    r"\bgithub\.head_ref\b|toJSON\(github(\.event(\.\w+)?)?\)"
    r"|\bgithub\.event\."
    r"(issue|pull_request|comment|review|review_comment|discussion|pages|commits|head_commit|workflow_run)\b"
    r"[\w.*\[\]]*\.(body|default_branch|display_title|email|head_branch|label|message|name|page_name|ref|title)\b",
    re.IGNORECASE,
)


def scripts(folder: Path) -> Iterator[tuple[str, str]]:
    """Where it stands and text of each script in workflows and in the repository's own actions."""
    files = [*folder.glob(".github/workflows/*.y*ml"), *folder.glob(".github/actions/*/action.y*ml")]
    files += folder.glob("action.y*ml")
    if not files:
        raise ValueError(f"{folder} holds no workflow and no action")
    for file in sorted(files):
        content = YAML(typ="safe", pure=True).load(file.read_text(encoding="utf-8"))
        jobs = content["jobs"] if "jobs" in content else {"runs": content["runs"]}
        for name, job in jobs.items():
            for number, step in enumerate(job.get("steps", []), 1):
                where = f"{file.relative_to(folder)}: {name!r}, step {number}"
                if "run" in step:
                    yield where, step["run"]
                elif step["uses"].lower().startswith("actions/github-script@"):
                    yield where, step["with"]["script"]


def injections(folder: Path) -> Iterator[tuple[bool, str]]:
    """Each expression that becomes part of a script; a title such as ``$(curl ...)`` then runs as a command."""
    count = 0
    for where, script in scripts(folder):
        count += 1
        for expression in re.findall(r"\$\{\{(.*?)\}\}", script, re.DOTALL):
            if UNTRUSTED.search(re.sub(r"\[\s*['\"]([\w-]+)['\"]\s*\]", r".\1", re.sub(r"\s", "", expression))):
                yield False, f"{where}: {expression.strip()!r}"
    yield True, f"{count} scripts were read"


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path, help="the root of the repository")
    arguments = parser.parse_args()
    try:
        found = list(injections(arguments.folder))
    except Exception as error:  # uncaught, it would end with 1, which says that the practice does not hold
        print(f"could not be checked: {error!r:.300}", file=sys.stderr)
        sys.exit(2)
    for good, text in found:
        print("ok " if good else "BAD", text)
    sys.exit(0 if all(good for good, _ in found) else 1)
