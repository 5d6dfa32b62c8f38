"""Reads the pages of a built site as far as the tests need: ids, links, text by section."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache, cached_property
from typing import TYPE_CHECKING, Any

from lxml import html

if TYPE_CHECKING:
    from pathlib import Path

TEXT = html.etree.XPath(".//text()[not(ancestor::script or ancestor::style)]")


@dataclass(frozen=True)
class Document:
    """One page. *ids* are in its order; *links* holds (element, attribute, value)."""

    root: Any
    ids: list[str]
    links: list[tuple[str, str, str]]

    @cached_property
    def body(self) -> str:
        """The text of the page."""
        return "".join(TEXT(self.root))

    @cached_property
    def text(self) -> dict[str, str]:
        """The text of the element with each id; of the first, where several have it."""
        found: dict[str, str] = {}
        for element in self.root.iterfind(".//*[@id]"):
            found.setdefault(element.get("id"), "".join(TEXT(element)))
        return found


@cache
def read(path: Path) -> Document:
    """Return the page in the file *path*."""
    root = html.document_fromstring(path.read_bytes(), parser=html.HTMLParser(encoding="utf-8"))
    elements = list(root.iter(html.etree.Element))
    ids = [name for element in elements if (name := element.get("id"))]
    links = [(e.tag, name, e.get(name)) for e in elements for name in ("href", "src") if e.get(name) is not None]
    return Document(root, ids, links)
