"""Files that only repeat the catalogue, written into the docs folder before each build and never committed."""

from __future__ import annotations

import datetime as dt
import html
import json
import shutil
from typing import TYPE_CHECKING

from ztcheck.catalogue import sources
from ztcheck.errors import SITE
from ztcheck.site.commands import EXAMPLE, EXAMPLE_DATE, SCHEMAS, example_reports, schema
from ztcheck.site.model import standard_name

if TYPE_CHECKING:
    from collections.abc import Mapping

    from ztcheck.site.model import Site

SUMMARY = (
    "Zero Trust guidance for teams that build on Microsoft Entra ID: linked pages, Python snippets tested by "
    "attacking them, and ztcheck, which turns a team's answers and evidence into a compliance report."
)
CATALOGUE = """For readers who want the whole list: every practice in one line, by topic.
A practice is one thing that a team does or does not do; its id is the same in the catalogue, in your answers, in a
report and in the address of its section.

{{ catalogue_index() }}"""
EXAMPLE_PAGE = """For readers who want to see what `ztcheck report` gives before they run it.
This is the report of Contoso Orders: an orders API with a web app and a nightly daemon, sold to other organizations.
It is made with this site, from `examples/contoso-orders` in the source, for {date}.

<p class='zt-go' markdown='1'>[Open the report](example-report/ztcheck-report.html)</p>

The same assessment in every format: {links}.

In a terminal it looks like this:

{{% raw %}}
````text
{text}````
{{% endraw %}}"""
FOLDERS = ("reference/catalogue", "reference/standards", "reference/example-report", "develop", "schemas")


def write_generated(site: Site) -> int:
    """Write what has changed, remove what is no longer generated, and return how many files were written."""
    files = generated(site)
    written = 0
    for name, text in files.items():
        path = site.docs / name
        if not path.is_file() or path.read_text(encoding="utf-8") != text:
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text, encoding="utf-8", newline="\n")
            written += 1
    for folder in FOLDERS:
        for path in sorted((site.docs / folder).rglob("*"), reverse=True):
            if path.is_file() and path.relative_to(site.docs).as_posix() not in files:
                path.unlink()
            elif path.is_dir() and not any(path.iterdir()):
                shutil.rmtree(path)
    return written


def generated(site: Site) -> Mapping[str, str]:
    """Return every generated file: path relative to the docs folder, and text."""
    files = {}
    for topic in site.catalogue.topics:
        files[f"reference/catalogue/{topic.id}.md"] = page(
            title=topic.title,
            description=f"Every practice of the topic {topic.title}: question, severity, checks, standards.",
            text=f"Every practice of this topic, as `ztcheck` knows it.\n\n{{{{ catalogue_topic('{topic.id}') }}}}",
        )
    files["reference/catalogue/index.md"] = page(
        title="Catalogue",
        description="Every practice in one line, with a filter by severity, principle and kind of app.",
        text=CATALOGUE,
    )
    for standard in sources.standards().values():
        files[f"reference/standards/{standard.id}.md"] = page(
            title=standard_name(standard),
            description=f"Which practices support which requirements of {standard.name}, and which are not assessed.",
            text=f"{{{{ standard('{standard.id}') }}}}",
        )
    for article in sources.articles().values():
        files[f"develop/{article.id}/index.html"] = redirect(site, article)
    for which in SCHEMAS:
        content = schema(which)
        files[content["$id"].removeprefix(SITE)] = json.dumps(content, indent=2, ensure_ascii=False) + "\n"
    if (site.root / EXAMPLE).is_dir():
        files.update(example(site))
    files["feed.xml"] = feed(site)
    files["llms.txt"] = llms(site)
    return files


def example(site: Site) -> Mapping[str, str]:
    """Return the report of the example product in every format, and the page that leads to them."""
    # not .md: MkDocs would take the report for a page
    reports = {name.replace(".md", ".md.txt"): text for name, text in example_reports(site.root).items()}
    files = {f"reference/example-report/{name}": text for name, text in reports.items()}
    links = ", ".join(f"[{name.partition('.')[2]}](example-report/{name})" for name in reports)
    files["reference/example-report.md"] = page(
        title="An example report",
        description="The report of Contoso Orders, a multitenant API with a web app and a nightly daemon.",
        text=EXAMPLE_PAGE.format(links=links, date=EXAMPLE_DATE, text=reports["ztcheck-report.txt"]),
    )
    return files


def page(*, title: str, description: str, text: str) -> str:
    """Return the source of a generated page. The search leaves it out: what it says stands on other pages."""
    head = json.dumps(description, ensure_ascii=False)
    return f"---\nsearch:\n  exclude: true\ndescription: {head}\n---\n\n# {title}\n\n{text}\n"


def redirect(site: Site, article: sources.Article) -> str:
    """Return the page that leads from an article's name to the page that has its content now."""
    slug = next((slug for slug in article.pages if slug in site.pages), "reference/article-map")
    path = slug.removesuffix("index").removesuffix("/")
    target = f"../../{path}/"
    title = html.escape(article.title)
    return (
        f'<!doctype html>\n<html lang="en">\n<meta charset="utf-8">\n<title>{title}: moved</title>\n'
        f'<meta name="robots" content="noindex">\n<link rel="canonical" href="{SITE}{path}/">\n'
        f'<meta http-equiv="refresh" content="0; url={target}">\n'
        f'<p>This article is now <a href="{target}">another page</a>.</p>\n</html>\n'
    )


def feed(site: Site) -> str:
    """Return the changes as an Atom feed (RFC 4287)."""
    newest = max((item.on for item in site.news), default=dt.date(2026, 1, 1))
    lines = [
        '<?xml version="1.0" encoding="utf-8"?>',
        '<feed xmlns="http://www.w3.org/2005/Atom">',
        "  <title>Zero Trust for Developers: changes</title>",
        f"  <id>{SITE}</id>",
        f'  <link href="{SITE}"/>',
        f'  <link rel="self" href="{SITE}feed.xml"/>',
        f"  <updated>{newest}T00:00:00Z</updated>",
        "  <author><name>The Zero Trust for Developers maintainers</name></author>",
    ]
    for item in site.news:
        url = f"{SITE}{item.page}/" if item.page else f"{SITE}reference/changes/"
        anchor = f"{item.on}-{item.title.lower().replace(' ', '-')}"
        lines += [
            "  <entry>",
            f"    <title>{html.escape(item.title)}</title>",
            f"    <id>{SITE}reference/changes/#{html.escape(anchor)}</id>",
            f'    <link href="{url}"/>',
            f"    <updated>{item.on}T00:00:00Z</updated>",
            f"    <summary>{html.escape(item.text)}</summary>",
            "  </entry>",
        ]
    return "\n".join([*lines, "</feed>", ""])


def llms(site: Site) -> str:
    """Return llms.txt: what the site is, and the Markdown twin of each page with its purpose."""
    lines = ["# Zero Trust for Developers", "", f"> {SUMMARY}", ""]
    lines += ["Every page has a Markdown twin: its address without the last slash, with `.md` added.", ""]
    sections: dict[str, list[str]] = {}
    for page in site.pages.values():
        sections.setdefault(page.section, []).append(f"- [{page.title}]({page.slug}.md): {page.purpose}")
    for section, entries in sections.items():
        lines += [f"## {section}", "", *entries, ""]
    lines += ["## Optional", ""]
    lines += [f"- [Catalogue: {topic.title}](reference/catalogue/{topic.id}.md)" for topic in site.catalogue.topics]
    lines += [
        f"- [Standard: {standard_name(item)}](reference/standards/{item.id}.md)"
        for item in sources.standards().values()
    ]
    return "\n".join([*lines, ""])
