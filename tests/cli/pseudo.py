"""A terminal for tests: runs a command in a pseudo-terminal, waits for words, types."""

from __future__ import annotations

import os
import re
import select
import struct
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

from tests.cli.conftest import environment

if sys.platform != "win32":
    import fcntl
    import pty
    import termios

_CONTROL = re.compile(r"\x1b(?:\[[0-?]*[ -/]*[@-~]|\][^\x07]*\x07|[()][A-Z0-9]|[=>78])|\r")

ENTER, SPACE, DOWN, CTRL_C = "\r", " ", "\x1b[B", "\x03"


class Terminal:
    """`ztcheck` with these *words* in a terminal of 100 by 40."""

    def __init__(self, folder: Path, *words: str, env: dict[str, str] | None = None) -> None:
        self.main, other = pty.openpty()
        fcntl.ioctl(other, termios.TIOCSWINSZ, struct.pack("HHHH", 40, 100, 0, 0))
        self.raw = ""
        self.seen = 0
        self.process = subprocess.Popen(
            [sys.executable, "-m", "ztcheck", *words],
            cwd=folder, env=environment(folder.parent, {"TERM": "xterm-256color", **(env or {})}),
            stdin=other, stdout=other, stderr=other, start_new_session=True,
        )  # fmt: skip
        os.close(other)

    def __enter__(self) -> Terminal:
        return self

    def __exit__(self, *_: Any) -> None:
        if self.process.poll() is None:
            self.process.kill()
            self.process.wait(timeout=10)
        os.close(self.main)

    @property
    def text(self) -> str:
        """Everything shown so far, without control sequences."""
        return _CONTROL.sub("", self.raw)

    def _read(self, seconds: float) -> bool:
        ready, _, _ = select.select([self.main], [], [], seconds)
        if not ready:
            return True
        try:
            piece = os.read(self.main, 65536)
        except OSError:  # Linux reports the end of the other side as an error
            return False
        self.raw += piece.decode("utf-8", errors="replace")
        # prompt_toolkit asks where the cursor is and waits a while for the answer.
        if b"\x1b[6n" in piece:
            os.write(self.main, b"\x1b[1;1R")
        return bool(piece)

    def expect(self, words: str, seconds: float = 40) -> str:
        """Wait until *words* are shown after what was expected before; return what was shown up to there."""
        end = time.monotonic() + seconds
        while (found := self.text.find(words, self.seen)) < 0:
            if time.monotonic() > end or not self._read(0.2):
                raise AssertionError(f"{words!r} was not shown after: ...{self.text[self.seen :][-2000:]}")
        shown = self.text[self.seen : found + len(words)]
        self.seen = found + len(words)
        return shown

    def type(self, *keys: str) -> None:
        """Type *keys*, one at a time, as a person would: the screen gets time to follow."""
        for key in keys:
            self._read(0.3)
            os.write(self.main, key.encode())

    def end(self, seconds: float = 40) -> int:
        """Wait for the end and return the exit code."""
        limit = time.monotonic() + seconds
        while self._read(0.2) and self.process.poll() is None:
            if time.monotonic() > limit:
                raise AssertionError(f"still running: ...{self.text[-2000:]}")
        return self.process.wait(timeout=10)
