"""The team's file: what is read, and every mistake with its place, what was expected and the nearest spelling."""

from __future__ import annotations

import dataclasses
import datetime as dt
import json
import os
from pathlib import Path
from typing import Any

import jsonschema
import pytest
from ruamel.yaml import YAML

from tests.team_files import GOOD, TODAY, with_change
from ztcheck import catalogue, team
from ztcheck.errors import InputError, Problem

CATALOGUE = catalogue.load()


def parse(text: str | bytes, loaded: catalogue.Catalogue = CATALOGUE) -> team.Team:
    return team.parse(text if isinstance(text, bytes) else text.encode(), "zero-trust.yml", loaded, TODAY)


def problems_of(text: str | bytes) -> tuple[Problem, ...]:
    with pytest.raises(InputError) as caught:
        parse(text)
    return caught.value.problems


def only_problem(text: str | bytes) -> Problem:
    found = problems_of(text)
    assert len(found) == 1, [str(problem) for problem in found]
    return found[0]


ANSWER = "  avoid-device-code-flow: {answer: no, by: Ben, on: 2026-11-02}\n"

# what is wrong: what stands in the right file, what stands there instead, line and column, message, help
MISTAKES = {
    "unknown key at the top": (
        "declared:\n", "declarde:\n", 23, 1, "unknown key 'declarde' in 'the file'", "did you mean 'declared'?",
    ),
    "unknown key of an answer": (
        "by:     Ann", "buy:    Ann", 32, 5, "unknown key 'buy' in 'verify-token-signature'", "did you mean 'by'?",
    ),
    "unknown practice": (
        "  verify-token-signature:", "  verify-token-signatur:", 30, 3,
        "unknown practice 'verify-token-signatur' in 'answers'", "did you mean 'verify-token-signature'?",
    ),
    "unknown profile field": (
        "app_kinds:", "app_kind:", 6, 3, "unknown profile field 'app_kind' in 'profile'", "did you mean 'app_kinds'?",
    ),
    "unknown profile value": (
        "[web-api, daemon]", "[web-apis, daemon]", 6, 15, "'web-apis' is not a value of 'app_kinds'",
        "did you mean 'web-api'?",
    ),
    "unknown declaration": (
        "owned_domains:", "owned_domain:", 24, 3, "unknown declaration 'owned_domain' in 'declared'",
        "did you mean 'owned_domains'?",
    ),
    "collector that does not exist": (
        "  source: [src]", "  sources: [src]", 19, 3, "unknown collector 'sources' in 'evidence'",
        "did you mean 'source'?",
    ),
    "waiver of an unknown practice": (
        "practice: avoid-device-code-flow", "practice: avoid-device-code-flows", 45, 15,
        "'avoid-device-code-flows' is not a value of 'practice'", "did you mean 'avoid-device-code-flow'?",
    ),
    "unknown answer": (
        "answer: no,", "answer: mostly,", 42, 36, "'mostly' is not a value of 'answer'",
        "expected one of: yes, partly, no, not-applicable",
    ),
    "answer as a truth value": (
        "answer: no,", "answer: true,", 42, 36, "'true' is not a value of 'answer'", "did you mean 'yes'?",
    ),
    "duplicate key": (
        ANSWER, ANSWER + ANSWER, 43, 3, "duplicate key 'avoid-device-code-flow'",
        "it stands on line 42 too; keep one",
    ),
    "duplicate value": (
        "[web-api, daemon]", "[web-api, web-api]", 6, 24, "'web-api' stands in 'app_kinds' twice", "keep one",
    ),
    "waivers under answers": (
        "\nwaivers:\n", "\n  waivers:\n", 44, 3, "unknown practice 'waivers' in 'answers'",
        "'waivers' belongs at the left margin: check the indentation",
    ),
    "declaration at the left margin": (
        "  credential_days:", "credential_days:", 25, 1, "unknown key 'credential_days' in 'the file'",
        "'credential_days' belongs under 'declared': check the indentation",
    ),
    "practice at the left margin": (
        ANSWER, ANSWER.strip() + "\n", 42, 1, "unknown key 'avoid-device-code-flow' in 'the file'",
        "'avoid-device-code-flow' belongs under 'answers': check the indentation",
    ),
    "a list where a word belongs": (
        "code_host: github", "code_host: [github]", 15, 14, "'code_host' is a list, expected one word",
        "one of: github, azure-devops, gitlab, other, none",
    ),
    "a word where a list belongs": (
        "audience: [multi-tenant]", "audience: multi-tenant", 7, 13, "'audience' is 'multi-tenant', expected a list",
        "write audience: [multi-tenant]",
    ),
    "a word where a map belongs": (
        "{name: Contoso Orders, owner: Orders team}", "Contoso Orders", 3, 6,
        "'app' is 'Contoso Orders', expected a map", "its keys stand below it, indented: name, owner",
    ),
    "a map where text belongs": (
        "name: Contoso Orders", "name: {a: b}", 3, 13, "'name' is a map, expected one line of text", None,
    ),
    "an empty list": (
        "users: [customers]", "users: []", 8, 10, "'users' is an empty list", "write users: [none]",
    ),
    "none beside other values": (
        "calls_apis: [graph]", "calls_apis: [graph, none]", 9, 23,
        "'none' stands beside other values of 'calls_apis'", "remove 'none' or the others",
    ),
    "nothing where text belongs": (
        "by:     Ann", "by:", 32, 5, "'by' is empty, expected one line of text", None,
    ),
    "a number where text belongs": (
        "by:     Ann", "by:     7", 32, 13, "'by' is the number 7, expected one line of text",
        'put it in quotes: "7"',
    ),
    "text where a number belongs": (
        "credential_days: 90", "credential_days: ninety", 25, 20,
        "'credential_days' is 'ninety', expected a whole number from 0 to 3650", "write credential_days: 0",
    ),
    "another version": (
        "version: 1", "version: 2", 2, 10, "'version' is the number 2, expected 1", "write version: 1",
    ),
    "missing key": (
        "{name: Contoso Orders, owner: Orders team}", "{name: Contoso Orders}", 3, 6, "'owner' is missing in 'app'",
        "Who answers for it.",
    ),
    "missing profile field": (
        "  code_host: github\n", "", 6, 3, "'code_host' is missing in 'profile'",
        "Where is the code kept and built? One of: github, azure-devops, gitlab, other, none.",
    ),
    "impossible date": (
        "on: 2026-11-01", "on: 2026-02-30", 33, 9, "2026-02-30 is not a day of the calendar", "check month and day",
    ),
    "American date": (
        "on: 2026-11-01", "on: 11/23/2026", 33, 9, "'11/23/2026' is not a date as 'on' needs it",
        "did you mean 2026-11-23? Dates are year-month-day",
    ),
    "date that could be two days": (
        "on: 2026-11-01", "on: 10.11.2026", 33, 9, "'10.11.2026' is not a date as 'on' needs it",
        "did you mean 2026-10-11 or 2026-11-10? Dates are year-month-day",
    ),
    "date without leading zeros": (
        "on: 2026-11-01", "on: 2026-11-1", 33, 9, "'2026-11-1' is not a date as 'on' needs it",
        "did you mean 2026-11-01? Dates are year-month-day",
    ),
    "date with a time": (
        "on: 2026-11-01", "on: 2026-11-01T10:00:00Z", 33, 9, "'2026-11-01T10:00:00Z' is not a date as 'on' needs it",
        "did you mean 2026-11-01? Dates are year-month-day",
    ),
    "word as a date": (
        "on: 2026-11-01", "on: yesterday", 33, 9, "'yesterday' is not a date as 'on' needs it",
        "write it as year-month-day: 2026-11-23",
    ),
    "answer of the future": (
        "on: 2026-11-01", "on: 2026-11-25", 33, 9, "2026-11-25 lies in the future of 2026-11-23",
        "write the day on which it was given in 'on'",
    ),
    "not applicable without a reason": (
        "{answer: no, by: Ben", "{answer: not-applicable, by: Ben", 42, 27,
        "'avoid-device-code-flow' is not-applicable without a reason", "add a note that says why it does not apply",
    ),
    "not applicable for a practice that may not be waived": (
        "answer: yes     #", "answer: not-applicable   #", 31, 13,
        "'not-applicable' is not accepted here: this practice may not be waived, so the profile alone decides whether it applies",  # noqa: E501
        None,
    ),
    "waiver of a practice that may not be waived": (
        "practice: avoid-device-code-flow", "practice: verify-token-signature", 45, 15,
        "'verify-token-signature' is not accepted here: a practice that may not be waived", None,
    ),
    "waiver beyond its ceiling": (
        "until: 2026-12-10", "until: 2026-12-11", 50, 12,
        "the waiver lasts 31 days, a high practice may be waived for 30", "end it on 2026-12-10 or earlier",
    ),
    "waiver that ends before it begins": (
        "until: 2026-12-10", "until: 2026-11-09", 50, 12, "'until' 2026-11-09 lies before 'on' 2026-11-10",
        "swap the dates, or correct one",
    ),
    "waiver without an approver": (
        "    approved_by: Cleo\n", "", 45, 5, "'approved_by' is missing in 'waivers'", "Who accepts it until then.",
    ),
    "link that is a script": (
        "link: https://wiki.contoso.example/tokens", "link: javascript:alert(1)", 40, 11,
        "'link' is 'javascript:alert(1)', expected a web address",
        "write for example https://wiki.contoso.example/threat-model",
    ),
    "path that leaves the folder": (
        "source: [src]", "source: [../../etc]", 19, 12,
        "'source' is '../../etc', expected a path inside this folder, with forward slashes",
        "write for example docs/threat-model.md",
    ),
    "absolute path": (
        "source: [src]", "source: [/etc]", 19, 12,
        "'source' is '/etc', expected a path inside this folder, with forward slashes",
        "write for example docs/threat-model.md",
    ),
    "drive letter": (
        "source: [src]", "source: ['C:/Windows']", 19, 12,
        "'source' is 'C:/Windows', expected a path inside this folder, with forward slashes",
        "write for example docs/threat-model.md",
    ),
    "control sequence in a name": (
        "name: Contoso Orders", 'name: "Contoso \\e[2J"', 3, 13, "'name' holds the invisible character U+001B",
        "remove it",
    ),
    "reordering mark in a name": (
        "name: Contoso Orders", 'name: "Contoso \\u202e"', 3, 13, "'name' holds the invisible character U+202E",
        "remove it",
    ),
    "half a character": (
        "name: Contoso Orders", 'name: "Contoso \\ud800"', 3, 13, "half of a surrogate pair is no character",
        "write the character itself",
    ),
    "name of two lines": (
        "name: Contoso Orders", 'name: "Contoso\\nOrders"', 3, 13,
        "'name' is 'Contoso\\nOrders', expected one line of text", None,
    ),
    "endless note": (
        "by: Ben", f"by: Ben, note: {'x' * 4001}", 42, 55, "'note' has 4001 characters, at most 4000 are allowed", None,
    ),
    "anchor": (
        "by: Ben", "by: &ben Ben", 42, 44, "anchor '&ben' is not used here", "remove it",
    ),
    "tag": (
        "by: Ben", "by: !!str Ben", 42, 44, "tag 'tag:yaml.org,2002:str' is not used here", "remove it",
    ),
    "list as a key": (
        "by: Ben", "by: Ben, [a]: b", 42, 49, "a key is one word, not a list or map", None,
    ),
    "second document": (
        "\nwaivers:\n", "\n---\nwaivers:\n", 44, 1, "a second document starts here",
        "keep one document, without '---' lines",
    ),
    "unclosed bracket": (
        "[web-api, daemon]", "[web-api, daemon", 7, 3,
        "is not YAML: expected ',' or ']', but got '<scalar>'", "check indentation, colons, quotes and brackets here",
    ),
}  # fmt: skip


@pytest.mark.parametrize("mistake", MISTAKES.values(), ids=MISTAKES.keys())
def test_names_the_mistake_with_line_and_column_and_says_what_to_do(mistake):
    old, new, line, column, message, advice = mistake
    problem = only_problem(with_change(old, new))
    assert (problem.line, problem.column, problem.message, problem.help) == (line, column, message, advice)


def test_reads_everything_that_a_right_file_says():
    read = parse(GOOD)
    assert (read.name, read.owner) == ("Contoso Orders", "Orders team")
    assert read.profile["app_kinds"] == ("web-api", "daemon")
    assert read.profile["code_host"] == ("github",)
    assert read.answers["verify-token-signature"] == team.Answer(
        "verify-token-signature", "yes", "Ann", dt.date(2026, 11, 1),
        "Every token goes through one validator.\n\nIt is attacked in CI.\n",
        "https://wiki.contoso.example/tokens", None, 30,
    )  # fmt: skip
    assert read.waivers == (
        team.Waiver(
            "avoid-device-code-flow", "Ben", "Cleo", "The label printers know no other flow.",
            dt.date(2026, 11, 10), dt.date(2026, 12, 10), None, 45,
        ),
    )  # fmt: skip
    assert read.evidence == (
        team.Declared("source", "src", line=19),
        team.Declared("manifest", "registrations/api.json", "api", dt.date(2026, 11, 20), 21),
    )
    assert read.declared == {"owned_domains": ("contoso.example",), "credential_days": 90}
    assert read.warnings == ()


def test_an_unquoted_no_is_the_word_no():
    assert parse(GOOD).answers["avoid-device-code-flow"].answer == "no"


def test_reports_all_mistakes_of_one_file_in_the_order_of_their_lines():
    text = (
        GOOD.replace("app_kinds", "app_kind")
        .replace("by: Ben", "buy: Ben")
        .replace("until: 2026-12-10", "until: 12/10/2026")
        .replace("[multi-tenant]", "[multitenant]")
    )
    lines = [problem.line for problem in problems_of(text)]
    assert lines == [6, 7, 42, 50]


def test_a_fault_of_the_notation_does_not_hide_the_mistakes_above_it():
    text = GOOD.replace("[multi-tenant]", "[multitenant]").replace("reason: The", 'reason: "The')
    messages = [problem.message for problem in problems_of(text)]
    assert messages[0] == "'multitenant' is not a value of 'audience'"
    assert messages[1].startswith("is not YAML")


def test_names_every_line_that_is_indented_with_tabs():
    text = GOOD.replace("  hosting", "\thosting").replace("  features", "\tfeatures")
    assert [(problem.line, problem.message) for problem in problems_of(text)] == [
        (13, "a tab stands where YAML wants blanks"),
        (14, "a tab stands where YAML wants blanks"),
    ]


def test_an_expired_waiver_is_a_warning_and_stays_listed():
    text = GOOD.replace("on: 2026-11-10", "on: 2026-10-10").replace("until: 2026-12-10", "until: 2026-11-08")
    read = parse(text)
    assert [waiver.until for waiver in read.waivers] == [dt.date(2026, 11, 8)]
    [warning] = read.warnings
    assert warning.message == "the waiver of 'avoid-device-code-flow' expired on 2026-11-08 and is ignored"
    assert (warning.line, warning.help) == (45, "meet the practice, or have the risk accepted anew")


@pytest.mark.parametrize(
    ("severity", "days"), [("critical", 7), ("high", 30), ("medium", 60), ("low", 90)], ids=lambda value: str(value)
)
def test_a_waiver_may_last_as_long_as_its_severity_allows_and_not_a_day_longer(severity, days):
    practice = next((p for p in CATALOGUE.practices if p.severity == severity and p.waivable), None)
    if practice is None:
        assert severity == "critical"  # no critical practice may be waived at all
        return
    head = GOOD[: GOOD.index("waivers:")]
    for more in (0, 1):
        until = dt.date(2026, 11, 1) + dt.timedelta(days=days + more)
        text = (
            f"{head}waivers:\n  - {{practice: {practice.id}, owner: A, approved_by: B, reason: R, "
            f"on: 2026-11-01, until: {until}}}\n"
        )
        if more:
            assert f"may be waived for {days}" in only_problem(text).message
        else:
            assert parse(text).waivers[0].until == until


def test_a_renamed_id_keeps_working_in_answers_and_waivers():
    renamed = dataclasses.replace(CATALOGUE, renamed={"shun-device-codes": "avoid-device-code-flow"})
    read = parse(GOOD.replace("avoid-device-code-flow", "shun-device-codes"), renamed)
    assert read.answers["avoid-device-code-flow"].by == "Ben"
    assert read.waivers[0].practice == "avoid-device-code-flow"


def test_an_old_and_a_new_id_of_one_practice_are_a_duplicate():
    renamed = dataclasses.replace(CATALOGUE, renamed={"shun-device-codes": "avoid-device-code-flow"})
    with pytest.raises(InputError, match="'shun-device-codes' was renamed to 'avoid-device-code-flow', which is here"):
        parse(GOOD.replace(ANSWER, ANSWER + ANSWER.replace("avoid-device-code-flow", "shun-device-codes")), renamed)


def test_today_may_already_be_tomorrow_where_the_answer_was_given():
    read = parse(GOOD.replace("on: 2026-11-01", "on: 2026-11-24"))
    assert read.answers["verify-token-signature"].on == dt.date(2026, 11, 24)


@pytest.mark.parametrize("section", ["answers", "waivers", "evidence", "declared"])
def test_sections_but_app_and_profile_may_be_left_out_or_empty(section):
    head = GOOD[: GOOD.index("evidence:")]
    for text in (head, f"{head}{section}:\n", f"{head}{section}: {'[]' if section == 'waivers' else '{}'}\n"):
        assert parse(text).answers == {}


def test_markup_in_names_is_text_and_stays_as_it_is():
    read = parse(GOOD.replace("name: Contoso Orders", "name: \"<script>alert('x')</script> & co\""))
    assert read.name == "<script>alert('x')</script> & co"


def test_windows_line_ends_and_a_byte_order_mark_are_read():
    read = parse(b"\xef\xbb\xbf" + GOOD.replace("\n", "\r\n").encode())
    assert read.answers["verify-token-signature"].line == 30


HOSTILE = {
    "empty": (b"", "is empty"),
    "only comments": (b"# nothing\n", "is empty"),
    "NUL": (GOOD.replace("Ann", "A\0nn").encode(), "character U+0000 may not stand in a text file"),
    "control character": (GOOD.replace("Ann", "A\x1b[2Jnn").encode(), "character U+001B may not stand"),
    "binary": (bytes(range(256)) * 20, "is not UTF-8 text (byte 0x80)"),
    "UTF-16": (GOOD.encode("utf-16"), "is not UTF-8 text"),
    "Latin-1": (GOOD.replace("Ann", "Andr\xe9").encode("latin-1"), "is not UTF-8 text (byte 0xe9)"),
    "a list": (b"- a\n- b\n", "'the file' is a list, expected a map"),
    "a word": (b"hello\n", "'the file' is 'hello', expected a map"),
    "billion laughs": (
        b"a: &a [x,x,x,x,x,x,x,x,x]\nb: &b [*a,*a,*a,*a,*a,*a,*a,*a,*a]\nc: &c [*b,*b,*b,*b,*b,*b,*b,*b,*b]\n",
        "anchor '&a' is not used here",
    ),
    "an anchor within itself": (b"a: &a\n  b: *a\n", "alias '*a' is not used here"),
    "merge key": (b"a: {<<: {b: c}}\n", "merge key '<<' is not used here"),
    "ten thousand brackets": (b"a: " + b"[" * 10_000, "is nested too deeply"),
    "ten thousand braces": (b"a: " + b"{" * 10_000, "is nested too deeply"),
    "ten thousand dashes": (b"- " * 10_000, "is nested too deeply"),
    "a hundred thousand items": (b"a: [" + b"x," * 100_000, "holds more than 20000 items"),
    "thousands of unknown keys": (
        b"".join(b"k%d: 1\n" % number for number in range(6_000)), "more mistakes follow",
    ),
    "YAML 1.1": (b"%YAML 1.1\n---\nversion: 1\n", "another version of YAML is asked for"),
    "escape beyond Unicode": (b'a: "\\UFFFFFFFF"\n', "is not YAML"),
}  # fmt: skip


@pytest.mark.parametrize("hostile", HOSTILE.values(), ids=HOSTILE.keys())
def test_refuses_a_hostile_file_quickly_and_in_words(hostile):
    raw, message = hostile
    found = [str(problem) for problem in problems_of(raw)]
    assert any(message in problem for problem in found), found[:5]
    assert len(found) <= team.MAX_PROBLEMS + 1


def test_says_where_a_byte_is_not_utf8():
    problem = only_problem(GOOD.replace("Ann", "Andr\xe9").encode("latin-1"))
    assert (problem.line, problem.column) == (32, 17)


class TestFiles:
    """What may lie where a team's file is expected."""

    def refuse(self, path: Path) -> str:
        with pytest.raises(InputError) as caught:
            team.read(path, CATALOGUE, TODAY)
        return str(caught.value)

    def test_nothing(self, tmp_path):
        assert "does not exist" in self.refuse(tmp_path / "zero-trust.yml")

    def test_a_directory(self, tmp_path):
        assert "is a directory, expected a file" in self.refuse(tmp_path)

    def test_fifty_megabytes(self, tmp_path):
        path = tmp_path / "zero-trust.yml"
        with path.open("wb") as file:
            file.truncate(50 * 1024 * 1024)
        assert "is larger than 1024 KiB" in self.refuse(path)

    @pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="no pipes by name on Windows")
    def test_a_pipe_that_nobody_writes_to(self, tmp_path):
        os.mkfifo(tmp_path / "zero-trust.yml")
        assert "is not a regular file" in self.refuse(tmp_path / "zero-trust.yml")

    @pytest.mark.skipif(not Path("/dev/zero").exists(), reason="no /dev/zero on Windows")
    def test_a_device_without_end(self):
        assert "is not a regular file" in self.refuse(Path("/dev/zero"))

    def test_the_digest_is_that_of_the_bytes(self, tmp_path):
        path = tmp_path / "zero-trust.yml"
        path.write_text(GOOD)
        before = team.read(path, CATALOGUE, TODAY).digest
        path.write_text(GOOD + "# more\n")
        assert team.read(path, CATALOGUE, TODAY).digest != before


SCHEMA = team.schema(CATALOGUE)
# The schema knows nothing of today, of the calendar of a waiver, or of what only the notation can get wrong.
BEYOND_THE_SCHEMA = {
    "duplicate key", "answer of the future", "waiver beyond its ceiling", "waiver that ends before it begins",
    "half a character", "anchor", "tag", "list as a key", "second document", "unclosed bracket",
}  # fmt: skip


def as_json(text: str) -> Any:
    """Return what an editor's YAML 1.2 reader makes of *text*: dates stay text."""
    reader = YAML(typ="safe", pure=True)
    constructor: Any = reader.constructor
    constructor.add_constructor("tag:yaml.org,2002:timestamp", lambda _, node: node.value)
    return reader.load(text)


def test_the_schema_is_a_schema():
    jsonschema.Draft202012Validator.check_schema(SCHEMA)
    assert json.loads(json.dumps(SCHEMA)) == SCHEMA


def errors_by_schema(text: str) -> list[str]:
    validator = jsonschema.Draft202012Validator(SCHEMA, format_checker=jsonschema.FormatChecker())
    return [error.message for error in validator.iter_errors(as_json(text))]


def test_schema_and_reader_agree_that_the_right_file_is_right():
    assert errors_by_schema(GOOD) == []


@pytest.mark.parametrize("name", [name for name in MISTAKES if name not in BEYOND_THE_SCHEMA])
def test_schema_and_reader_agree_on_each_mistake(name):
    old, new, *_ = MISTAKES[name]
    assert errors_by_schema(with_change(old, new)) != []


def test_the_schema_completes_every_practice_with_its_question():
    properties = SCHEMA["properties"]["answers"]["properties"]
    assert {name: entry["description"] for name, entry in properties.items()} == {
        practice.id: practice.question for practice in CATALOGUE.practices
    }
