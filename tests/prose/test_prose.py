"""Every sentence that readers meet keeps to our words, our spelling and a length that can be read in one breath."""

import re

import pytest

from tests.prose import lint

PLANTED = {
    "an old product name": ("Register the app in Azure AD.", "Microsoft Entra ID"),
    "a name in the wrong case": ("Push it to Github.", "GitHub"),
    "a term of another standard": ("Send an identity token.", "ID token"),
    "log in": ("The login page is shown.", "sign-in"),
    "filler": ("You simply call the API.", "(no word)"),
    "marketing": ("This gives you robust security.", "marketing"),
    "a word twice": ("Verify the the token.", "the same word twice"),
    "British spelling": ("The colour of the badge.", "color"),
    "a slip": ("You recieve a token.", "receive"),
    "in a link": ("See [the whitelist](https://example.com).", "allow list"),
    "in a table": ("| a cell | with Azure AD |", "Microsoft Entra ID"),
    "a sentence that nobody can read": ("The token " + "and the other token " * 12 + "are verified.", "exceeds"),
}
ALLOWED = {
    "code": "Set `Azure AD` and `msal` in `json`.",
    "an address": "See [the page](https://example.com/github/colour/simply).",
    "the name of a retired API": "The address points at Azure AD Graph.",
    "sign-on on": "Require single sign-on on every way.",
    "an exception": "<!-- textlint-disable prh -->\n\nAzure AD\n\n<!-- textlint-enable prh -->",
    "a long row of short sentences": "The token is verified. " * 20,
}


@pytest.fixture(scope="module", autouse=True)
def _installed():
    if not lint.TEXTLINT.exists():
        pytest.skip("the npm packages are not installed")


@pytest.fixture(scope="module")
def found():
    """What the linters say of all planted mistakes, by the mistake's name."""
    said = lint.lint({name: text for name, (text, _) in PLANTED.items()} | ALLOWED)
    return {name: [line for line in said if line.startswith(f"{name}:")] for name in [*PLANTED, *ALLOWED]}


@pytest.mark.parametrize("name", PLANTED)
def test_a_mistake_is_found_with_its_line(found, name):
    assert [line for line in found[name] if line.startswith(f"{name}:1: ") and PLANTED[name][1] in line]


@pytest.mark.parametrize("name", ALLOWED)
def test_what_is_right_is_left_alone(found, name):
    assert found[name] == []


def test_every_sentence_of_pages_catalogue_and_documents_keeps_to_our_words():
    prose = lint.texts()
    assert {"README.md", "CONTRIBUTING.md", "docs/index.md", "docs/facts.toml"} < set(prose)
    assert sum(name.startswith("docs/") for name in prose) > 40
    assert sum(name.startswith("checks/ztcheck/catalogue/practices/") for name in prose) > 10
    assert lint.lint(prose) == []


@pytest.mark.parametrize(
    ("name", "text", "prose"),
    [
        ("a.md", '---\na: b\n---\n# Title { #id }\n{{ practice("x") }}\n', ["", "", "", "# Title ", ""]),
        ("a.md", 'See {{ link("build/x", "the page") }} of <span id="r">it</span>.', ["See the page of it."]),
        ("a.toml", 'id = "x"\ntitle = "Two \\"words\\""\nlist = ["a b"]\n# note', ["", '- Two "words"', "", ""]),
        ("a.txt", "*[aud]: Whom a token is for.", ["- Whom a token is for."]),
    ],
    ids=["front-matter-and-macros", "links-and-spans", "toml", "glossary"],
)
def test_a_file_becomes_its_prose_line_for_line(name, text, prose):
    assert lint.readable(name, text).splitlines() == prose


def test_the_vocabulary_gives_an_example_for_every_rule():
    words = (lint.CONFIG.parent / "words.yml").read_text(encoding="utf-8")
    rules = re.split(r"^  - expected: ", words, flags=re.MULTILINE)[1:]
    assert len(rules) > 40
    assert [rule.splitlines()[0] for rule in rules if "specs: [" not in rule] == []
