"""Reads the pages of a built site as far as the tests need: ids, links, text by section."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cache
from html.parser import HTMLParser
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

VOID = {"area", "base", "br", "col", "embed", "hr", "img", "input", "link", "meta", "source", "track", "wbr"}


@dataclass
class Document(HTMLParser):
    """One page. *links* holds (element, attribute, value); *text* the text of the element with each id."""

    ids: list[str] = field(default_factory=list)
    links: list[tuple[str, str, str]] = field(default_factory=list)
    text: dict[str, str] = field(default_factory=dict)
    body: str = ""
    _open: list[tuple[str, str]] = field(default_factory=list)

    def __post_init__(self) -> None:
        super().__init__(convert_charrefs=True)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Keep the element's id and addresses."""
        values = {name: value or "" for name, value in attrs}
        if values.get("id"):
            self.ids.append(values["id"])
            self.text.setdefault(values["id"], "")
        self.links += [(tag, name, values[name]) for name in ("href", "src") if name in values]
        if tag not in VOID:
            self._open.append((tag, values.get("id", "")))

    def handle_endtag(self, tag: str) -> None:
        """Close the element and what it leaves open."""
        for position in range(len(self._open) - 1, -1, -1):
            if self._open[position][0] == tag:
                del self._open[position:]
                return

    def handle_data(self, data: str) -> None:
        """Add to the text of every open element that has an id."""
        if any(tag in ("script", "style") for tag, _ in self._open):
            return
        self.body += data
        for _, name in self._open:
            if name:
                self.text[name] += data


@cache
def read(path: Path) -> Document:
    """Return the page in the file *path*."""
    document = Document()
    document.feed(path.read_text(encoding="utf-8"))
    return document
