"""How checks are written down: a function, what it is shown, and the check that it speaks for.

`on` registers a function that is shown one fact at a time, `setting` one setting, `whole` the whole project. The
words that `on` names are also what the engine is asked for, so they are written once.
"""

from __future__ import annotations

import re
from collections import defaultdict
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

from ztcheck.collectors.source.model import CODE

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from ztcheck.collectors.source.model import Fact, Kind, Language, Project, Saw, Setting, Unit

    Judge = Callable[[Fact, Unit], Saw | None]
    SettingJudge = Callable[[Setting, Unit], Saw | None]
    WholeJudge = Callable[[Project, Mapping[str, object]], Iterable[tuple[Unit, int, Saw]]]
    Allowance = Callable[[Saw, Unit, str | None, Mapping[str, Any]], Saw | None]


@dataclass(frozen=True)
class On:
    """A function that is shown facts of one kind whose name matches."""

    check: str
    languages: tuple[Language, ...]
    kind: Kind
    words: str
    judge: Judge

    @cached_property
    def wanted(self) -> re.Pattern[str]:
        """What a fact's name matches; compiled when first asked, for most scans see few languages."""
        return re.compile(rf"(?:^|[.\s\])?!])(?:{self.words})$" if self.kind == "call" else self.words)


_CALLED = re.compile(r"(?:^|[.\s\])?!])([\w$]+)$")


_TYPES = re.compile(r"<[^()]*>$")


class Asked:
    """Finds the rules that want to see a fact; those that name whole words of calls without an expression."""

    def __init__(self, rules: Iterable[On]) -> None:
        self.by_word: dict[tuple[Language, str], list[tuple[int, On]]] = defaultdict(list)
        self.others: dict[tuple[Language, Kind], list[tuple[int, On]]] = defaultdict(list)
        self.known: dict[tuple[Language, Kind, str], list[On]] = {}
        for entry in enumerate(rules):
            rule = entry[1]
            words = rule.words.split("|") if rule.kind == "call" else []
            plain = bool(words) and all(re.fullmatch(r"[\w$]+", word) for word in words)
            for language in rule.languages:
                if plain:
                    for word in dict.fromkeys(words):
                        self.by_word[language, word].append(entry)
                else:
                    self.others[language, rule.kind].append(entry)

    def about(self, language: Language, fact: Fact) -> list[On]:
        """Return the rules that want *fact* of a file in *language*, in the order in which they were registered."""
        key = (language, fact.kind, fact.name)
        found = self.known.get(key)
        if found is None:
            name = _TYPES.sub("", fact.name) if fact.kind == "call" else fact.name
            entries = [entry for entry in self.others[language, fact.kind] if entry[1].wanted.search(name)]
            called = _CALLED.search(name) if fact.kind == "call" else None
            if called:
                entries += self.by_word.get((language, called[1]), ())
            found = self.known[key] = [rule for _, rule in sorted(entries, key=lambda entry: entry[0])]
        return found


_PY: Language = "python"
_CS: Language = "csharp"
_JS: Language = "javascript"
_JAVA: Language = "java"
_GO: Language = "go"
# Languages of code that a check speaks for, where they are not all five.
LANGUAGES: Mapping[str, tuple[Language, ...]] = {
    "admin-consent-link": (_PY, _CS, _JS),
    "authorization-header-forwarded": (_PY, _CS, _JS),
    "bad-token-tests": (_PY, _CS),
    "bearer-where-bound-possible": (_PY, _CS, _JS),
    "broad-initial-scopes": (_PY, _CS, _JS),
    "broker-enabled": (_PY, _CS),
    "browser-token-library": (_CS, _JS),
    "callback-without-state": (_PY, _CS, _JS, _JAVA),
    "capability-declared": (_PY, _CS, _JS),
    "capability-without-handler": (_PY, _CS, _JS),
    "challenge-handler": (_PY, _CS, _JS),
    "claim-sources-url-called": (_PY, _JS),
    "client-decodes-access-token": (_PY, _CS, _JS),
    "credential-read-once": (_PY,),
    "default-role-granted": (_PY, _JS),
    "default-scope-in-user-flow": (_PY, _CS, _JS),
    "denial-without-log": (_PY, _CS, _JS),
    "embedded-web-view-login": (_PY, _CS, _JAVA, _GO),
    "encrypted-cache-persistence": (_PY, _CS, _JS),
    "error-number-comparison": (_PY, _CS, _JS),
    "forced-consent-prompt": (_PY, _JS),
    "hard-coded-signing-key": (_PY, _JS, _GO),
    "id-token-decoded-unverified": (_PY, _JS),
    "id-token-sent-to-api": (_PY, _CS, _JS),
    "identifier-in-authorization": (_PY, _CS, _JS),
    "issuer-validation-off": (_PY, _CS, _JS),
    "overage-not-handled": (_PY, _CS, _JS),
    "request-body-bound-to-record": (_PY, _JS),
    "roles-claim-read": (_PY, _CS, _JS, _JAVA),
    "route-without-scope-check": (_PY,),
    "saml-validation-disabled": (_PY, _JS),
    "secret-in-front-end": (_JS,),
    "source-address-bypass": (_PY, _JS, _GO),
    "stored-credential-on-azure": (_PY, _CS, _JS),
    "tenant-from-request": (_PY, _JS),
    "token-used-unchecked": (_PY, _CS, _JS, _GO),
    "tool-without-approval": (_PY, _JS),
    "unfiltered-tool-registration": (_PY, _JS),
    "unguarded-privileged-route": (_PY, _CS, _JS),
    "user-account-in-service": (_PY, _CS),
    "vault-client": (_PY, _CS, _JAVA),
}

FACTS: list[On] = []
SETTINGS: list[tuple[str, SettingJudge]] = []
WHOLE: list[tuple[str, WholeJudge]] = []
READS: dict[str, set[Language]] = defaultdict(set)
ALLOWED: dict[str, Allowance] = {}


def on(check: str, kind: Kind, words: str, *languages: Language) -> Callable[[Judge], Judge]:
    """Register a judge of facts. *words* is a regular expression without look-around: of the last part of what is
    called, of the name that gets a value, or of a string's or annotation's text. No language means all of them."""

    def register(judge: Judge) -> Judge:
        spoken = LANGUAGES.get(check, CODE)
        chosen = tuple(language for language in languages or spoken if language in spoken)
        FACTS.append(On(check, chosen, kind, words, judge))
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
    """Register a judge of the whole project; it yields the file, the line and what it saw.

    What it says of code in a language that its check does not speak for is dropped.
    """

    def register(judge: WholeJudge) -> WholeJudge:
        WHOLE.append((check, judge))
        spoken = LANGUAGES.get(check, CODE)
        READS[check].update(language for language in languages or CODE if language in spoken or language not in CODE)
        return judge

    return register


def allowance(check: str) -> Callable[[Allowance], Allowance]:
    """Register what the team's file may allow of what *check* sees.

    The function gets what was seen, the file, the component and what is declared; it returns what is left to say, or
    None.
    """

    def register(judge: Allowance) -> Allowance:
        ALLOWED[check] = judge
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
