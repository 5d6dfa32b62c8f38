"""A Chromium for tests: it reaches loopback alone, and says which other hosts a page asked for."""

from __future__ import annotations

import os
import re
from contextlib import ExitStack
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import pytest

import dev

if TYPE_CHECKING:
    from collections.abc import Iterator
    from typing import Any

    from playwright.sync_api import Browser, BrowserContext, ConsoleMessage, Page, Route

ARGUMENTS = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1",
)
FOREIGN = re.compile(r"^(https?|wss?)://(?!127\.0\.0\.1[:/])", re.IGNORECASE)
AXE = dev.ROOT / "node_modules" / "axe-core" / "axe.min.js"
AXE_TAGS = ("wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa")
MISSING = f"no Chromium; install chromium or set {dev.BROWSER_VARIABLE}"


@dataclass
class Visits:
    """Opens pages, each as new as a first visit, and keeps what went wrong in them.

    *foreign* holds the addresses that pages asked other hosts for (refused), *errors* uncaught exceptions and what
    was logged as an error. The fixture `visit` fails a test that leaves either behind; a test that wants one empties
    the list.
    """

    browser: Browser
    foreign: list[str] = field(default_factory=list)
    errors: list[str] = field(default_factory=list)
    _contexts: dict[str, BrowserContext] = field(default_factory=dict)
    _pages: list[Page] = field(default_factory=list)

    def __call__(
        self, url: str | None = None, *, dark: bool = False, width: int = 1280, height: int = 800, **options: Any
    ) -> Page:
        """Return a new page of *width* by *height* CSS pixels, light or *dark*, showing *url* if one is given.

        *url* may be a file's (`path.as_uri()`) or a loopback server's at 127.0.0.1; *options* go to Playwright's
        `new_context` (`java_script_enabled=False`, `reduced_motion="reduce"` ...).
        """
        options = {
            "service_workers": "block",
            "color_scheme": "dark" if dark else "light",
            "viewport": {"width": width, "height": height},
            **options,
        }
        page = self._context(options).new_page()
        self._pages.append(page)
        if url is not None:
            page.goto(url)
        return page

    def end(self) -> None:
        """Close all pages, and forget what they stored."""
        contexts = {page.context for page in self._pages}
        while self._pages:
            self._pages.pop().close()
        for context in contexts:
            context.set_storage_state({"cookies": [], "origins": []})

    def _context(self, options: dict[str, Any]) -> BrowserContext:
        """Return the context with these *options*: the first page of a new one costs as much as six more."""
        key = repr(sorted(options.items()))
        if key in self._contexts:
            return self._contexts[key]
        context = self._contexts[key] = self.browser.new_context(**options)
        context.route(FOREIGN, self._refuse)
        context.on("weberror", lambda error: self.errors.append(str(error.error)))
        context.on("console", self._note)
        return context

    def _note(self, message: ConsoleMessage) -> None:
        if message.type == "error":
            self.errors.append(message.text)

    def _refuse(self, route: Route) -> None:
        self.foreign.append(route.request.url)
        route.abort()


def start(stack: ExitStack) -> Browser:
    """Launch Chromium until *stack* closes; skip the test if there is none, or fail it where CI is set."""
    from playwright.sync_api import sync_playwright

    found = dev.find_browser()
    if found is None:
        if os.environ.get("CI"):
            pytest.fail(MISSING, pytrace=False)
        pytest.skip(MISSING)
    driver = stack.enter_context(sync_playwright())
    environment: dict[str, str | float | bool] = {**os.environ, **found.environment()}
    browser = driver.chromium.launch(executable_path=found.path, args=list(ARGUMENTS), env=environment)
    stack.callback(browser.close)
    return browser


def accessibility_problems(page: Page, tags: tuple[str, ...] = AXE_TAGS) -> list[str]:
    """Return what axe-core finds on *page*, by default WCAG 2.2 A and AA: one line per rule and element.

    axe takes a page that paints no background for white, also in the dark: paint one, or contrast goes unchecked.
    """
    page.evaluate(AXE.read_text(encoding="utf-8"))
    options = {"runOnly": {"type": "tag", "values": list(tags)}, "resultTypes": ["violations"]}  # of others, one each
    results = page.evaluate("options => axe.run(options)", options)
    if not results["passes"]:
        pytest.fail("axe looked at nothing", pytrace=False)
    return [
        f"{violation['id']}: {violation['help']}: {node['target']} {node.get('failureSummary', '')}"
        for violation in results["violations"]
        for node in violation["nodes"]
    ]


def open_pages(visits: Visits) -> Iterator[Visits]:
    """Yield *visits* for one test; afterwards fail if a page asked another host for anything or logged an error."""
    visits.foreign.clear()
    visits.errors.clear()
    yield visits
    visits.end()
    assert visits.foreign == [], "pages asked other hosts"
    assert visits.errors == [], "pages logged errors"
