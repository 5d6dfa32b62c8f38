"""The search finds what readers ask for: the real search, in the browser, over the built index."""

import tomllib
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from ztcheck.catalogue import sources

QUESTIONS = tomllib.loads((Path(__file__).parent / "questions.toml").read_text(encoding="utf-8"))["question"]


@pytest.fixture(scope="module")
def ask(browser, base):
    """Returns a function that types a question and returns the first three pages found."""
    page = browser.new_page()
    page.goto(base)
    page.wait_for_load_state("networkidle")
    page.keyboard.press("/")

    field = page.locator("input[name=query]")
    said = "document.querySelector('.md-search-result__meta').innerText.trim()"

    def type_question(text):
        field.fill("")
        field.press("Backspace")
        page.wait_for_function(f"() => {said} === 'Type to start searching'")
        field.fill(text)  # whole, so that no list of a half-typed question is read
        field.press("End")
        page.wait_for_function(f"() => /matching document/.test({said})")
        page.wait_for_function(
            f"() => /^No /.test({said}) || document.querySelector('.md-search-result__item')", polling=50
        )
        page.wait_for_timeout(100)  # the list is drawn after the count
        links = page.eval_on_selector_all(
            ".md-search-result__item", "items => items.slice(0, 3).map(item => item.querySelector('a').href)"
        )
        return [urlsplit(link).path.strip("/") for link in links]

    yield type_question
    page.close()


@pytest.mark.parametrize("question", QUESTIONS, ids=lambda question: question["ask"])
def test_the_right_page_is_among_the_first_three_results(ask, question):
    assert set(ask(question["ask"])) & {page.removesuffix("/index") for page in question["pages"]}


def test_a_question_about_nothing_finds_nothing(ask):
    assert ask("xylophonequartett") == []


def test_every_question_names_pages_that_exist():
    known = {*sources.pages(), "index"}
    known |= {f"reference/{path.stem}" for path in (Path(__file__).parents[2] / "docs" / "reference").glob("*.md")}
    assert [page for question in QUESTIONS for page in question["pages"] if page not in known] == []
