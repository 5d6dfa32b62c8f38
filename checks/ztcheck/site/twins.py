"""Markdown twins: each page's text with its macros expanded, for readers that are programs."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

_FENCE = re.compile(r"^(?P<fence>`{3,}|~{3,}).*?^(?P=fence)`*~*\s*?$", re.MULTILINE | re.DOTALL)
_UNREAD = re.compile(r"<details\b.*?</details>|<form\b.*?</form>|<[^>]+>|\]\([^)]*\)|\{ #\S+ \}", re.DOTALL)
_NOISE = [
    (re.compile(r"^</?(?:div|section|ul|form)\b[^\n]*>\s*$\n?", re.MULTILINE), ""),
    (re.compile(r"<form\b.*?</form>", re.DOTALL), ""),
    (re.compile(r"<summary>(.*?)</summary>"), r"**\1**"),
    (re.compile(r"<li\b[^>]*>(.*?)</li>"), r"- \1"),
    (re.compile(r"<span class='zt-k'>(.*?)</span>"), r"\1:"),
    (re.compile(r"</?(?:span|small|p|details)\b[^>]*>"), ""),
    (re.compile(r"\n{3,}"), "\n\n"),
]


def twin(markdown: str) -> str:
    """Return *markdown* without the markup that only the rendered page needs; code stays as it is."""
    kept: list[str] = []

    def keep(match: re.Match[str]) -> str:
        kept.append(match[0])
        return f"\0{len(kept) - 1}\0"

    text = _FENCE.sub(keep, markdown)
    for pattern, replacement in _NOISE:
        text = pattern.sub(replacement, text)
    return re.sub(r"\0(\d+)\0", lambda match: kept[int(match[1])], text).strip() + "\n"


def minutes(markdown: str) -> int:
    """Return the minutes that *markdown* takes to read, at 200 words each; code and what is folded do not count."""
    return -(-len(_UNREAD.sub(" ", _FENCE.sub("", markdown)).split()) // 200)


def write_twin(path: Path, text: str) -> None:
    """Write the twin beside the page's folder."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")
