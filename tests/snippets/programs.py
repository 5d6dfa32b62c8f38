"""Runs a snippet's file as a program in this process, and says how it ended and what it printed."""

from __future__ import annotations

import contextlib
import io
import json
import runpy
import shlex
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

HOSTILE = "\x1b[2J\x07\r\u202e\u2028 "
"""Clears a terminal, rings, overwrites the line, turns the text around."""


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


def run_program(name: str, arguments: Sequence[str], environment: pytest.MonkeyPatch, *secrets: str) -> Done:
    """Run the file *name* of the snippets unchanged with *arguments*; it must print none of the *secrets*."""
    path = str(Path(__file__).parents[2] / "snippets" / name)
    environment.setattr(sys, "argv", [path, *arguments])
    out, err = io.StringIO(), io.StringIO()
    code: Any = "fell off its end"
    with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
        try:
            runpy.run_path(path, run_name="__main__")
        except SystemExit as stop:
            code = stop.code
    done = Done(code, out.getvalue(), err.getvalue())
    assert code in (0, 1, 2), done
    shown = done.out + done.err
    assert all(character.isprintable() or character == "\n" for character in shown), ascii(shown)
    assert not [secret for secret in ("eyJ", *secrets) if secret in shown]
    return done
