"""What the command line itself says: its help, its schemas, the report of the example; run as a reader would."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any

from ztcheck.errors import ToolError

if TYPE_CHECKING:
    from collections.abc import Mapping

EXAMPLE = "examples/contoso-orders"
EXAMPLE_DATE = "2026-11-23"
EXAMPLE_BASELINE = f"{EXAMPLE}/reports/2026-10-12.json"
SCHEMAS = ("team", "report", "findings")


def run(*words: str, cwd: Path | None = None, accepted: tuple[int, ...] = (0,)) -> str:
    """Return what `ztcheck` *words* prints, or complains of. Raises ToolError for a code that is not *accepted*."""
    done = subprocess.run(  # noqa: S603 - our own command
        [sys.executable, "-m", "ztcheck", *words],
        cwd=cwd,
        capture_output=True,
        encoding="utf-8",
        env={**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, sys.path)), "PYTHONIOENCODING": "utf-8"},
    )
    if done.returncode not in accepted:
        raise ToolError(f"'ztcheck {' '.join(words)}' ended with {done.returncode}: {done.stderr.strip()}")
    return done.stdout or done.stderr


@cache
def helps() -> Mapping[str, str]:
    """Return the help of each command, the whole command line's first under the empty name.

    A command of an extra that is not installed says what to install (exit code 2), which is then its help.
    """
    root = run("--help")
    names = re.findall(r"^    ([a-z][\w-]*)\s", root.partition("commands:")[2], re.MULTILINE)
    return {"": root, **{name: run(name, "--help", accepted=(0, 2)) for name in names}}


@cache
def schema(which: str) -> dict[str, Any]:
    """Return a published JSON Schema: of the team's file, the JSON report, or a findings file."""
    content: dict[str, Any] = json.loads(run("schema", which))
    return content


@cache
def example_reports(root: Path) -> Mapping[str, str]:
    """Return the report of the example product by file name, in every format, for a fixed date.

    The gate may fail there: an example without failures would teach little.
    """
    with TemporaryDirectory() as folder:
        words = ("report", EXAMPLE, "--format", "all", "--output", f"{folder}/", "--date", EXAMPLE_DATE, "-q")
        run(*words, "--baseline", EXAMPLE_BASELINE, cwd=root, accepted=(0, 1))
        return {path.name: path.read_text(encoding="utf-8") for path in sorted(Path(folder).iterdir())}
