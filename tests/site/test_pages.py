"""Every page says what the catalogue promises of it, where it promises it."""

import re

import pytest

from tests.site.conftest import ROOT
from tests.site.html import read
from ztcheck import catalogue
from ztcheck.catalogue import sources

PARTS = ("attack", "do", "snippet", "verify", "limits", "sources")
PAGES = list(sources.pages())
PRACTICES = [practice for practice in catalogue.load().practices if practice.page]
COVERED = {item: practice for practice in catalogue.load().practices for item in practice.recommendations}
STATED = [
    (item.id, item.page or COVERED[item.id].page)
    for item in sources.recommendations().values()
    if (item.page or COVERED[item.id].page) in PAGES
]


def page_of(site, slug):
    return read(site / slug.removesuffix("index") / "index.html")


@pytest.mark.parametrize("slug", PAGES)
def test_the_sections_of_a_page_are_its_practices_in_catalogue_order(site, slug):
    ids = page_of(site, slug).ids
    known = catalogue.load().by_id
    assert [name for name in ids if name in known] == [item.id for item in PRACTICES if item.page == slug]


@pytest.mark.parametrize("practice", PRACTICES, ids=lambda practice: practice.id)
def test_a_practice_section_has_all_its_parts_in_order(site, practice):
    page = page_of(site, practice.page)
    found = [name for name in page.ids if name == practice.id or name.startswith(f"{practice.id}--")]
    assert found == [practice.id, *(f"{practice.id}--{part}" for part in PARTS)]


@pytest.mark.parametrize("practice", PRACTICES, ids=lambda practice: practice.id)
def test_a_practice_section_has_content_in_every_part(practice):
    text = (ROOT / "docs" / f"{practice.page}.md").read_text(encoding="utf-8")
    section = re.search(rf"^## .*{{ #{practice.id} }}$(.*?)(?=^## |\Z)", text, re.MULTILINE | re.DOTALL)
    assert section, "its heading carries its id"
    parts = re.split(r"^### .*$", section[1], flags=re.MULTILINE)
    assert len(parts) == 1 + len(PARTS)
    card, *rest = (part.strip() for part in parts)
    assert f'{{{{ practice("{practice.id}") }}}}' in card
    assert [PARTS[number] for number, part in enumerate(rest) if not part] == []
    assert f'{{{{ checks("{practice.id}") }}}}' in rest[PARTS.index("verify")]
    assert re.search(r"\]\(https://|\]\([^)]+\.md", rest[PARTS.index("sources")]), "sources are links"
    shown = re.findall(r'{{ snippet\("(\w+)"\) }}', section[1])
    assert set(practice.snippets) <= set(shown), "every snippet of the practice is shown in its section"


@pytest.mark.parametrize(("recommendation", "slug"), STATED, ids=[item for item, _ in STATED])
def test_a_recommendation_is_stated_by_one_sentence_on_its_page(site, recommendation, slug):
    sentence = page_of(site, slug).text.get(f"rec-{recommendation}", "").strip()
    assert re.fullmatch(r"[A-Z`*\"'(].{20,}[.:]", sentence, re.DOTALL), sentence or "not on the page"


def test_no_page_states_a_recommendation_that_is_unknown_or_belongs_elsewhere(site):
    wrong = []
    expected = dict(STATED)
    for page in site.rglob("index.html"):
        slug = page.parent.relative_to(site).as_posix()
        slug = slug if slug in PAGES else f"{slug}/index"
        wrong += [
            f"{slug}: {name}"
            for name in read(page).ids
            if name.startswith("rec-") and expected.get(name.removeprefix("rec-")) != slug
        ]
    assert wrong == []


def test_every_snippet_that_a_practice_lists_exists_and_every_snippet_is_listed():
    files = {path.stem for path in (ROOT / "snippets").glob("*.py")}
    listed = {name for practice in catalogue.load().practices for name in practice.snippets}
    assert files == listed


@pytest.mark.parametrize("slug", PAGES)
def test_the_first_paragraph_follows_the_title(slug):
    text = (ROOT / "docs" / f"{slug}.md").read_text(encoding="utf-8")
    text = re.sub(r"\A---\n.*?\n---\n", "", text, flags=re.DOTALL).strip()
    title, _, rest = text.partition("\n")
    assert title.startswith("# ")
    first = rest.strip().split("\n\n")[0]
    assert len(first.split()) > 10
    assert not first.startswith(("#", "|", "!", "-", "<", "```"))


@pytest.mark.parametrize("slug", PAGES)
def test_every_diagram_has_a_text_that_says_the_same(slug):
    """The text alternative follows the diagram: a paragraph that begins *In words:*, or a part to unfold."""
    text = (ROOT / "docs" / f"{slug}.md").read_text(encoding="utf-8")
    after = [
        part.strip().partition("\n")[0] for part in re.split(r"^```mermaid\n.*?^```$", text, flags=re.M | re.S)[1:]
    ]
    assert [line for line in after if not line.startswith(("In words:", "<details"))] == []


def test_no_page_is_an_orphan(site):
    linked = set()
    for page in site.rglob("index.html"):
        text = page.read_text(encoding="utf-8")
        article = text.partition("<article")[2].partition("</article>")[0]
        for address in re.findall(r'href="([^"#]+)', article):
            target = (page.parent / address).resolve()
            if target != page.parent and target.is_dir() and target.is_relative_to(site.resolve()):
                linked.add(target.relative_to(site.resolve()).as_posix())
    assert [slug for slug in PAGES if slug.removesuffix("/index") not in linked] == []


@pytest.mark.parametrize("slug", PAGES)
def test_a_page_says_what_to_read_before_or_after_it(slug):
    assert "{{ reading(" in (ROOT / "docs" / f"{slug}.md").read_text(encoding="utf-8")
