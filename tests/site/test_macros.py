"""Macros say what the data says, and refuse names that they do not know."""

from types import SimpleNamespace

import pytest

from tests.site.conftest import ROOT
from ztcheck import catalogue
from ztcheck.catalogue.rules import parse_rule
from ztcheck.errors import InputError, ToolError
from ztcheck.site.macros import Macros, words_for
from ztcheck.site.model import Site, may_apply, relative
from ztcheck.site.snippets import RECORD, Snippet, dependencies, digest
from ztcheck.site.twins import minutes, twin

FIELDS = {field.id: field.values for field in catalogue.load().profile}


@pytest.fixture(scope="module")
def macros():
    page = SimpleNamespace(file=SimpleNamespace(src_uri="reference/glossary.md"))
    return Macros(Site.read(ROOT, ROOT / "docs"), SimpleNamespace(page=page))


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda m: m.practice("validate-token-audianse"), "did you mean 'validate-token-audience'"),
        (lambda m: m.checks("nothing-like-it"), "unknown practice 'nothing-like-it'"),
        (lambda m: m.fact("nothing"), "unknown fact 'nothing'"),
        (lambda m: m.link("validate-token-audianse"), "did you mean 'validate-token-audience'"),
        (lambda m: m.href("nowhere/at-all"), "unknown page 'nowhere/at-all'"),
    ],
)
def test_refuses_an_unknown_name_with_the_page_and_the_nearest(macros, call, message):
    with pytest.raises(InputError) as caught:
        call(macros)
    assert message in str(caught.value)
    assert "reference/glossary.md" in str(caught.value)


@pytest.mark.parametrize("practice", catalogue.load().practices, ids=lambda practice: practice.id)
def test_a_card_holds_what_the_catalogue_says(macros, practice):
    card = macros.practice(practice.id)
    days = catalogue.load().waiver_days[practice.severity]
    assert practice.question in card
    assert f">{practice.severity}</span>" in card
    assert f"Effort</span> {practice.effort}" in card
    assert f"Waiver</span> {f'for at most {days} days' if practice.waivable else 'not possible'}" in card
    assert f"{practice.attestation_days} days without evidence" in card
    assert words_for(practice.applies_when) in card
    assert all(check.id in card for check in practice.checks)
    for standard, items in practice.standards.items():
        assert f"standards/{standard}.md" in card
        assert all(f"[{item}](" in card for item in items)


@pytest.mark.parametrize(
    ("rule", "words"),
    [
        ({"app_kinds": ["web-api"]}, "`app_kinds` is `web-api`"),
        ({"not": {"calls_apis": ["none"]}}, "`calls_apis` is not `none`"),
        (
            {"all": [{"users": ["guests"]}, {"any": [{"hosting": ["azure"]}, {"acts_as": ["none"]}]}]},
            "`users` is `guests` and (`hosting` is `azure` or `acts_as` is `none`)",
        ),
        (
            {"not": {"all": [{"users": ["guests"]}, {"hosting": ["azure"]}]}},
            "not (`users` is `guests` and `hosting` is `azure`)",
        ),
    ],
)
def test_a_rule_is_said_in_words(rule, words):
    assert words_for(parse_rule(rule, FIELDS)) == words


@pytest.mark.parametrize(
    ("rule", "kind", "possible"),
    [
        ({"app_kinds": ["web-api"]}, "daemon", False),
        ({"app_kinds": ["web-api"]}, "web-api", True),
        ({"not": {"app_kinds": ["daemon"]}}, "daemon", False),
        ({"users": ["guests"]}, "daemon", True),
        ({"all": [{"users": ["guests"]}, {"app_kinds": ["spa"]}]}, "daemon", False),
        ({"any": [{"users": ["guests"]}, {"app_kinds": ["spa"]}]}, "daemon", True),
        ({"not": {"any": [{"app_kinds": ["daemon"]}, {"users": ["guests"]}]}}, "daemon", False),
    ],
)
def test_a_practice_shows_for_an_app_kind_only_if_it_can_apply_to_one(rule, kind, possible):
    assert may_apply(parse_rule(rule, FIELDS), {"app_kinds": (kind,)}) is possible


@pytest.mark.parametrize(
    ("source", "target", "anchor", "link"),
    [
        ("index.md", "learn/a.md", "", "learn/a.md"),
        ("build/a.md", "build/b.md", "x", "b.md#x"),
        ("build/a.md", "build/a.md", "x", "#x"),
        ("reference/standards/a.md", "build/b.md", "", "../../build/b.md"),
    ],
)
def test_links_are_relative_to_the_page(source, target, anchor, link):
    assert relative(source, target, anchor) == link


def test_a_snippet_is_whole_where_a_page_first_shows_it_and_a_link_after(macros):
    first, second = macros.snippet("verify_access_token"), macros.snippet("verify_access_token")
    assert (ROOT / "snippets" / "verify_access_token.py").read_text().strip() in first
    assert "id='snippet-verify_access_token'" in first
    assert "(#snippet-verify_access_token)" in second
    assert "import jwt" not in second


def test_the_install_line_is_what_the_script_block_says():
    code = '# /// script\n# dependencies = ["httpx>=0.28", "pyjwt[crypto]", "flask"]\n# ///\nimport httpx\n'
    assert dependencies(code) == ["httpx>=0.28", "pyjwt[crypto]", "flask"]
    assert dependencies("import httpx\n") == []


@pytest.fixture
def recorded(tmp_path):
    """A project with one snippet, its test, and the record of a run."""
    import json

    (tmp_path / "snippets").mkdir()
    (tmp_path / "tests" / "snippets").mkdir(parents=True)
    (tmp_path / "build").mkdir()
    snippet, test = tmp_path / "snippets" / "greet.py", tmp_path / "tests" / "snippets" / "test_greet.py"
    snippet.write_text('"""Greets: politely."""\n')
    test.write_text("def test_refuses(): ...\n")
    entry = {
        "snippet": digest(snippet), "test": digest(test), "on": "2026-11-23", "python": "3.12.1",
        "versions": {"pyjwt": "2.15.1"}, "passed": 12, "failed": 0, "refused": 9,
    }  # fmt: skip

    def write(**changes):
        (tmp_path / RECORD).write_text(json.dumps({"greet": {**entry, **changes}}))
        return Snippet.read(tmp_path, "greet")

    return write


def test_a_snippet_says_what_its_last_test_run_proved(recorded):
    proof = recorded().proof
    assert "12 cases passed on 2026-11-23 with Python 3.12.1 and pyjwt 2.15.1" in proof
    assert "it refuses in 9 of them" in proof


@pytest.mark.parametrize(
    "change", [{"snippet": "0"}, {"test": "0"}, {"failed": 1}], ids=lambda change: next(iter(change))
)
def test_a_snippet_claims_nothing_from_a_run_of_other_files_or_one_that_failed(recorded, change):
    assert recorded(**change).proof == ""


@pytest.mark.parametrize(
    ("file", "text", "message"),
    [
        ("facts.toml", '[[fact]]\nid = "x"\nvalue = "1"\nchecked = "today"\nsource = "s"\nsays = "s"', "'checked'"),
        ("facts.toml", '[[fact]]\nid = "x"\nvalu = "1"', "unknown key 'valu'"),
        ("changes.toml", '[[change]]\non = 2026-01-01\ntitle = "t"', "'text' must be given"),
        ("glossary.txt", "*[aud] The audience", "not '*[TERM]: One sentence.'"),
    ],
)
def test_a_mistake_in_a_data_file_is_an_error_with_the_file(tmp_path, file, text, message):
    for name in ("facts.toml", "changes.toml", "glossary.txt"):
        (tmp_path / name).write_text(text if name == file else "")
    with pytest.raises(ToolError) as caught:
        Site.read(ROOT, tmp_path)
    assert message in str(caught.value)
    assert file in str(caught.value)


def test_a_twin_has_no_markup_of_the_page_but_keeps_code():
    markdown = (
        "<div class='x' markdown='1'>\n\n- <span class='zt-k'>Effort</span> hours\n\n</div>\n\n```html\n<div>\n```\n"
    )
    assert twin(markdown) == "- Effort: hours\n\n```html\n<div>\n```\n"


def test_code_takes_no_time_to_read():
    assert minutes("word " * 399) == 2
    assert minutes("word " * 401) == 3
    assert (
        minutes("word " * 150 + "<details markdown='1'><summary>more</summary>\n" + "word " * 900 + "</details>") == 1
    )
    assert minutes("[word](https://contoso.example 'a long title') " * 200) == 1
    assert minutes("word " * 150 + "\n```python\n" + "code " * 900 + "\n```\n") == 1
