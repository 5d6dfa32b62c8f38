"""Words before expressions: a file is passed over only where its text cannot match."""

from __future__ import annotations

import importlib
import pkgutil
import re
from pathlib import Path

import pytest

from ztcheck.collectors.source import checks, facts, handlers, profile
from ztcheck.collectors.source.literals import ENOUGH, Expression, expression, needed
from ztcheck.collectors.source.model import Source, Unit

EXAMPLES = [
    path.read_text(encoding="utf-8", errors="replace")
    for path in sorted((Path(__file__).parent / "examples").rglob("*"))
    if path.is_file()
]
MODULES = [facts, handlers, profile] + [
    importlib.import_module(f"{checks.__name__}.{module.name}") for module in pkgutil.iter_modules(checks.__path__)
]
PATTERNS = {
    f"{module.__name__.rsplit('.', 1)[-1]}.{name}": value
    for module in MODULES
    for name, value in vars(module).items()
    if isinstance(value, re.Pattern) and isinstance(value.pattern, str)
}


@pytest.mark.parametrize(
    ("pattern", "words"),
    [
        ("jku|jwk|x5u", (("jku", "jwk", "x5u"),)),
        (r"\bPublicClientApplication\b(?:\(|Builder)", (("PublicClientApplication",),)),
        ("(?i)WithClaims", (("withclaims",),)),
        ("clientSecret|clientSecretCredential", (("clientSecret",),)),
        (r"login\.example/(?:common|organizations)", (("login.example/",), ("common", "organizations"))),
        ("(?:abcd)?efgh|(?:ijkl)*mnop", (("efgh", "mnop"),)),
        ("(?:abcd)+", (("abcd",),)),
        ("(?!abcd)(?<!efgh)ijkl", (("ijkl",),)),
        ("abcd|[ef]g", ()),
        (r"ab|\d{4}", ()),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_only_what_every_match_holds_is_needed(pattern: str, words: tuple[tuple[str, ...], ...]) -> None:
    assert needed(pattern) == words


@pytest.mark.parametrize("name", sorted(PATTERNS))
def test_no_file_that_an_expression_of_a_check_matches_is_passed_over(name: str) -> None:
    asked = Expression(PATTERNS[name])
    asked.searched = ENOUGH
    for match in filter(None, map(asked.pattern.search, EXAMPLES)):
        assert asked.may_match(match.string, match.string.lower())
        found = match[0].lower() if asked.folds else match[0]
        assert all(any(word in found for word in words) for words in needed(asked.pattern.pattern, asked.pattern.flags))


def test_a_file_without_the_words_is_not_searched_once_enough_was() -> None:
    pattern = re.compile("(?i)onlyhere")
    long = Unit(Source("long.py", "python", "x = 1\n" * ENOUGH, "production", "python"))
    short = Unit(Source("short.py", "python", "ONLYHERE = 1", "production", "python"))
    assert long.search(pattern) is None
    assert short.search(pattern)
    assert [match[0] for match in short.finditer(pattern)] == ["ONLYHERE"]
    assert not expression(pattern).may_match("y = 2", "y = 2")
