"""The macros that pages call, each returning Markdown.

They write Markdown rather than HTML where they can, so that both generators check the links and anchors in it and
the Markdown twins stay readable.
"""

from __future__ import annotations

import html
import re
import tomllib
from typing import TYPE_CHECKING, Any, Literal, get_args

from ztcheck.catalogue import SEVERITIES, Principle, sources
from ztcheck.errors import InputError, Problem, suggestion
from ztcheck.site.commands import helps, schema
from ztcheck.site.model import REPOSITORY, Site, may_apply, relative, standard_name

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from pathlib import Path

    from ztcheck.catalogue import Check, Practice, Severity
    from ztcheck.catalogue.rules import Rule
    from ztcheck.site.snippets import Snippet

LAYER_WORDS = {
    "app": "the app itself",
    "delivery": "how the app is built and shipped",
    "organization": "the tenant it runs in",
}
LANGUAGES = {
    ".bicep": "text", ".cs": "csharp", ".html": "html", ".java": "java", ".js": "javascript", ".json": "json",
    ".jsx": "jsx", ".py": "python", ".sarif": "json", ".tf": "terraform", ".toml": "toml", ".ts": "typescript",
    ".tsx": "tsx", ".yaml": "yaml", ".yml": "yaml",
}  # fmt: skip
LONGEST_EXAMPLE = 40
NOT_ASSESSED = "<span class='zt-gap'>not assessed</span>"
COLLECTOR_WORDS = {
    "source": "source code",
    "manifest": "app registration",
    "ci": "pipeline",
    "tenant-export": "tenant settings",
    "api-probe": "running API",
}


class Macros:
    """The macros of one build: every public method. *env* is asked for the page that is being rendered."""

    def __init__(self, site: Site, env: Any) -> None:
        self.site = site
        self.env = env
        self._shown: dict[str, set[str]] = {}

    # What page is this?

    @property
    def here(self) -> str:
        """The source of the page being rendered, relative to the docs folder."""
        page = self.env.page
        file = getattr(page, "file", None)
        return str(file.src_uri if file is not None else page.path)

    def _to(self, slug: str, anchor: str = "") -> str:
        return relative(self.here, self.site.source_of(slug), anchor)

    def _practice(self, name: str) -> Practice:
        found = self.site.catalogue.by_id.get(name)
        if found is None:
            raise self._unknown("practice", name, self.site.catalogue.by_id)
        return found

    def _unknown(self, kind: str, name: str, known: Iterable[str]) -> InputError:
        return InputError(Problem(f"unknown {kind} '{name}'", path=self.here, help=suggestion(name, known)))

    # Links

    def href(self, *slugs: str) -> str:
        """Return the link to the first of the pages *slugs* that exists."""
        for slug in slugs:
            if self.site.exists(slug):
                return self._to(slug)
        raise self._unknown("page", slugs[0], self.site.pages)

    def link(self, name: str, text: str = "") -> str:
        """Return a link to the practice, page, standard or article called *name*, with its title or *text*."""
        practice = self.site.catalogue.by_id.get(name)
        if practice is not None:
            return f"[{text or practice.title}]({self._to(self.site.home_of(practice), practice.id)})"
        if name in self.site.pages:
            return f"[{text or self.site.pages[name].title}]({self._to(name)})"
        if name in sources.standards():
            return f"[{text or standard_name(sources.standards()[name])}]({self._to(f'reference/standards/{name}')})"
        if name in sources.articles():
            article = sources.articles()[name]
            return f"[{text or article.title}]({article.url})"
        raise self._unknown("name", name, [*self.site.catalogue.by_id, *self.site.pages, *sources.standards()])

    def reading(self, before: Iterable[str] = (), after: Iterable[str] = ()) -> str:
        """Return what to read before and after this page."""
        lines = []
        for label, slugs in (("Read before", before), ("Read next", after)):
            links = [self.link(slug) for slug in slugs]
            if links:
                lines.append(f"- <span class='zt-k'>{label}</span> {' · '.join(links)}")
        return block("zt-reading", "\n".join(lines))

    # Practices

    def question(self, name: str) -> str:
        """Return the question of the practice *name*."""
        return self._practice(name).question

    def practice(self, name: str) -> str:
        """Return the card of the practice *name*."""
        return self._card(self._practice(name))

    def _card(self, practice: Practice) -> str:
        days = self.site.catalogue.waiver_days[practice.severity]
        rating = f"(impact {practice.impact} of 3, exploitability {practice.exploitability} of 3)"
        facts = [
            ("Severity", f"{chip(practice.severity)} {rating}"),
            ("Effort", practice.effort),
            ("Principles", ", ".join(word.replace("-", " ") for word in practice.principles)),
            ("Concerns", LAYER_WORDS[practice.layer]),
            ("Applies when", words_for(practice.applies_when)),
            ("Waiver", f"for at most {days} days" if practice.waivable else "not possible"),
            ("A yes lasts", f"{practice.attestation_days} days without evidence"
                            + (f", because {practice.attestation_reason}" if practice.attestation_reason else "")),
            ("Checks", ", ".join(f"`{check.id}` ({COLLECTOR_WORDS[check.collector]})" for check in practice.checks)),
            ("Snippets", ", ".join(self._snippet_link(snippet) for snippet in practice.snippets)),
            ("In the terminal", f"`ztcheck explain {practice.id}`"),
        ]  # fmt: skip
        lines = [f"<p class='zt-question' markdown='1'>{practice.question}</p>", ""]
        lines += [f"- <span class='zt-k'>{label}</span> {value}" for label, value in facts if value]
        supported = self._standards_of(practice)
        if supported:
            count = sum(len(items) for items in practice.standards.values())
            noun = "requirement" if count == 1 else "requirements"
            lines += ["", f"<details markdown='1'><summary>Supports {count} {noun} of standards</summary>", ""]
            lines += [*supported, "", "</details>"]
        return block(f"zt-card zt-{practice.severity}", "\n".join(lines))

    def baseline(self) -> str:
        """Return the critical practices, a line each, by topic."""
        lines = []
        for topic in self.site.catalogue.topics:
            critical = [p for p in self.site.catalogue.practices if p.topic == topic.id and p.severity == "critical"]
            if critical:
                lines += [f"## {topic.title} {{ #{topic.id} }}", ""]
            for item in critical:
                lines += [f"- **{self.link(item.id)}.** {item.question} *{words_for(item.applies_when)}*", ""]
        return "\n".join(lines)

    def _standards_of(self, practice: Practice) -> list[str]:
        lines = []
        for name, items in practice.standards.items():
            standard = sources.standards()[name]
            links = [f"[{item}]({standard.requirements[item].url} '{quoted(standard.requirements[item].title)}')"
                     for item in items]  # fmt: skip
            page = self._to(f"reference/standards/{name}")
            lines.append(f"- [{standard_name(standard)}]({page}): {', '.join(links)}")
        return lines

    def checks(self, name: str) -> str:
        """Return what ztcheck looks at for the practice *name*; empty while no check exists."""
        return "\n\n".join(self._check(check) for check in self._practice(name).checks)

    def checks_of(self, collector: str) -> str:
        """Return every check of *collector* in a line: what it reads of, the practice, what it can prove."""
        words = {"refute": "not met", "support": "met"}
        lines = ["| Check | Practice | It can show that the practice is |", "|---|---|---|"]
        for practice in self.site.catalogue.practices:
            for check in practice.checks:
                if check.collector == collector:
                    can = " or ".join(words[word] for word in check.can) or "in need of a look"
                    lines.append(f"| `{check.id}` | {self.link(practice.id)} | {can} |")
        return "\n".join(lines)

    def _check(self, check: Check) -> str:
        can = "It can show that the practice is met and that it is not."
        if check.can == ("refute",):
            can = "It can show that the practice is not met; silence proves nothing."
        elif check.can == ("support",):
            can = "It can show that the practice is met."
        elif not check.can:
            can = "It asks for a look where something seems off; it decides nothing by itself."
        lines = [
            f"**`{check.id}`** reads the {COLLECTOR_WORDS[check.collector]}: {check.looks_at}",
            "",
            f"- <span class='zt-k'>What it proves</span> {can}",
        ]
        if check.needs:
            lines.append(f"- <span class='zt-k'>Needs</span> {check.needs}")
        if check.measurement:
            seen = check.measurement
            lines.append(
                f"- <span class='zt-k'>Measured</span> On public code: {seen.found} of {seen.mistakes} mistakes found, "
                f"{seen.touched} of {seen.lookalikes} look-alikes touched ({seen.on}); "
                f"[what that says of yours]({self._to('verify/collect-evidence', 'source-measured')})."
            )
        examples = self._examples(check)
        if examples:
            lines += ["", "<details markdown='1'><summary>What it finds, and what it accepts</summary>", ""]
            lines += [*examples, "</details>"]
        return block("zt-check", "\n".join(lines), f"check-{check.id}")

    def _examples(self, check: Check) -> list[str]:
        """Return the bad and the good example of *check*, which its collector's tests run.

        Of examples in several languages the Python one is shown, and a link leads to the others.
        """
        place = f"tests/collectors/{check.collector.replace('-', '_')}/examples/{check.id}"
        folder = self.site.root / place
        lines = []
        others: set[str] = set()
        for name, label in (("bad", "It finds"), ("good", "It accepts")):
            files = example_files(folder, name)
            shown = [path for path in files if path == folder / f"{name}.py"] or files
            others |= {path.suffix for path in files if path not in shown}
            for path in shown:
                text = path.read_text(encoding="utf-8").rstrip()
                if text.count("\n") < LONGEST_EXAMPLE:
                    language = LANGUAGES.get(path.suffix, "text")
                    title = f"{label}: {path.relative_to(folder).as_posix().removeprefix(f'{name}/')}"
                    lines += [f"````{language} title='{quoted(title)}'", text, "````", ""]
        if others:
            languages = ", ".join(sorted(LANGUAGES.get(suffix, suffix) for suffix in others))
            lines += [f"[The same in other languages]({REPOSITORY}/tree/main/{place}): {languages}.", ""]
        return lines

    # Snippets

    def snippet(self, name: str) -> str:
        """Return the snippet *name* whole where a page first shows it, and a link to that place after."""
        shown = self.site.snippets.get(name)
        if shown is None:
            raise self._unknown("snippet", name, self.site.snippets)
        before = self._shown.setdefault(self.here, set())
        if name in before:
            return f"The snippet is shown above: [`{name}.py`](#snippet-{name})."
        before.add(name)
        return self._code(shown, anchor=f"snippet-{shown.name}")

    def _code(self, shown: Snippet, anchor: str) -> str:
        lines = [f"````python title='{shown.name}.py'", shown.code, "````", ""]
        if shown.install:
            lines += ["````shell title='Install what it imports'", shown.install, "````", ""]
        if shown.needs:
            which = "that file" if len(shown.needs) == 1 else "those files"
            lines += [f"It imports {', '.join(map(self._snippet_link, shown.needs))}: copy {which} beside it.", ""]
        test = f"[tests/snippets/test_{shown.name}.py]({REPOSITORY}/blob/main/tests/snippets/test_{shown.name}.py)"
        proof = shown.proof
        lines.append(f"Tested exactly as shown, by {test}" + (f": {proof}" if proof else "") + ".")
        return block("zt-snippet", "\n".join(lines), anchor)

    def _snippet_link(self, name: str) -> str:
        return f"[`{name}`]({self._to('reference/snippets', f'snippet-{name}')})"

    def snippet_gallery(self) -> str:
        """Return every snippet with its task, libraries, install line and the practices that it carries out."""
        lines = []
        for shown in self.site.snippets.values():
            practices = [item for item in self.site.catalogue.practices if shown.name in item.snippets]
            libraries = " ".join(shown.libraries)
            lines += [
                f"<section class='zt-item' data-library='{quoted(libraries)}' markdown='1'>",
                "",
                f"## {shown.task} {{ #snippet-{shown.name} }}",
                "",
                f"{shown.detail[:1].upper()}{shown.detail[1:]}." if shown.detail else "",
                "",
                f"For: {', '.join(self.link(item.id) for item in practices)}.",
                "",
                f"<details markdown='1'><summary>{shown.name}.py</summary>",
                "",
                self._code(shown, anchor=""),
                "",
                "</details>",
                "",
                "</section>",
                "",
            ]
        options = sorted({library for shown in self.site.snippets.values() for library in shown.libraries})
        return self._filter({"library": options}) + "\n\n" + "\n".join(lines)

    # Catalogue

    def count(
        self, what: Literal["practices", "recommendations", "standards", "snippets", "checks", "topics", "critical"]
    ) -> str:
        """Return how many of *what* there are today."""
        return str(
            {
                "practices": len(self.site.catalogue.practices),
                "topics": len(self.site.catalogue.topics),
                "critical": sum(practice.severity == "critical" for practice in self.site.catalogue.practices),
                "checks": len(self.site.catalogue.checks),
                "recommendations": len(sources.recommendations()),
                "standards": len(sources.standards()),
                "snippets": len(self.site.snippets),
            }[what]
        )

    def catalogue_index(self) -> str:
        """Return every practice in a line, by topic, with the filter."""
        lines = [self._practice_filter(), ""]
        for topic in self.site.catalogue.topics:
            practices = [item for item in self.site.catalogue.practices if item.topic == topic.id]
            lines += [f"## {topic.title} {{ #{topic.id} }}", ""]
            lines.append(f"[All {len(practices)} with their details]({self._to(f'reference/catalogue/{topic.id}')})")
            lines += ["", "<ul class='zt-list' markdown='1'>"]
            for item in practices:
                link = self._to(self.site.home_of(item), item.id)
                lines.append(
                    f"<li class='zt-item' {self._data(item)} markdown='1'>"
                    f"{chip(item.severity)} "
                    f"[{item.title}]({link}) <small>`{item.id}`</small></li>"
                )
            lines += ["</ul>", ""]
        return "\n".join(lines)

    def catalogue_topic(self, topic: str) -> str:
        """Return every practice of *topic* with its card."""
        lines = [self._practice_filter(), ""]
        for item in self.site.catalogue.practices:
            if item.topic != topic:
                continue
            lines += [f"<section class='zt-item' {self._data(item)} markdown='1'>", ""]
            lines += [f"## {item.title} {{ #{item.id} }}", "", self._card(item), ""]
            if item.checks:
                lines += [self.checks(item.id), ""]
            if item.page:
                lines += [f"Guidance: [{item.title}]({self._to(item.page, item.id)})", ""]
            lines += self._recommendations_of(item)
            lines += ["</section>", ""]
        return "\n".join(lines)

    def _recommendations_of(self, practice: Practice) -> list[str]:
        if not practice.recommendations:
            return [f"It covers no recommendation of the articles: {practice.added_because}.", ""]
        known = sources.recommendations()
        summary = f"Recommendations that it covers ({len(practice.recommendations)})"
        lines = [f"<details markdown='1'><summary>{summary}</summary>", ""]
        lines += [f"- {known[item].statement}" for item in practice.recommendations]
        return [*lines, "", "</details>", ""]

    def _data(self, practice: Practice) -> str:
        kinds = [
            kind
            for kind in self.site.catalogue.fields["app_kinds"].values
            if may_apply(practice.applies_when, self.site.catalogue.complete({"app_kinds": (kind,)}))
        ]
        return (
            f"data-severity='{practice.severity}' data-principle='{' '.join(practice.principles)}' "
            f"data-kind='{' '.join(kinds)}'"
        )

    def _practice_filter(self) -> str:
        kinds = self.site.catalogue.fields["app_kinds"].values
        return self._filter({"severity": SEVERITIES, "principle": get_args(Principle), "kind": kinds})

    def _filter(self, fields: Mapping[str, Iterable[str]]) -> str:
        """Return the filter's form. It stays hidden without JavaScript, where the whole list is shown."""
        names = {"severity": "Severity", "principle": "Principle", "kind": "App kind", "library": "Library"}
        selects = "".join(
            f"<label>{names[name]} <select name='{name}'><option value=''>any</option>"
            + "".join(f"<option>{html.escape(option)}</option>" for option in options)
            + "</select></label>"
            for name, options in fields.items()
        )
        return (
            "<form class='zt-filter' hidden><label>Words <input name='words' type='search'></label>"
            f"{selects}<output aria-live='polite'></output></form>"
        )

    # Sources

    def coverage(self) -> str:
        """Return the coverage matrix: recommendation, practices, page."""
        lines = []
        for topic in self.site.catalogue.topics:
            lines += [f"## {topic.title} {{ #{topic.id} }}", "", "| Recommendation | Practice | Stated on |"]
            lines.append("|---|---|---|")
            for item in sources.recommendations().values():
                if self.site.topic_of(item) == topic.id:
                    practices = self.site.covered_by.get(item.id, ())
                    covered = "<br>".join(self.link(practice.id) for practice in practices)
                    lines.append(f"| {item.statement} | {covered or item.guidance_only} | {self._stated_on(item)} |")
            lines.append("")
        return "\n".join(lines)

    def _stated_on(self, item: sources.Recommendation) -> str:
        slugs = dict.fromkeys([practice.page for practice in self.site.covered_by.get(item.id, ())] + [item.page])
        links = [
            f"[{self.site.pages[slug].title}]"
            f"({self._to(slug, f'rec-{item.id}' if self.site.states(slug, item.id) else '')})"
            for slug in slugs
            if slug is not None and slug in self.site.pages
        ]
        return "<br>".join(links) or "no page yet"

    def standards_list(self) -> str:
        """Return the standards with their coverage in figures."""
        lines = ["| Standard | Version | Publisher | Requirements that practices support |", "|---|---|---|---|"]
        for standard in sources.standards().values():
            mapped = [item for item in standard.requirements if (standard.id, item) in self.site.supported_by]
            page = self._to(f"reference/standards/{standard.id}")
            lines.append(
                f"| [{standard.name}]({page}) | {standard.version} | {standard.publisher} "
                f"| {len(mapped)} of {len(standard.requirements)} |"
            )
        return "\n".join(lines)

    def standard(self, name: str) -> str:
        """Return the crosswalk of one standard: each chapter with a mapped id in full, gaps included."""
        standard = sources.standards()[name]
        groups: dict[str, list[sources.Requirement]] = {}
        for item in standard.requirements.values():
            groups.setdefault(item.group, []).append(item)
        about = f"{standard.publisher}, version {standard.version}. [The standard]({standard.url})."
        licence = f"Licence of its text: {standard.licence}; the titles here are our own words."
        lines = [about, licence, ""]
        without = []
        for group, items in groups.items():
            mapped = sum((name, item.id) in self.site.supported_by for item in items)
            if not mapped:
                without.append(f"{group} ({len(items)})")
                continue
            lines += [f"## {group[:1].upper()}{group[1:]}: {mapped} of {len(items)} {{ #{slug(group)} }}", ""]
            lines += ["| Requirement | In our words | Practices that support it |", "|---|---|---|"]
            for item in items:
                practices = self.site.supported_by.get((name, item.id), ())
                links = "<br>".join(self.link(practice.id) for practice in practices)
                gloss = cell(item.title) or "(no gloss)"
                lines.append(f"| [{cell(item.id)}]({item.url}) | {gloss} | {links or NOT_ASSESSED} |")
            lines.append("")
        if without:
            lines += ["## Not assessed at all", "", f"No practice supports a requirement of: {'; '.join(without)}."]
        return "\n".join(lines)

    def article_map(self) -> str:
        """Return where the content of each article went."""
        lines = ["| You knew this as | It is now | Updated there |", "|---|---|---|"]
        for article in sources.articles().values():
            pages = [f"[{self.site.pages[slug].title}]({self._to(slug)})"
                     for slug in article.pages if slug in self.site.pages]  # fmt: skip
            now = "<br>".join(pages) or "no page yet"
            lines.append(f"| [{cell(article.title)}]({article.url}) | {now} | {article.updated} |")
        return "\n".join(lines)

    def corrections(self) -> str:
        """Return what the articles say that no longer holds, and what does."""
        lines = []
        for topic in self.site.catalogue.topics:
            items = [
                item
                for item in sources.recommendations().values()
                if item.correction and self.site.topic_of(item) == topic.id
            ]
            if not items:
                continue
            lines += [f"## {topic.title} {{ #{topic.id} }}", ""]
            for item in items:
                links = ", ".join(self.link(source) for source in item.sources)
                practices = ", ".join(self.link(practice.id) for practice in self.site.covered_by.get(item.id, ()))
                lines += [
                    f"<div class='zt-card' id='correction-{item.id}' markdown='1'>",
                    "",
                    f"- <span class='zt-k'>Recommendation</span> {item.statement}",
                    f"- <span class='zt-k'>Drawn from</span> {links}",
                    f"- <span class='zt-k'>What holds</span> {item.correction}",
                ]
                if practices:
                    lines.append(f"- <span class='zt-k'>Practice</span> {practices}")
                lines += ["", "</div>", ""]
        return "\n".join(lines)

    # Data files

    def fact(self, name: str) -> str:
        """Return the value of the fact *name* with the day it was checked and its source."""
        fact = self.site.facts.get(name)
        if fact is None:
            raise self._unknown("fact", name, self.site.facts)
        return f"{fact.value} <small class='zt-checked'>([checked {fact.checked}]({fact.source}))</small>"

    def facts(self) -> str:
        """Return every fact that goes stale."""
        lines = ["| What | Value | Checked | Source |", "|---|---|---|---|"]
        lines += [
            f"| {cell(fact.says)} | {cell(fact.value)} | {fact.checked} | <{fact.source}> |"
            for fact in self.site.facts.values()
        ]
        return "\n".join(lines)

    def floors(self) -> str:
        """Return the oldest release of each library that a snippet may allow, and the libraries to avoid."""
        floors = tomllib.loads((self.site.root / "docs" / "floors.toml").read_text(encoding="utf-8"))
        lines = ["| Library | Oldest | Why | Checked |", "|---|---|---|---|"]
        lines += [
            f"| [`{item['name']}`]({item['source']}) | {item['oldest']} | {cell(item['why'])} | {item['checked']} |"
            for item in floors["library"]
        ]
        lines += ["", "Do not use:", "", "| Library | Why | Checked |", "|---|---|---|"]
        lines += [f"| `{item['name']}` | {cell(item['why'])} | {item['checked']} |" for item in floors["avoid"]]
        return "\n".join(lines)

    def glossary(self) -> str:
        """Return the glossary as a definition list."""
        return "\n\n".join(
            f"<span id='{term.anchor}'>{term.term}</span>\n:   {term.meaning}" for term in self.site.glossary
        )

    def news(self) -> str:
        """Return the changes of the site, newest first."""
        lines = []
        for item in self.site.news:
            page = self.site.pages.get(item.page)
            where = f" [{page.title if page else 'Read it'}]({self._to(item.page)})" if item.page else ""
            lines += [f"## {item.on}: {item.title}", "", f"{item.text}{where}", ""]
        return "\n".join(lines)

    # The command line

    def cli_help(self) -> str:
        """Return the help of every command, as it prints it."""
        lines = []
        for name, text in helps().items():
            title = f"ztcheck {name}".strip()
            lines += [f"## {title} {{ #{slug(title)} }}", "", "````text", text.rstrip(), "````", ""]
        return "\n".join(lines)

    def profile_fields(self) -> str:
        """Return the questions of the profile with their possible answers."""
        lines = ["| Field | Question | Values |", "|---|---|---|"]
        for field in self.site.catalogue.profile:
            values = ", ".join(
                f"`{value}`" + (f" ({field.meanings[value]})" if value in field.meanings else "")
                for value in field.values
            )
            number = "one or more of" if field.multiple else "one of"
            lines.append(f"| `{field.id}` | {field.question} | {number}: {cell(values)} |")
        return "\n".join(lines)

    def team_file_keys(self, *path: str) -> str:
        """Return the keys of one part of the team's file, as its JSON Schema describes them."""
        schema_ = schema("team")
        part: Any = schema_
        for key in path:
            part = part[key] if key in part else part["properties"][key]
            part = part.get("items", part) if isinstance(part, dict) else part
            if "$ref" in part:
                part = schema_["$defs"][part["$ref"].rpartition("/")[2]]
        lines = ["| Key | Needed | Meaning |", "|---|---|---|"]
        for name, entry in part["properties"].items():
            needed = "yes" if name in part.get("required", ()) else ""
            lines.append(f"| `{name}` | {needed} | {cell(entry.get('description', ''))} |")
        return "\n".join(lines)

    def waiver_days(self) -> str:
        """Return how long a waiver may last, by severity."""
        lines = ["| Severity | Longest waiver | A yes without evidence lasts |", "|---|---|---|"]
        for severity in SEVERITIES:
            days = {p.attestation_days for p in self.site.catalogue.practices
                    if p.severity == severity and not p.attestation_reason}  # fmt: skip
            lasts = " or ".join(f"{number} days" for number in sorted(days))
            lines.append(f"| {chip(severity)} | {self.site.catalogue.waiver_days[severity]} days | {lasts} |")
        return "\n".join(lines)


def block(css: str, content: str, anchor: str = "") -> str:
    """Return *content* as a block of Markdown with a class, and an id if *anchor* is given."""
    name = f" id='{anchor}'" if anchor else ""
    return f"<div class='{css}'{name} markdown='1'>\n\n{content}\n\n</div>"


def example_files(folder: Path, name: str) -> list[Path]:
    """Return the files of the example *name* in *folder*: one file with any ending, or all of a folder."""
    whole = folder / name
    if whole.is_dir():
        return sorted(path for path in whole.rglob("*") if path.is_file())
    return sorted(folder.glob(f"{name}.*"))


def chip(severity: Severity) -> str:
    """Return a severity as a coloured word."""
    return f"<span class='zt-sev zt-{severity}'>{severity}</span>"


def cell(text: str) -> str:
    """Return *text* for a cell of a Markdown table."""
    return text.replace("|", "\\|").replace("<", "&lt;").replace("\n", " ")


def slug(text: str) -> str:
    """Return *text* as a heading id."""
    return re.sub(r"[^a-z0-9]+", "-", text.lower()).strip("-")


def quoted(text: str) -> str:
    """Return *text* for an HTML attribute or a Markdown link title in single quotes."""
    return html.escape(text, quote=True)


def words_for(rule: Rule) -> str:
    """Return when a practice applies, in words, with profile fields and values as code."""
    match rule.op:
        case "is":
            return f"`{rule.field}` is {' or '.join(f'`{value}`' for value in rule.values)}"
        case "not" if rule.parts[0].op == "is":
            inner = rule.parts[0]
            return f"`{inner.field}` is not {' or '.join(f'`{value}`' for value in inner.values)}"
        case "not":
            return f"not ({words_for(rule.parts[0])})"
        case _ if not rule.parts:
            return "always"
        case _:
            joint = " or " if rule.op == "any" else " and "
            return joint.join(
                f"({words_for(part)})" if part.op in ("any", "all") else words_for(part) for part in rule.parts
            )
