"""Runs a snippet's file as a program in this process, and says how it ended and what it printed."""

from __future__ import annotations

import contextlib
import gc
import io
import json
import os
import runpy
import shlex
import subprocess
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

HOSTILE = "\x1b[2J\x07\r\u202e\u2028 "
"""Clears a terminal, rings, overwrites the line, turns the text around."""
DEEP_ARRAY, DEEP_OBJECT = b"[" * 100_000, b'{"value":' * 100_000
"""JSON that ends in a RecursionError, which is no ValueError."""


@dataclass(frozen=True)
class Done:
    """How a run ended and what it printed."""

    code: int
    out: str
    err: str

    def command(self) -> tuple[str, Any]:
        """Address and body of the request that the last line printed sends when it is pasted into a shell."""
        words = shlex.split(self.out.splitlines()[-1])
        assert words[:4] == ["az", "rest", "--method", "PATCH"]
        return words[words.index("--url") + 1], json.loads(words[words.index("--body") + 1])


@contextlib.contextmanager
def no_finalizers() -> Iterator[None]:
    """Collect no garbage meanwhile: a finalizer that runs at the end of the stack fails a test that is none of its."""
    gc.disable()
    try:
        yield
    finally:
        gc.enable()


def run_program(name: str, arguments: Sequence[str], environment: pytest.MonkeyPatch, *secrets: str) -> Done:
    """Run the file *name* of the snippets unchanged with *arguments*; it must print none of the *secrets*."""
    path = str(Path(__file__).parents[2] / "snippets" / name)
    environment.setattr(sys, "argv", [path, *arguments])
    out, err = io.StringIO(), io.StringIO()
    code: Any = "fell off its end"
    with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err), no_finalizers():
        try:
            runpy.run_path(path, run_name="__main__")
        except SystemExit as stop:
            code = stop.code
    done = Done(code, out.getvalue(), err.getvalue())
    assert code in (0, 1, 2), done
    shown = done.out + done.err
    assert all(character.isprintable() or character == "\n" for character in shown), ascii(shown)
    assert not [secret for secret in secrets if secret in shown]
    return done


class Repository:
    """A new Git repository in *folder*."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        folder.mkdir(exist_ok=True)
        self.git("init", "-q", "-b", "main")

    def git(self, *arguments: str, day: str = "2026-01-01") -> str:
        """Run git as somebody, on *day*, without this machine's settings."""
        who = {
            f"GIT_{role}_{key}": value
            for role in ("AUTHOR", "COMMITTER")
            for key, value in (("NAME", "Ana"), ("EMAIL", "ana@contoso.com"), ("DATE", f"{day}T12:00:00Z"))
        }
        alone = {"PATH": os.environ["PATH"], "HOME": str(self.folder), "GIT_CONFIG_NOSYSTEM": "1"}
        command = ["git", "-C", str(self.folder), *arguments]
        return subprocess.run(command, env=alone | who, check=True, capture_output=True, text=True).stdout

    def commit(self, files: dict[str, str | None], day: str = "2026-01-01") -> None:
        """Write *files*, remove those that are None, and commit."""
        for name, text in files.items():
            path = self.folder / name
            path.parent.mkdir(parents=True, exist_ok=True)
            if text is None:
                path.unlink()
            else:
                path.write_text(text, encoding="utf-8")
        self.git("add", "-A", day=day)
        self.git("commit", "-q", "-m", "Change", day=day)
