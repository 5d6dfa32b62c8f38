"""Fixtures and rules for all tests."""

from __future__ import annotations

import os
import sys
from contextlib import ExitStack
from typing import TYPE_CHECKING

import pytest

from tests import browser as chromium
from tests.snippet_record import Recorder

if TYPE_CHECKING:
    from collections.abc import Generator, Iterator

    from playwright.sync_api import Browser


def pytest_configure(config: pytest.Config) -> None:
    """Write down what the snippets' tests prove, for the site to show."""
    config.pluginmanager.register(Recorder())


@pytest.fixture(scope="module", autouse=True)
def environment_left_as_found() -> Iterator[None]:
    """Fail a module that leaves a variable changed: the next one in this process would run under it."""
    before = dict(os.environ)
    yield
    changed = dict(set(os.environ.items()) ^ set(before.items()))
    changed.pop("PYTEST_CURRENT_TEST", None)
    assert changed == {}


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """Yield a running Chromium. Playwright occupies the thread's event loop, so no longer than for one module."""
    with ExitStack() as stack:
        yield chromium.start(stack)


@pytest.fixture(scope="module")
def _visits(browser: Browser) -> chromium.Visits:
    return chromium.Visits(browser)


@pytest.fixture
def visit(_visits: chromium.Visits) -> Iterator[chromium.Visits]:
    """Yield a function that opens a page; see `tests.browser.Visits`. Other hosts and script errors fail the test."""
    yield from chromium.open_pages(_visits)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark what needs a browser, so that `-m "not browser"` leaves it out; put slow modules first, to end together."""
    for item in items:
        if "browser" in getattr(item, "fixturenames", ()):
            item.add_marker("browser")
    slow = {item.path for item in items if any(item.iter_markers("browser")) or any(item.iter_markers("slow"))}
    items.sort(key=lambda item: item.path not in slow)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Where CI is set on Linux, let nothing be skipped: a skip there is a promise that nobody checks."""
    report = yield
    if report.skipped and not hasattr(report, "wasxfail") and os.environ.get("CI") and sys.platform == "linux":
        report.outcome = "failed"
        report.longrepr = f"{item.nodeid} was skipped, which CI does not allow: {report.longrepr}"
    return report


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Say how many browser tests did not run."""
    skipped = [report for report in terminalreporter.getreports("skipped") if chromium.MISSING in str(report.longrepr)]
    if skipped:
        terminalreporter.write_line(f"{len(skipped)} browser tests not run: {chromium.MISSING}", yellow=True)
