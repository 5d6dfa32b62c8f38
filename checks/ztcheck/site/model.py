"""What the site is made from, read once per build: catalogue, pages, facts, snippets, glossary."""

from __future__ import annotations

import datetime as dt
import posixpath
import re
import tomllib
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

from ztcheck import catalogue as catalogue_module
from ztcheck.catalogue import sources
from ztcheck.errors import Problem, ToolError, suggestion
from ztcheck.site.snippets import Snippet

if TYPE_CHECKING:
    from collections.abc import Mapping

    from ztcheck.catalogue import Catalogue, Practice
    from ztcheck.catalogue.rules import Rule

REPOSITORY = "https://github.com/zero-trust-for-developers/ztcheck"


@dataclass(frozen=True, slots=True)
class Fact:
    """A value that goes stale: what it is, the day it was checked, where it was read."""

    value: str
    checked: dt.date
    source: str
    says: str


@dataclass(frozen=True, slots=True)
class Term:
    """One entry of the glossary."""

    term: str
    meaning: str

    @property
    def anchor(self) -> str:
        """The heading id on the glossary page."""
        return "term-" + re.sub(r"[^a-z0-9]+", "-", self.term.lower()).strip("-")


@dataclass(frozen=True, slots=True)
class NewsItem:
    """One entry of the feed of changes. *page* is a page's slug, or empty for the whole site."""

    on: dt.date
    title: str
    text: str
    page: str = ""


@dataclass(frozen=True)
class Site:
    """The project that the site is built from. *root* and *docs* are absolute."""

    root: Path
    docs: Path
    catalogue: Catalogue
    facts: Mapping[str, Fact] = field(default_factory=dict)
    glossary: tuple[Term, ...] = ()
    news: tuple[NewsItem, ...] = ()

    @classmethod
    def read(cls, root: Path, docs: Path) -> Site:
        """Read everything below *root*. Raises ToolError with every problem of the data files."""
        sources.pages.cache_clear()  # `mkdocs serve` reads again in the same process
        problems: list[Problem] = []
        site = cls(
            root.resolve(),
            docs.resolve(),
            catalogue_module.load(),
            _facts(docs / "facts.toml", problems),
            _glossary(docs / "glossary.txt", problems),
            _news(docs / "changes.toml", problems),
        )
        if problems:
            raise ToolError(problems)
        return site

    @cached_property
    def pages(self) -> Mapping[str, sources.Page]:
        """The pages of the catalogue that exist, by slug."""
        return sources.pages()

    @cached_property
    def snippets(self) -> Mapping[str, Snippet]:
        """Every snippet, by name."""
        return Snippet.all(self.root)

    def source_of(self, slug: str) -> str:
        """Return the Markdown source of the page *slug*, relative to the docs folder: ``build/protect-an-api.md``."""
        return f"{slug}.md"

    def exists(self, slug: str) -> bool:
        """Return whether the page *slug* is there."""
        return (self.docs / self.source_of(slug)).is_file()

    def home_of(self, practice: Practice) -> str:
        """Return the slug of the page that holds *practice*: its own page, or its topic's reference."""
        return practice.page or f"reference/catalogue/{practice.topic}"

    @cached_property
    def covered_by(self) -> Mapping[str, tuple[Practice, ...]]:
        """The practices that cover each recommendation, by its id."""
        found: dict[str, list[Practice]] = {}
        for practice in self.catalogue.practices:
            for item in practice.recommendations:
                found.setdefault(item, []).append(practice)
        return {item: tuple(practices) for item, practices in found.items()}

    def topic_of(self, item: sources.Recommendation) -> str:
        """Return the topic under which *item* is listed: that of the practice that covers it, else its own."""
        practices = self.covered_by.get(item.id)
        return practices[0].topic if practices else item.topic

    @cached_property
    def supported_by(self) -> Mapping[tuple[str, str], tuple[Practice, ...]]:
        """The practices that support each requirement, by standard and id."""
        found: dict[tuple[str, str], list[Practice]] = {}
        for practice in self.catalogue.practices:
            for standard, items in practice.standards.items():
                for item in items:
                    found.setdefault((standard, item), []).append(practice)
        return {key: tuple(practices) for key, practices in found.items()}

    def states(self, slug: str, recommendation: str) -> bool:
        """Return whether the source of page *slug* holds the sentence that states *recommendation*."""
        path = self.docs / self.source_of(slug)
        return path.is_file() and f'id="rec-{recommendation}"' in path.read_text(encoding="utf-8")


def standard_name(standard: sources.Standard) -> str:
    """Return a standard's name, with its version where that is a number rather than a date or a remark."""
    numbered = re.fullmatch(r"v?\d[\d.]*( \(preview\))?|20\d\d", standard.version)
    return f"{standard.name} {standard.version}" if numbered else standard.name


def relative(source: str, target: str, anchor: str = "") -> str:
    """Return the Markdown link from file *source* to file *target*, both relative to the docs folder."""
    path = "" if source == target and anchor else posixpath.relpath(target, posixpath.dirname(source) or ".")
    return f"{path}#{anchor}" if anchor else path


def may_apply(rule: Rule, known: Mapping[str, tuple[str, ...]]) -> bool:
    """Return whether *rule* can hold for some profile whose fields in *known* have exactly these values."""
    return _possible(rule, known) is not False


def _possible(rule: Rule, known: Mapping[str, tuple[str, ...]]) -> bool | None:
    """Evaluate in three values: True, False, or None when a field that is not in *known* decides."""
    if rule.op == "is":
        return rule.holds(known) if rule.field in known else None
    parts = [_possible(part, known) for part in rule.parts]
    if rule.op == "not":
        return None if parts[0] is None else not parts[0]
    decided = rule.op == "any"
    if decided in parts:
        return decided
    return None if None in parts else not decided


def _tables(path: Path, keys: dict[str, type], key: str, problems: list[Problem]) -> list[dict[str, object]]:
    """Return the array of tables *key* of a TOML file; every table must have exactly *keys*, of these types."""
    name = path.name
    try:
        content = tomllib.loads(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        problems.append(Problem(str(error), path=name))
        return []
    entries = []
    for number, entry in enumerate(content.get(key, []), start=1):
        who = f"{key} {entry.get('id') or number}"
        problems += [
            Problem(f"{who}: unknown key '{wrong}'", path=name, help=suggestion(wrong, keys))
            for wrong in entry.keys() - keys.keys()
        ]
        for needed, kind in keys.items():
            value = entry.get(needed)
            if type(value) is not kind:
                problems.append(Problem(f"{who}: '{needed}' must be given as {kind.__name__}", path=name))
        entries.append(entry)
    return [] if problems else entries


def _facts(path: Path, problems: list[Problem]) -> dict[str, Fact]:
    keys = {"id": str, "value": str, "checked": dt.date, "source": str, "says": str}
    entries = _tables(path, keys, "fact", problems)
    seen: dict[str, Fact] = {}
    for entry in entries:
        name = str(entry.pop("id"))
        if name in seen:
            problems.append(Problem(f"fact {name}: id is used twice", path=path.name))
        seen[name] = Fact(**entry)  # type: ignore[arg-type]  # _tables checked the types
    return seen


def _news(path: Path, problems: list[Problem]) -> tuple[NewsItem, ...]:
    keys = {"on": dt.date, "title": str, "text": str, "page": str}
    entries = _tables(path, keys, "change", problems)
    items = [NewsItem(**entry) for entry in entries]  # type: ignore[arg-type]  # _tables checked the types
    return tuple(sorted(items, key=lambda item: item.on, reverse=True))


def _glossary(path: Path, problems: list[Problem]) -> tuple[Term, ...]:
    try:
        lines = path.read_text(encoding="utf-8").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        problems.append(Problem(str(error), path=path.name))
        return ()
    terms = []
    for number, line in enumerate(lines, start=1):
        if not line.strip():
            continue
        match = re.fullmatch(r"\*\[(?P<term>[^\]]+)\]: (?P<meaning>\S.*\.)", line)
        if match is None:
            problems.append(Problem("not '*[TERM]: One sentence.'", path=path.name, line=number))
        else:
            terms.append(Term(**match.groupdict()))
    return tuple(sorted(terms, key=lambda term: term.term.lower()))
