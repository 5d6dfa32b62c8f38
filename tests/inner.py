"""Runs pytest as a process of its own in another project: a team's, an example's."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path
from tempfile import TemporaryDirectory

ALONE = {"PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1"}
"""Leaves out what this project's own tests need beside pytest, which takes longer to load than such a run."""


def run_pytest(project: Path, *arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
    """Run the tests of *project* with these *arguments*, and with *environment* beside this process's own."""
    with TemporaryDirectory() as folder:
        options = ["-q", "-p", "no:cacheprovider", f"--basetemp={Path(folder) / 'inner'}"]
        return subprocess.run(
            [sys.executable, "-m", "pytest", *options, *arguments],
            cwd=project,
            env={**os.environ, **ALONE, **environment},
            capture_output=True,
            text=True,
            timeout=110,
            check=False,
        )
