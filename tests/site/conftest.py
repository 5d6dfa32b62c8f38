"""The site, built once for all tests, strictly, by the command that publishes it; and a server for it."""

from __future__ import annotations

import functools
import os
import subprocess
import sys
import threading
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

import dev

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

ROOT = Path(__file__).parents[2]


def build(project: Path, target: Path) -> subprocess.CompletedProcess[str]:
    """Build *project* strictly into *target*. Never with -q, which switches strict off."""
    return subprocess.run(
        [sys.executable, "-m", "mkdocs", "build", "--strict", "--site-dir", str(target)],
        cwd=project,
        capture_output=True,
        text=True,
        encoding="utf-8",
        env={
            **os.environ,
            "PYTHONPATH": str(ROOT / "checks"),
            "PYTHONIOENCODING": "utf-8",
            "NO_MKDOCS_2_WARNING": "1",
            "DISABLE_MKDOCS_2_WARNING": "true",
        },
    )


@pytest.fixture(scope="session")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of the built site, to be read only: whichever process of a parallel run needs it first builds it."""
    base = tmp_path_factory.getbasetemp()
    shared = base.parent if "PYTEST_XDIST_WORKER" in os.environ else base
    target, failure = shared / "built" / "site", shared / "built" / "failure.txt"
    target.parent.mkdir(exist_ok=True)
    with dev.locked(shared / "built" / "lock"):
        if not target.exists() and not failure.exists():
            unfinished = target.with_name("unfinished")
            done = build(ROOT, unfinished)
            if done.returncode:
                text = f"mkdocs build --strict ended with {done.returncode}:\n{done.stderr[-6000:]}"
                failure.write_text(text, encoding="utf-8")
            else:
                unfinished.rename(target)
    if failure.exists():
        pytest.fail(failure.read_text(encoding="utf-8"), pytrace=False)
    return target


class _Handler(SimpleHTTPRequestHandler):
    def __init__(self, *args: Any, prefix: str, **kwargs: Any) -> None:
        self.prefix = prefix
        super().__init__(*args, **kwargs)

    def translate_path(self, path: str) -> str:
        """Serve nothing outside the prefix, as a host of many sites does."""
        if not path.startswith(self.prefix):
            return "/nonexistent"
        return super().translate_path("/" + path.removeprefix(self.prefix))

    def log_message(self, *_: Any) -> None:
        """Keep the tests' output clean."""


@pytest.fixture(scope="session")
def serve(site: Path) -> Iterator[Callable[[str], str]]:
    """Returns a function that serves the site under a path prefix and returns its base address."""
    servers: dict[str, ThreadingHTTPServer] = {}

    def start(prefix: str = "/") -> str:
        if prefix not in servers:
            handler = functools.partial(_Handler, prefix=prefix, directory=str(site))
            servers[prefix] = ThreadingHTTPServer(("127.0.0.1", 0), handler)
            threading.Thread(target=servers[prefix].serve_forever, daemon=True).start()
        return f"http://127.0.0.1:{servers[prefix].server_port}{prefix}"

    yield start
    for server in servers.values():
        server.shutdown()
        server.server_close()


@pytest.fixture(scope="session")
def base(serve: Callable[[str], str]) -> str:
    """The address of the site, served at the root."""
    return serve("/")
