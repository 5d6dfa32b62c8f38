"""Runs `ztcheck` as users do: as a process of its own."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable, Mapping
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
Run = Callable[..., "subprocess.CompletedProcess[str]"]


def environment(home: Path, more: Mapping[str, str] | None = None) -> dict[str, str]:
    """Return a clean environment: no colours asked for, no git identity, nothing of this machine's user."""
    kept = {name: os.environ[name] for name in ("PATH", "SYSTEMROOT", "LANG", "TMPDIR") if name in os.environ}
    return {
        **kept,
        "HOME": str(home),
        "XDG_CACHE_HOME": str(home / "cache"),
        "GIT_CONFIG_GLOBAL": os.devnull,
        "GIT_CONFIG_SYSTEM": os.devnull,
        "GIT_CEILING_DIRECTORIES": str(home),
        "PYTHONPATH": str(ROOT / "checks"),
        "PYTHONUTF8": "1",
        **(more or {}),
    }


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Return an empty product folder."""
    folder = tmp_path / "product"
    folder.mkdir()
    return folder


@pytest.fixture
def ztcheck(folder: Path) -> Run:
    """Return a function that runs the command in the product's folder."""

    def run(*words: str, env: Mapping[str, str] | None = None, stdin: str = "") -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [sys.executable, "-m", "ztcheck", *words],
            cwd=folder, env=environment(folder.parent, env), input=stdin, capture_output=True, text=True,
            encoding="utf-8", timeout=60, check=False,
        )  # fmt: skip

    return run
