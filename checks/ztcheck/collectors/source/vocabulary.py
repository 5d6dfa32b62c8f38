"""Which files of a project hold which words: asked once for all files, instead of searching each of them."""

from __future__ import annotations

import re
from collections import defaultdict
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

    from ztcheck.collectors.source.literals import Alternative

LEAST = 3  # letters of a word that is looked up: shorter ones stand nearly everywhere
# Letters, digits and underscores in lower case; all else parts words.
_FOLD = bytes(ord(chr(byte).lower()) if re.match(r"[A-Za-z0-9_]", chr(byte)) else 32 for byte in range(256))
_PARTS = re.compile(r"[a-z0-9_]+")


class Vocabulary:
    """The words of *texts*, and the positions of the texts that hold each of them."""

    def __init__(self, texts: Sequence[str]) -> None:
        self._texts = texts
        self._all = frozenset(range(len(texts)))
        self._places: defaultdict[bytes, list[int]] = defaultdict(list)
        for number, text in enumerate(texts):
            folded = text if text.isascii() else text.lower()
            for word in set(folded.encode("utf-8", "replace").translate(_FOLD).split()):
                self._places[word].append(number)
        self._words = b"\n".join(self._places)
        self._near: dict[str, frozenset[int]] = {}
        self._holding: dict[tuple[str, ...], frozenset[int]] = {}
        self._matching: dict[tuple[Alternative, ...], frozenset[int]] = {}

    def near(self, word: str) -> frozenset[int]:
        """Return the positions of the texts that hold the longest part of *word*, which is in lower case."""
        part = max(_PARTS.findall(word), key=len, default="")
        found = self._near.get(part)
        if found is None:
            found = self._near[part] = self._all if len(part) < LEAST else self._look_up(part.encode())
        return found

    def _look_up(self, part: bytes) -> frozenset[int]:
        words, places = self._words, self._places
        found: set[int] = set()
        at = words.find(part)
        while at >= 0:
            end = words.find(b"\n", at)
            end = len(words) if end < 0 else end
            found.update(places[words[words.rfind(b"\n", 0, at) + 1 : end]])
            at = words.find(part, end)
        return frozenset(found)

    def holding(self, words: tuple[str, ...]) -> frozenset[int]:
        """Return the positions of the texts that hold one of *words*, written in lower case, in any case."""
        found = self._holding.get(words)
        if found is None:
            held: set[int] = set()
            for word in words:
                near = self.near(word) - held
                exact = len(word) >= LEAST and _PARTS.fullmatch(word)
                held |= near if exact else {number for number in near if word in self._texts[number].lower()}
            found = self._holding[words] = frozenset(held)
        return found

    def matching(self, alternatives: tuple[Alternative, ...]) -> frozenset[int]:
        """Return the positions of all texts that one of *alternatives* can match, and of some that none can."""
        found = self._matching.get(alternatives)
        if found is None:
            found = self._matching[alternatives] = frozenset().union(*map(self._worth, alternatives))
        return found

    def _worth(self, alternative: Alternative) -> frozenset[int]:
        found = self._all
        for group in alternative.groups:
            found &= frozenset().union(*(self.near(word.lower()) for word in group))
        return found
