"""The HTML report in a real Chromium: readable by anyone, anywhere, on any screen, on paper, without a network."""

from __future__ import annotations

import http.server
import re
import threading
from dataclasses import replace
from itertools import pairwise
from typing import TYPE_CHECKING

import pytest

from tests.browser import accessibility_problems
from tests.report import worlds
from ztcheck.assess import VERDICTS, Assessment
from ztcheck.report import render

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from playwright.sync_api import Page

LONG = "Contoso" * 60
THEMES = pytest.mark.parametrize("dark", [False, True], ids=["light", "dark"])


def few(assessment: Assessment) -> Assessment:
    """Return *assessment* with at most two results of each verdict: every part of a page, in little time."""
    kept = [item for verdict in VERDICTS for item in [r for r in assessment.results if r.verdict == verdict][:2]]
    known = {item.practice.id for item in kept}
    return replace(
        assessment,
        results=tuple(kept),
        counts={verdict: sum(item.verdict == verdict for item in kept) for verdict in VERDICTS},
        changes=assessment.changes and tuple(item for item in assessment.changes if item.practice in {None, *known}),
    )


REPORTS: dict[str, Callable[[], str]] = {
    "few": lambda: render("html", few(worlds.world())),
    "few-nothing-open": lambda: render("html", few(worlds.clear())),
    "few-long-words": lambda: render("html", few(worlds.world(lambda _field, value: f"{value}{LONG}"))),
    "everything": lambda: render("html", worlds.world()),
    "long-words": lambda: render("html", worlds.world(lambda _field, value: f"{value}{LONG}")),
}


@pytest.fixture(scope="module")
def pages(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """Files of reports, by name."""
    folder = tmp_path_factory.mktemp("reports")
    for name, make in REPORTS.items():
        (folder / f"{name}.html").write_text(make(), encoding="utf-8")
    return {name: folder / f"{name}.html" for name in REPORTS}


@pytest.fixture
def served(pages: dict[str, Path]) -> Iterator[tuple[str, list[str]]]:
    """Serve the reports; yield the address and the list of what was asked for."""
    asked: list[str] = []
    folder = pages["everything"].parent

    class Handler(http.server.SimpleHTTPRequestHandler):
        def __init__(self, *arguments, **named):
            super().__init__(*arguments, directory=str(folder), **named)

        def log_message(self, *_: object) -> None:
            asked.append(self.path)

    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}", asked
    server.shutdown()
    server.server_close()
    thread.join()


def open_everything(page: Page) -> None:
    page.evaluate("document.querySelectorAll('details').forEach(item => item.open = true)")


@THEMES
@pytest.mark.parametrize("name", [name for name in REPORTS if name.startswith("few")])
def test_axe_finds_nothing_with_everything_open(pages, visit, name, dark):
    page = visit(pages[name].as_uri(), dark=dark)
    open_everything(page)
    assert accessibility_problems(page) == []


def test_axe_finds_nothing_as_it_opens_on_a_phone(pages, visit):
    assert accessibility_problems(visit(pages["few"].as_uri(), dark=True, width=390)) == []


@pytest.mark.parametrize("name", REPORTS)
@pytest.mark.parametrize("width", [320, 390, 1280])
def test_nothing_makes_the_page_scroll_sideways(pages, visit, name, width):
    page = visit(pages[name].as_uri(), width=width)
    open_everything(page)
    assert page.evaluate("document.documentElement.scrollWidth") <= width


def test_the_page_has_one_main_heading_landmarks_and_headings_in_order(pages, visit):
    page = visit(pages["everything"].as_uri())
    assert page.locator("html").get_attribute("lang") == "en"
    assert [page.locator(tag).count() for tag in ("h1", "main", "body > header", "body > footer")] == [1, 1, 1, 1]
    levels = page.evaluate("[...document.querySelectorAll('h1,h2,h3,h4')].map(item => +item.tagName[1])")
    assert all(after - before <= 1 for before, after in pairwise(levels))


def test_the_first_screen_answers_four_questions(pages, visit):
    page = visit(pages["everything"].as_uri(), height=900)
    for question in ("May we ship?", "What first?", "How sure are we?", "What changed?"):
        box = page.get_by_role("heading", name=question).bounding_box()
        assert box["y"] + box["height"] < 900


def test_serving_the_page_takes_one_request(served, visit):
    address, asked = served
    page = visit(f"{address}/everything.html")
    open_everything(page)
    page.wait_for_load_state("networkidle")
    assert asked == ["/everything.html"]


def test_the_policy_stops_what_an_injection_would_need(pages, tmp_path, visit):
    bad = "<script>document.title = 'owned'</script><style>h1 { color: rgb(1, 2, 3) }</style>"
    bad += "<p id='bad' style='color: rgb(1, 2, 3)'>x</p><img src='/favicon.ico' alt=''>"
    path = tmp_path / "bad.html"
    text = pages["everything"].read_text(encoding="utf-8")
    path.write_text(text.replace("<main>", f"<main>{bad}"), encoding="utf-8")
    page = visit(path.as_uri())
    assert page.title() != "owned"
    for selector in ("h1", "#bad"):
        assert page.evaluate(f"getComputedStyle(document.querySelector('{selector}')).color") != "rgb(1, 2, 3)"
    visit.errors.clear()


def test_everything_is_there_without_javascript(pages, visit):
    page = visit(pages["everything"].as_uri(), java_script_enabled=False)
    body = page.locator("#unanswered-title ~ details .body").first
    assert not body.is_visible()
    page.locator("#unanswered-title ~ details > summary").first.click()
    assert body.is_visible()


def test_every_row_can_be_reached_and_opened_with_the_keyboard(pages, visit):
    page = visit(pages["few"].as_uri())
    page.evaluate("document.querySelectorAll('details').forEach(item => item.open = false)")
    left = page.locator("summary:visible").count()
    assert left > 20
    for _ in range(200):
        page.keyboard.press("Tab")
        if page.evaluate("document.activeElement.tagName") != "SUMMARY":
            continue
        left -= 1
        assert page.evaluate("getComputedStyle(document.activeElement).outlineStyle") != "none"
        page.keyboard.press("Enter")
        assert page.evaluate("document.activeElement.parentElement.open")
        page.keyboard.press("Enter")
        if not left:
            break
    assert left == 0


def test_every_practice_is_in_a_row_of_that_kind(pages, visit):
    page = visit(pages["everything"].as_uri())
    for result in worlds.world().results:
        assert page.locator(f"details > summary + .body#{result.practice.id}, details li#{result.practice.id}").count()


@pytest.mark.parametrize("verdict", ["attested", "unanswered", "not-applicable", "contradicted"])
def test_a_link_to_a_practice_opens_it(pages, visit, verdict):
    result = next(item for item in worlds.world().results if item.verdict == verdict)
    page = visit(f"{pages['everything'].as_uri()}#{result.practice.id}")
    target = page.locator(f"#{result.practice.id}")
    page.wait_for_function("name => document.getElementById(name).checkVisibility()", arg=result.practice.id)
    box = target.bounding_box()
    assert -5 < box["y"] < 800
    summary = target.locator("xpath=ancestor::details[1]/summary").bounding_box()
    assert verdict == "not-applicable" or summary["y"] >= 0


def test_paper_shows_what_the_screen_folds(pages, visit):
    page = visit(pages["everything"].as_uri())
    folded = [result for result in worlds.world().results if result.verdict in ("attested", "unanswered")]
    assert not any(page.locator(f"#{result.practice.id}").is_visible() for result in folded)
    page.emulate_media(media="print")
    for result in worlds.world().results:
        box = page.locator(f"#{result.practice.id}").bounding_box()
        assert box is not None
        assert box["height"] > 10, result.practice.id


def test_a_printed_file_holds_every_practice_though_all_are_folded(pages, visit):
    page = visit(pages["everything"].as_uri())
    page.evaluate("document.querySelectorAll('details').forEach(item => item.open = false)")
    closed = sheets(page.pdf(prefer_css_page_size=True))
    open_everything(page)
    assert closed == sheets(page.pdf(prefer_css_page_size=True))
    page.evaluate("document.querySelectorAll('details > :not(summary)').forEach(item => item.remove())")
    assert closed > 2 * sheets(page.pdf(prefer_css_page_size=True))


def sheets(pdf: bytes) -> int:
    return len(re.findall(rb"/Type\s*/Page\b", pdf))


def test_paper_is_light_when_the_screen_is_dark(pages, visit):
    page = visit(pages["everything"].as_uri(), dark=True)
    page.emulate_media(media="print", color_scheme="dark")
    assert page.evaluate("getComputedStyle(document.body).backgroundColor") == "rgb(255, 255, 255)"
    assert page.evaluate("getComputedStyle(document.body).color") == "rgb(0, 0, 0)"


def test_colour_is_never_alone(pages, visit):
    page = visit(pages["everything"].as_uri())
    read = "item => [item.querySelector('use').getAttribute('href'), item.textContent.trim()]"
    marks = page.evaluate(f"[...document.querySelectorAll('main .verdict')].map({read})")
    pairs = {(shape, word) for shape, word in marks}
    assert len(pairs) == len({shape for shape, _ in pairs}) == len({word for _, word in pairs}) == 8
    shapes = page.evaluate("[...document.querySelectorAll('symbol')].map(item => item.innerHTML)")
    assert len(shapes) == len(set(shapes)) == 8
