"""Where the practices come from and what they support: recommendations, articles, pages, standards."""

from __future__ import annotations

import csv
import tomllib
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING, Any

from ztcheck.catalogue import FOLDER

if TYPE_CHECKING:
    from collections.abc import Mapping


@dataclass(frozen=True, slots=True)
class Recommendation:
    """One atomic recommendation of the articles, in our words.

    *page* and *guidance_only* are set for one that no practice covers; *correction* says what holds where the
    article is outdated or wrong.
    """

    id: str
    statement: str
    why: str
    topic: str
    sources: tuple[str, ...]
    page: str | None = None
    guidance_only: str | None = None
    correction: str | None = None


@dataclass(frozen=True, slots=True)
class Article:
    """One of the 28 articles and the pages that hold its content now."""

    id: str
    title: str
    updated: str
    linked_from_seed: bool
    pages: tuple[str, ...]

    @property
    def url(self) -> str:
        """The article's public address."""
        return f"https://learn.microsoft.com/en-us/security/zero-trust/develop/{self.id}"


@dataclass(frozen=True, slots=True)
class Page:
    """A page of the site that exists."""

    slug: str
    title: str
    section: str
    kind: str
    purpose: str


@dataclass(frozen=True, slots=True)
class Requirement:
    """One identifier of a standard; *title* is an own-words gloss, empty where there is none on purpose."""

    id: str
    title: str
    group: str
    url: str


@dataclass(frozen=True, slots=True)
class Standard:
    """A standard that practices are mapped to."""

    id: str
    name: str
    version: str
    publisher: str
    url: str
    licence: str
    requirements: Mapping[str, Requirement]


def _toml(name: str, key: str) -> list[dict[str, Any]]:
    entries: list[dict[str, Any]] = tomllib.loads((FOLDER / name).read_text(encoding="utf-8")).get(key, [])
    return [{k: tuple(v) if isinstance(v, list) else v for k, v in entry.items()} for entry in entries]


@cache
def recommendations() -> Mapping[str, Recommendation]:
    """Return the recommendations by id."""
    return {entry["id"]: Recommendation(**entry) for entry in _toml("recommendations.toml", "recommendation")}


@cache
def articles() -> Mapping[str, Article]:
    """Return the articles by id."""
    return {entry["id"]: Article(**entry) for entry in _toml("articles.toml", "article")}


@cache
def pages() -> Mapping[str, Page]:
    """Return the pages that exist, by slug, in the order of the navigation."""
    return {entry["slug"]: Page(**entry) for entry in _toml("pages.toml", "page")}


@cache
def standards() -> Mapping[str, Standard]:
    """Return the standards by id, each with its requirements."""
    found = {}
    for entry in _toml("standards/standards.toml", "standard"):
        with (FOLDER / "standards" / f"{entry['id']}.csv").open(encoding="utf-8", newline="") as file:
            lines = csv.reader(file)
            next(lines)  # id, title, group, url: the fields of Requirement
            rows = {line[0]: Requirement(*line) for line in lines}
        found[entry["id"]] = Standard(**entry, requirements=rows)
    return found
