"""How checks are written down: a function, what it is shown, and the check that it speaks for.

`on` registers a function that is shown one fact at a time, `setting` one setting, `whole` the whole project. The
words that `on` names are also what the engine is asked for, so they are written once.
"""

from __future__ import annotations

import re
from collections import defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING

from ztcheck.collectors.source.model import CODE

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from ztcheck.collectors.source.model import Fact, Kind, Language, Project, Saw, Setting, Unit

    Judge = Callable[[Fact, Unit], Saw | None]
    SettingJudge = Callable[[Setting, Unit], Saw | None]
    WholeJudge = Callable[[Project, Mapping[str, object]], Iterable[tuple[Unit, int, Saw]]]


@dataclass(frozen=True, slots=True)
class On:
    """A function that is shown facts of one kind whose name matches."""

    check: str
    languages: tuple[Language, ...]
    kind: Kind
    wanted: re.Pattern[str]
    words: str
    judge: Judge


FACTS: list[On] = []
SETTINGS: list[tuple[str, SettingJudge]] = []
WHOLE: list[tuple[str, WholeJudge]] = []
READS: dict[str, set[Language]] = defaultdict(set)


def on(check: str, kind: Kind, words: str, *languages: Language) -> Callable[[Judge], Judge]:
    """Register a judge of facts. *words* is a regular expression without look-around: of the last part of what is
    called, of the name that gets a value, or of a string's or annotation's text. No language means all of them."""

    def register(judge: Judge) -> Judge:
        pattern = rf"(?:^|[.\s\])?!])(?:{words})$" if kind == "call" else words
        chosen = languages or CODE
        FACTS.append(On(check, chosen, kind, re.compile(pattern), words, judge))
        READS[check].update(chosen)
        return judge

    return register


def setting(check: str) -> Callable[[SettingJudge], SettingJudge]:
    """Register a judge of settings in structured files."""

    def register(judge: SettingJudge) -> SettingJudge:
        SETTINGS.append((check, judge))
        READS[check].add("settings")
        return judge

    return register


def whole(check: str, *languages: Language) -> Callable[[WholeJudge], WholeJudge]:
    """Register a judge of the whole project; it yields the file, the line and what it saw."""

    def register(judge: WholeJudge) -> WholeJudge:
        WHOLE.append((check, judge))
        READS[check].update(languages or (*CODE, "settings", "text"))
        return judge

    return register


def words() -> dict[Language, dict[Kind, list[str]]]:
    """Return the words that all registered checks ask the engine for."""
    found: dict[Language, dict[Kind, list[str]]] = {language: defaultdict(list) for language in CODE}
    for rule in FACTS:
        for language in rule.languages:
            # The engine matches a name anywhere in the text of a constant's left side or key.
            found[language][rule.kind].append(f"(?:{rule.words})")
    return found
