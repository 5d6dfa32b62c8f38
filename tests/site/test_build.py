"""The build refuses what readers would trip over, and what it makes is whole."""

import re
import shutil
import subprocess
from pathlib import Path
from urllib.parse import unquote, urljoin, urlsplit
from xml.etree import ElementTree

import pytest
from mkdocs.utils.yaml import yaml_load

from tests.site.conftest import ROOT, build
from tests.site.html import read
from ztcheck import catalogue
from ztcheck.catalogue import sources
from ztcheck.errors import SITE
from ztcheck.site.model import Site

ATOM = {"a": "http://www.w3.org/2005/Atom"}


@pytest.fixture
def project(tmp_path):
    """A copy of what the site is built from."""
    for name in ("docs", "overrides", "snippets"):
        shutil.copytree(ROOT / name, tmp_path / name)
    shutil.copy(ROOT / "mkdocs.yml", tmp_path)
    (tmp_path / "checks" / "ztcheck").mkdir(parents=True)
    (tmp_path / "checks" / "ztcheck" / "catalogue").symlink_to(ROOT / "checks" / "ztcheck" / "catalogue")
    for name in ("examples", "tests"):
        (tmp_path / name).symlink_to(ROOT / name)
    return tmp_path


def append(project, text, name="reference/glossary.md"):
    page = project / "docs" / name
    page.write_text(page.read_text(encoding="utf-8") + "\n" + text, encoding="utf-8")


def test_the_build_stops_at_a_broken_link_a_broken_anchor_and_a_page_outside_the_navigation(project):
    append(project, "[a](nowhere.md) [b](coverage.md#nothing) [c](/reference/) <span id='x'></span>[x](#x) [d](#y)")
    (project / "docs" / "forgotten.md").write_text("# Forgotten\n")
    done = build(project, project / "site")
    assert done.returncode == 1
    assert "'nowhere.md', but the target" in done.stderr
    assert "'coverage.md#nothing'" in done.stderr
    assert "absolute link '/reference/'" in done.stderr
    assert "'#y'" in done.stderr
    assert "'#x'" not in done.stderr, "an id in raw HTML is an anchor too"
    assert "forgotten.md" in done.stderr


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("{{ practice('verify-token-signatur') }}", "unknown practice 'verify-token-signatur'"),
        ("{{ fact('nothing') }}", "unknown fact 'nothing'"),
        ("{{ nothing('x') }}", "'nothing' is undefined"),
        ("{{ nothing }}", "'nothing' is undefined"),
    ],
)
def test_the_build_stops_at_a_macro_that_names_nothing(project, text, message):
    append(project, text, "index.md")  # the page that is read first
    done = build(project, project / "site")
    assert done.returncode
    assert message in done.stderr


def addresses(site):
    """Yield (page, element, attribute, address) for every link of every page."""
    for page in sorted(site.rglob("*.html")):
        for tag, name, value in read(page).links:
            yield page, tag, name, value


def test_every_link_leads_to_a_file_and_an_id(site):
    broken = []
    for page, _tag, _, value in addresses(site):
        here = page.relative_to(site).as_posix()
        if page.name == "404.html":
            value = value.removeprefix(urlsplit(SITE).path)  # the one page that is shown at any address
        target = urlsplit(urljoin(f"https://site.invalid/{here}", value))
        if target.scheme not in ("http", "https") or target.netloc != "site.invalid":
            continue
        path = site / unquote(target.path).lstrip("/")
        if path.is_dir():
            path /= "index.html"
        found = path.is_file() and (
            not target.fragment or path.suffix != ".html" or unquote(target.fragment) in read(path).ids
        )
        if not found:
            broken.append(f"{here}: {value}")
    assert broken == []


def test_no_page_loads_anything_from_another_host(site):
    loading = {"script", "img", "iframe", "source", "video", "audio", "embed", "object", "input"}
    foreign = [
        f"{page.relative_to(site)}: {value}"
        for page, tag, _name, value in addresses(site)
        if tag in loading and urlsplit(value).netloc
    ]
    for page in site.rglob("*.html"):
        text = page.read_text(encoding="utf-8")
        foreign += [
            f"{page.relative_to(site)}: {line.strip()}"
            for line in text.splitlines()
            if "<link" in line and "stylesheet" in line and "//" in line.replace("://", "//", 0).partition("href=")[2]
        ]
    assert foreign == []


def test_ids_on_a_page_are_unique(site):
    twice = []
    for page in sorted(site.rglob("index.html")):
        ids = read(page).ids
        twice += [f"{page.relative_to(site)}: {name}" for name in sorted({name for name in ids if ids.count(name) > 1})]
    assert twice == []


def test_every_page_has_a_title_and_a_head_that_was_read(site):
    for page in site.rglob("index.html"):
        if "develop" not in page.parts:
            assert "search: exclude" not in read(page).body, page
            assert " - Zero Trust for Developers</title>" in page.read_text() or page.parent == site


def test_each_article_name_leads_to_the_first_of_its_pages_or_to_the_article_map(site):
    for article in sources.articles().values():
        page = site / "develop" / article.id / "index.html"
        target = next((slug for slug in article.pages if slug in sources.pages()), "reference/article-map")
        [link] = [value for tag, name, value in read(page).links if (tag, name) == ("a", "href")]
        assert (page.parent / link).resolve() == (site / target.removesuffix("index")).resolve()
        assert f'content="0; url={link}"' in page.read_text()


def test_every_page_has_a_markdown_twin_without_markup_of_the_page(site):
    pages = {path.parent.relative_to(site).as_posix() for path in site.rglob("index.html")}
    pages = {page for page in pages if not page.startswith(("develop", "assets"))}
    docs = {p.relative_to(ROOT / "docs").as_posix() for p in (ROOT / "docs").rglob("*.md")}
    twins = {path.relative_to(site).as_posix() for path in site.rglob("*.md")}
    assert twins == docs
    assert len(pages) == len(docs)
    for twin in twins:
        text = (site / twin).read_text(encoding="utf-8")
        prose = re.sub(r"`[^`\n]+`", "", "".join(text.split("```")[::2]))
        assert "{{" not in prose, twin
        assert "<div" not in prose, twin
        assert "markdown='1'" not in prose, twin
        assert text.count("\n# ") + text.startswith("# ") >= 1, twin


def test_a_twin_keeps_code_as_it_is(site):
    code = (ROOT / "snippets" / "verify_access_token.py").read_text(encoding="utf-8")
    assert code.strip() in (site / "reference" / "snippets.md").read_text(encoding="utf-8")


def test_llms_txt_names_every_page_with_its_purpose(site):
    text = (site / "llms.txt").read_text(encoding="utf-8")
    for page in sources.pages().values():
        assert f"- [{page.title}]({page.slug}.md): {page.purpose}" in text
    links = [line.partition("](")[2].partition(")")[0] for line in text.splitlines() if line.startswith("- [")]
    assert [link for link in links if not (site / link).is_file()] == []


def test_the_feed_is_atom_and_newest_first(site):
    feed = ElementTree.parse(site / "feed.xml").getroot()  # noqa: S314 - we wrote it
    entries = feed.findall("a:entry", ATOM)
    dates = [entry.findtext("a:updated", "", ATOM) for entry in entries]
    assert entries
    assert dates == sorted(dates, reverse=True)
    assert feed.findtext("a:updated", "", ATOM) == dates[0]
    ids = [entry.findtext("a:id", "", ATOM) for entry in entries]
    assert len(set(ids)) == len(ids)


def test_nothing_generated_is_committed_and_leftovers_are_removed(project):
    import ztcheck.site.generate as generate

    site = Site.read(project, project / "docs")
    names = generate.generated(site)
    stale = project / "docs" / "reference" / "catalogue" / "gone.md"
    stale.parent.mkdir(parents=True, exist_ok=True)
    stale.write_text("# Gone\n")
    generate.write_generated(site)
    assert not stale.exists()
    assert all((project / "docs" / name).is_file() for name in names)
    assert generate.write_generated(site) == 0, "a second run writes nothing, so that serve does not loop"
    ignored = subprocess.run(
        ["git", "check-ignore", *(f"docs/{name}" for name in names)], cwd=ROOT, capture_output=True
    )
    assert len(ignored.stdout.splitlines()) == len(names)


def navigation(entries):
    """Yield the sources that the navigation names, in order."""
    for entry in entries:
        if isinstance(entry, str):
            yield entry
        else:
            [value] = entry.values()
            yield from navigation(value if isinstance(value, list) else [value])


@pytest.fixture(scope="module")
def nav():
    with (ROOT / "mkdocs.yml").open("rb") as file:
        return list(navigation(yaml_load(file)["nav"]))


def test_the_navigation_holds_every_page_of_the_catalogue_in_its_order(nav):
    slugs = [name.removesuffix(".md") for name in nav]
    guidance = [slug for slug in slugs if slug != "index" and not slug.startswith("reference/")]
    listed = list(sources.pages())
    assert guidance == [slug for slug in listed if not slug.startswith("reference/")]
    assert set(listed) <= set(slugs)


def test_the_navigation_holds_each_topic_and_each_standard_in_catalogue_order(nav):
    topics = [f"reference/catalogue/{topic.id}.md" for topic in catalogue.load().topics]
    standards = [f"reference/standards/{name}.md" for name in sources.standards()]
    assert [name for name in nav if name.startswith("reference/catalogue/")][1:] == topics
    assert [name for name in nav if name.startswith("reference/standards/")] == standards


def test_every_page_under_a_section_of_the_navigation_lies_in_its_folder():
    for page in sources.pages().values():
        assert page.slug.split("/")[0] == page.section.lower()
        assert (ROOT / "docs" / f"{page.slug}.md").is_file()


def test_vendored_files_are_what_the_notice_says():
    import hashlib

    notice = (ROOT / "docs" / "assets" / "vendor" / "NOTICE.txt").read_text()
    files = [path for path in (ROOT / "docs" / "assets" / "vendor").iterdir() if path.name != "NOTICE.txt"]
    assert files
    for path in files:
        assert f"{path.name}\n" in notice
        assert hashlib.sha256(path.read_bytes()).hexdigest() in notice


def test_mermaid_is_loaded_only_by_pages_with_a_diagram(site):
    for page in site.rglob("index.html"):
        text = page.read_text(encoding="utf-8")
        assert ('class="mermaid"' in text) == ("assets/vendor/mermaid" in text), page
    assert Path(site / "assets" / "vendor" / "mermaid-11.17.2.min.js").is_file()
