"""The words of all files, looked up at once: a file is named wherever a search of its text would find it."""

from __future__ import annotations

import pytest

from ztcheck.collectors.source.literals import ENOUGH, expression
from ztcheck.collectors.source.model import Source, Unit
from ztcheck.collectors.source.vocabulary import Vocabulary

TEXTS = (
    "app.UseAuthentication();",
    "const token = 1",
    "",
    "ÜBERTOKEN == 'İd'",
    "x.y.read(z)",
    "nothing to\u212aen here",
)


@pytest.mark.parametrize(
    ("word", "numbers"),
    [
        ("absent", set()),
        (".write(", set()),
        ("token(", set()),
        ("token", {1, 3, 5}),  # the sign of the kelvin is a k in lower case
        ("useauth", {0}),
        ("y.read(", {4}),
        ("()", {0}),
        ("übertoken", {3}),
        ("x", {4}),
    ],
)
def test_a_word_is_held_by_the_texts_that_a_search_in_lower_case_finds_it_in(word: str, numbers: set[int]) -> None:
    assert Vocabulary(TEXTS).holding((word,)) == numbers
    assert numbers == {number for number, text in enumerate(TEXTS) if word in text.lower()}


def test_one_of_several_words_is_enough() -> None:
    assert Vocabulary(TEXTS).holding(("absent", "useauth", "y.read(")) == {0, 4}


@pytest.mark.parametrize(
    ("pattern", "numbers"),
    [
        ("absent|missing", set()),
        (r"UseAuth\w*|\.read\(", {0, 4}),
        (r"(?i)USEAUTH|NOTHING", {0, 5}),
        (r"(?:token|read)\b", {1, 4}),
        (r"(=) \d|(h)er\2", {1}),
        (r"\W$", {0, 3, 4}),
        (r"[|(]z|here", {4, 5}),
    ],
)
def test_an_expression_finds_the_same_with_the_vocabulary_as_without(pattern: str, numbers: set[int]) -> None:
    vocabulary = Vocabulary(TEXTS)
    units = [Unit(Source(f"{n}.js", "javascript", text, "production")) for n, text in enumerate(TEXTS)]
    expression(pattern).searched = ENOUGH
    assert {n for n, unit in enumerate(units) if unit.search(pattern)} == numbers
    for number, unit in enumerate(units):
        unit.vocabulary, unit.number = vocabulary, number
    assert {n for n, unit in enumerate(units) if unit.search(pattern)} == numbers
    assert {n for n, unit in enumerate(units) if any(unit.finditer(pattern))} == numbers
