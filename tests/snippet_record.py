"""Writes down what a run of the snippets' tests proved, for the site to show beside each snippet.

Only for a snippet whose whole test module ran. The record holds the digests of the snippet and of its test, so that
the site can tell whether it still speaks of the same files (`ztcheck.site.snippets`).
"""

from __future__ import annotations

import datetime as dt
import json
import platform
from collections import defaultdict
from dataclasses import dataclass, field
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import TYPE_CHECKING, Any

import dev
from ztcheck.files import write_atomic
from ztcheck.site.snippets import RECORD, Snippet, digests

if TYPE_CHECKING:
    from collections.abc import Iterable

    import pytest

ROOT = Path(__file__).parents[1]
FOLDER = "tests/snippets/test_"
ENDED_WHOLE = (0, 1)


@dataclass(eq=False)  # pytest keeps its plugins in sets
class Recorder:
    """Counts the cases of each snippet's test module. *root* is the project."""

    root: Path = ROOT
    collected: dict[str, int] = field(default_factory=lambda: defaultdict(int))
    partial: set[str] = field(default_factory=set)
    passed: dict[str, int] = field(default_factory=lambda: defaultdict(int))
    refused: dict[str, int] = field(default_factory=lambda: defaultdict(int))
    failed: dict[str, int] = field(default_factory=lambda: defaultdict(int))

    def pytest_collection_finish(self, session: pytest.Session) -> None:
        """Note how many cases will run, and which modules are run in part because the command line names a case."""
        for item in session.items:
            if name := snippet_of(item.nodeid):
                self.collected[name] += 1
        self.partial |= {name for word in session.config.args if "::" in word and (name := snippet_of(word))}

    def pytest_deselected(self, items: Iterable[pytest.Item]) -> None:
        """Note which modules are run in part."""
        self.partial |= {name for item in items if (name := snippet_of(item.nodeid))}

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """Count a case that passed (and whether it is one that is refused) or did not pass."""
        name = snippet_of(report.nodeid)
        if name and report.when == "call" and report.passed:
            self.passed[name] += 1
            self.refused[name] += "refuse" in report.nodeid.partition("::")[2].partition("[")[0]
        elif name and (report.failed or report.skipped):
            self.failed[name] += 1

    def pytest_sessionfinish(self, exitstatus: int) -> None:
        """Add to the record what this run proved."""
        whole = [
            name
            for name, number in self.collected.items()
            if name not in self.partial and self.passed[name] + self.failed[name] >= number
        ]
        if not whole or exitstatus not in ENDED_WHOLE:
            return
        path = self.root / RECORD
        path.parent.mkdir(exist_ok=True)
        with dev.locked(path.with_suffix(".lock")):
            record: dict[str, Any] = json.loads(path.read_text(encoding="utf-8")) if path.is_file() else {}
            record.update({name: entry for name in whole if (entry := self.entry(name))})
            write_atomic(path, (json.dumps(record, indent=1, sort_keys=True) + "\n").encode())

    def entry(self, name: str) -> dict[str, Any] | None:
        """Return what this run says of the snippet *name*, or None for a test module without a snippet."""
        snippet = Snippet.read(self.root, name)
        if snippet is None:
            return None
        return {
            **digests(self.root, name, snippet.needs),
            "on": dt.datetime.now(dt.UTC).date().isoformat(),
            "python": platform.python_version(),
            "versions": {library: found for library in snippet.libraries if (found := installed(library))},
            "passed": self.passed[name],
            "failed": self.failed[name],
            "refused": self.refused[name],
        }


def snippet_of(nodeid: str) -> str:
    """Return the name of the snippet that a test belongs to by its module's name, or an empty string."""
    module = nodeid.partition("::")[0].replace("\\", "/")
    return module.partition(FOLDER)[2].removesuffix(".py") if FOLDER in module else ""


def installed(library: str) -> str:
    """Return the version of *library* that is installed, or an empty string."""
    try:
        return version(library)
    except PackageNotFoundError:
        return ""
