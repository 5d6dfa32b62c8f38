"""The site in a real browser: both themes, a phone, no JavaScript, the keyboard, print, any address."""

import json
import re

import pytest

from tests.browser import accessibility_problems
from tests.site.conftest import ROOT
from ztcheck.catalogue import sources

PAGES = [f"{slug.removesuffix('index')}/".replace("//", "/") for slug in sources.pages()]
KINDS = [
    "",
    "learn/how-authorization-works/",
    "design/choose-permissions/",
    "reference/",
    "reference/catalogue/",
    "reference/catalogue/api-protection/",
    "reference/snippets/",
    "reference/coverage/",
    "reference/standards/rfc-8725/",
]
"""One page of each kind: home, with diagrams, with practices, cards, lists, code, tables."""
SECTIONS = {
    name: [path for path in dict.fromkeys(["", *PAGES, *KINDS]) if path.partition("/")[0] == name]
    for name in dict.fromkeys(path.partition("/")[0] for path in ["", *PAGES])
}


@pytest.fixture(scope="module")
def small_index(site):
    """What the search reads, with two of its entries."""
    index = json.loads((site / "search" / "search_index.json").read_text(encoding="utf-8"))
    return {**index, "docs": index["docs"][:2]}


@pytest.fixture
def look(visit, small_index):
    """Opens a page as `visit` does, with the small index: every page reads the index, few tests search."""

    def open_page(url=None, **options):
        page = visit(**options)
        page.route("**/search/search_index.json", lambda route: route.fulfill(json=small_index))
        if url is not None:
            page.goto(url)
        return page

    return open_page


def overflow(page):
    return page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")


def settle(page):
    """Wait until fonts are there and diagrams are drawn."""
    page.wait_for_load_state("load")
    page.wait_for_function("() => document.fonts.status === 'loaded' && !document.querySelector('pre.mermaid')")


@pytest.mark.parametrize("dark", [False, True], ids=["light", "dark"])
@pytest.mark.parametrize("path", KINDS, ids=lambda path: path or "home")
def test_axe_finds_nothing(base, look, path, dark):
    page = look(base + path, dark=dark)
    settle(page)
    assert page.evaluate("document.body.dataset.mdColorScheme") == ("slate" if dark else "default")
    # Of the gallery's snippets a dozen, in which every color of code occurs: axe weighs each word there is.
    page.evaluate("[...document.querySelectorAll('details')].forEach((e, at) => at < 12 ? e.open = true : e.remove())")
    assert accessibility_problems(page) == []


@pytest.mark.parametrize("section", SECTIONS, ids=lambda section: section or "home")
def test_a_phone_scrolls_nothing_sideways_and_draws_every_diagram(base, look, site, section):
    page = look(width=390, height=844)
    wrong = []
    for path in SECTIONS[section]:
        page.goto(base + path)
        settle(page)
        diagrams = (site / path / "index.html").read_text(encoding="utf-8").count('class="mermaid"')
        if (
            overflow(page)
            or page.locator("div.mermaid").count() != diagrams
            or "Syntax error" in page.inner_text("body")
        ):
            wrong.append(path)
    assert wrong == []


def test_a_visitor_sees_three_doors_without_scrolling(base, look):
    page = look(base, height=800)
    doors = page.query_selector_all(".zt-door")
    assert [door.query_selector("h2").inner_text().strip("¶ \n") for door in doors] == ["Read", "Copy", "Check"]
    for door in doors:
        box = door.query_selector(".zt-go a").bounding_box()
        assert box["y"] + box["height"] <= 800


@pytest.mark.parametrize("path", ["design/choose-permissions/", "reference/catalogue/", "reference/snippets/"])
def test_pages_read_whole_without_javascript(base, look, path):
    plain, scripted = look(base + path, java_script_enabled=False), look(base + path)
    settle(scripted)

    def words(page):
        return len(page.inner_text("article").split())

    assert not plain.is_visible(".zt-filter") or "catalogue" not in path
    assert words(plain) >= 0.95 * words(scripted)
    assert plain.is_visible(".md-tabs__link")


def test_the_filter_narrows_the_catalogue_and_says_how_many_are_left(base, look):
    page = look(base + "reference/catalogue/")
    everything = page.locator(".zt-item:visible").count()
    page.select_option("select[name=severity]", "critical")
    critical = page.locator(".zt-item:visible").count()
    assert 0 < critical < everything
    assert page.locator(".zt-item:visible .zt-critical").count() == critical
    page.select_option("select[name=kind]", "daemon")
    page.fill("input[name=words]", "secret")
    left = page.locator(".zt-item:visible")
    assert 0 < left.count() < critical
    assert all("secret" in text.lower() for text in left.all_inner_texts())
    assert page.inner_text(".zt-filter output") == f"{left.count()} of {everything}"


def test_the_keyboard_reaches_content_search_and_result(base, visit):
    page = visit(base)
    settle(page)
    page.keyboard.press("Tab")
    assert "md-skip" in page.evaluate("document.activeElement.className")
    page.keyboard.press("/")
    assert page.evaluate("document.activeElement.name") == "query"
    page.keyboard.type("standards crosswalk")
    # What is listed after the first word is not yet the answer.
    page.wait_for_selector("li:first-child .md-search-result__link[href*='reference/standards-crosswalk/']")
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Enter")
    page.wait_for_url(re.compile("reference/standards-crosswalk/"))


def test_the_keyboard_sees_where_it_is(base, look):
    page = look(base + "reference/catalogue/")
    settle(page)
    seen = set()
    for step in range(24):
        if step == 12:
            page.focus("input[name=words]")
        page.keyboard.press("Tab")
        tag, outline, text = page.evaluate(
            """() => {
                const element = document.activeElement, style = getComputedStyle(element)
                return [element.tagName, `${style.outlineStyle} ${style.outlineWidth}`, element.outerHTML.slice(0, 120)]
            }"""
        )
        if tag != "BODY" and 'name="query"' not in text:  # the search field shows its caret
            seen.add(tag)
            assert outline == "solid 3px", text
    assert {"A", "INPUT", "SELECT"} <= seen


def test_print_opens_everything_and_hides_what_can_only_be_clicked(base, look):
    page = look(base + "reference/catalogue/api-protection/")
    page.emulate_media(media="print")
    assert page.locator("details:not([open]) li").first.evaluate(
        "e => e.checkVisibility({contentVisibilityAuto: true})"
    )
    assert not page.is_visible(".zt-filter")
    assert not page.is_visible(".md-header")


def test_the_site_works_under_any_path_prefix(serve, visit):
    base = serve("/docs/2026/zero-trust/")
    page = visit(base)
    settle(page)
    assert page.evaluate("getComputedStyle(document.querySelector('.md-header')).backgroundColor") == "rgb(10, 20, 40)"
    page.click(".md-tabs__link >> text=Reference")
    page.wait_for_url(base + "reference/")
    page.locator("input[name=query]").press_sequentially("crosswalk")
    assert page.wait_for_selector(".md-search-result__link").get_attribute("href").startswith(base)
    page.goto(base + "develop/protect-api/")
    page.wait_for_url(re.compile(re.escape(base) + "(design|build|reference)/"))


def test_the_reader_chooses_the_theme_and_it_is_kept(base, look):
    page = look(base)
    page.click("label[title='Switch to the dark theme']")
    assert page.evaluate("document.body.dataset.mdColorScheme") == "slate"
    page.goto(base + "reference/")
    assert page.evaluate("document.body.dataset.mdColorScheme") == "slate"


def test_a_snippet_is_copied_whole(base, look):
    page = look(base + "reference/snippets/", permissions=["clipboard-read", "clipboard-write"])
    settle(page)
    section = page.locator("section", has=page.locator("#snippet-signing_keys"))
    section.locator("summary").click()
    section.locator(".highlight").first.hover()
    section.locator("[data-md-type=copy]").first.click()
    copied = page.evaluate("navigator.clipboard.readText()")
    assert copied.strip() == (ROOT / "snippets" / "signing_keys.py").read_text(encoding="utf-8").strip()
