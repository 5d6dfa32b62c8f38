"""Rewriting the team's file: one place changes, every other byte stays, a reader sees the old file or the new one."""

from __future__ import annotations

import dataclasses
import datetime as dt
import difflib
import os
import stat
from pathlib import Path

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from tests.team_files import GOOD, TODAY
from ztcheck import catalogue, team
from ztcheck.errors import InputError
from ztcheck.team import Answer, edit

CATALOGUE = catalogue.load()
HEAD = GOOD[: GOOD.index("answers:")]
NO = Answer("check-object-access", "no", "Ben", TODAY)
WRITTEN = f"check-object-access:\n    answer: no\n    by: Ben\n    on: {TODAY}\n"
ON_ONE_LINE = "answers: {avoid-device-code-flow: {answer: no, by: Ben, on: 2026-11-02}"


@pytest.fixture
def path(tmp_path: Path) -> Path:
    path = tmp_path / "zero-trust.yml"
    path.write_bytes(GOOD.encode())
    return path


def changed_lines(before: str, after: str) -> tuple[list[str], list[str]]:
    """Return the lines that went and the lines that came."""
    lines = list(difflib.ndiff(before.splitlines(keepends=True), after.splitlines(keepends=True)))
    return [line[2:] for line in lines if line[0] == "-"], [line[2:] for line in lines if line[0] == "+"]


def answer_in(path: Path, answer: Answer) -> tuple[list[str], list[str]]:
    before = path.read_bytes().decode()
    edit.set_answer(path, answer, CATALOGUE, TODAY)
    return changed_lines(before, path.read_bytes().decode())


def test_a_new_answer_stands_after_the_others_and_changes_no_other_line(path):
    gone, come = answer_in(path, NO)
    assert gone == []
    assert "".join(come) == f"  {WRITTEN}"


def test_a_changed_answer_keeps_the_comments_beside_and_between_its_lines(path):
    gone, come = answer_in(path, Answer("verify-token-signature", "partly", "Ben", TODAY, "Not the batch API."))
    assert gone == [
        "    answer: yes     # see the tests\n", "    by:     Ann\n", "    on: 2026-11-01\n", "    note: |\n",
        "      Every token goes through one validator.\n", "\n", "      It is attacked in CI.\n",
        "    link: https://wiki.contoso.example/tokens\n",
    ]  # fmt: skip
    assert come == [
        "    answer: partly     # see the tests\n", "    by:     Ben\n", "    on: 2026-11-23\n",
        "    note: Not the batch API.\n",
    ]  # fmt: skip


def test_an_answer_on_one_line_stays_on_one_line(path):
    gone, come = answer_in(path, Answer("avoid-device-code-flow", "yes", "Ben, Jr.", TODAY, seen="1234567890123456"))
    assert gone == ["  avoid-device-code-flow: {answer: no, by: Ben, on: 2026-11-02}\n"]
    assert come == [
        '  avoid-device-code-flow: {answer: yes, by: "Ben, Jr.", on: 2026-11-23, seen: "1234567890123456"}\n'
    ]


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("{note: why, answer: no, by: Ben, on: 2026-11-02}", "{answer: yes, by: Ben, on: 2026-11-23}"),
        ("{note: a, link: 'https://a.example', answer: no, by: Ben, on: 2026-11-02}",
         "{answer: yes, by: Ben, on: 2026-11-23}"),
        ("{answer: no, note: why, by: Ben, on: 2026-11-02}", "{answer: yes, by: Ben, on: 2026-11-23}"),
        ("{answer: no, by: Ben, on: 2026-11-02, note: why}", "{answer: yes, by: Ben, on: 2026-11-23}"),
    ],
)  # fmt: skip
def test_entries_that_are_no_longer_said_go_from_anywhere_on_a_line(path, old, new):
    path.write_text(GOOD.replace("{answer: no, by: Ben, on: 2026-11-02}", old))
    _, come = answer_in(path, Answer("avoid-device-code-flow", "yes", "Ben", TODAY))
    assert come == [f"  avoid-device-code-flow: {new}\n"]


@pytest.mark.parametrize(
    ("end", "after"),
    [
        ("", f"answers:\n  {WRITTEN}"),
        ("answers:", f"answers:\n  {WRITTEN}"),
        ("answers:\n", f"answers:\n  {WRITTEN}"),
        ("answers: {}\n", f"answers:\n  {WRITTEN}"),
        ("answers: {}  # none yet\n", f"answers:  # none yet\n  {WRITTEN}"),
        ("answers:   # none yet\n\nwaivers: []\n", f"answers:   # none yet\n  {WRITTEN}\nwaivers: []\n"),
        ("waivers: []", f"waivers: []\nanswers:\n  {WRITTEN}"),
        ("# end\n\n", f"# end\n\nanswers:\n  {WRITTEN}"),
        (ON_ONE_LINE + "}", ON_ONE_LINE + ", check-object-access: {answer: no, by: Ben, on: 2026-11-23}}"),
    ],
    ids=["no section", "no line end", "empty", "empty map", "empty map with comment", "comment", "other section last",
         "comment last", "all on one line"],
)  # fmt: skip
@pytest.mark.parametrize("newline", ["\n", "\r\n"], ids=["LF", "CRLF"])
def test_the_first_answer_finds_its_place(path, end, after, newline):
    path.write_bytes((HEAD + end).replace("\n", newline).encode())
    edit.set_answer(path, NO, CATALOGUE, TODAY)
    text = path.read_bytes().decode()
    assert text.rstrip("\r\n") == (HEAD + after).replace("\n", newline).rstrip("\r\n")


def test_a_profile_answer_changes_in_place(path):
    before = path.read_text()
    edit.set_profile(path, "app_kinds", ["web-api"], CATALOGUE, TODAY)
    edit.set_profile(path, "code_host", ["gitlab"], CATALOGUE, TODAY)
    assert changed_lines(before, path.read_text()) == (
        ["  app_kinds: [web-api, daemon]   # one of each\n", "  code_host: github\n"],
        ["  app_kinds: [web-api]   # one of each\n", "  code_host: gitlab\n"],
    )


def test_an_old_id_that_stands_in_the_file_is_kept(path):
    renamed = dataclasses.replace(CATALOGUE, renamed={"shun-device-codes": "avoid-device-code-flow"})
    path.write_text(GOOD.replace("avoid-device-code-flow", "shun-device-codes"))
    edit.set_answer(path, Answer("avoid-device-code-flow", "partly", "Ben", TODAY), renamed, TODAY)
    assert "  shun-device-codes: {answer: partly, by: Ben, on: 2026-11-23}\n" in path.read_text()
    assert "avoid-device-code-flow" not in path.read_text()


def test_a_byte_order_mark_stays(path):
    path.write_bytes(b"\xef\xbb\xbf" + GOOD.encode())
    edit.set_answer(path, NO, CATALOGUE, TODAY)
    assert path.read_bytes().startswith(b"\xef\xbb\xbf# The orders API")


@pytest.mark.skipif(os.name == "nt", reason="Windows has no permission bits")
def test_permissions_stay(path):
    path.chmod(0o640)
    edit.set_answer(path, NO, CATALOGUE, TODAY)
    assert stat.S_IMODE(path.stat().st_mode) == 0o640


def test_a_link_keeps_pointing_to_the_file(path, tmp_path):
    (tmp_path / "elsewhere").mkdir()
    link = tmp_path / "elsewhere" / "link.yml"
    link.symlink_to(path)
    edit.set_answer(link, NO, CATALOGUE, TODAY)
    assert link.is_symlink()
    assert "check-object-access" in path.read_text()


def refused(path: Path, answer: Answer = NO) -> str:
    before = path.read_bytes()
    with pytest.raises(InputError) as caught:
        edit.set_answer(path, answer, CATALOGUE, TODAY)
    assert path.read_bytes() == before
    assert [item.name for item in path.parent.iterdir()] == [path.name]
    return str(caught.value)


def test_refuses_a_file_that_is_marked_read_only(path):
    path.chmod(0o444)
    assert "is read-only" in refused(path)


def test_refuses_a_file_that_is_wrong(path):
    path.write_text(GOOD.replace("app_kinds", "app_kind"))
    assert "did you mean 'app_kinds'?" in refused(path)


def test_refuses_an_answer_that_the_reader_would_refuse(path):
    with pytest.raises(Exception, match="not-applicable without a reason"):
        edit.set_answer(path, Answer("avoid-device-code-flow", "not-applicable", "Ben", TODAY), CATALOGUE, TODAY)
    assert path.read_text() == GOOD


def test_refuses_to_write_over_a_change_that_someone_made_meanwhile(path):
    def change(text: str, _: object) -> str:
        path.write_text(GOOD + "# theirs\n")
        return text + "# ours\n"

    with pytest.raises(InputError, match="was changed by someone else meanwhile; nothing was written"):
        edit.edit(path, change, CATALOGUE, TODAY)
    assert path.read_text() == GOOD + "# theirs\n"


def test_leaves_the_old_file_when_the_new_one_cannot_be_put_in_place(path, monkeypatch):
    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    assert "No space left on device" in refused(path)


texts = st.text(st.characters(codec="utf-8", exclude_categories=("Cs", "Cc", "Cf"), include_characters="\n\t"),
                min_size=1, max_size=60).filter(str.strip)  # fmt: skip
lines = texts.map(lambda text: text.replace("\n", " ")).filter(str.strip)
answers = st.builds(
    Answer,
    practice=st.sampled_from([practice.id for practice in CATALOGUE.practices if practice.waivable]),
    answer=st.sampled_from(["yes", "partly", "no", "not-applicable"]),
    by=lines,
    on=st.dates(dt.date(2000, 1, 1), TODAY),
    note=texts,
    link=st.none() | st.just("https://wiki.contoso.example/a?b=c#d"),
    seen=st.none() | st.text("0123456789abcdef", min_size=16, max_size=16),
)
# Shrinking would rewrite a file thousands of times.
EDITING = settings(
    deadline=None,
    phases=[Phase.explicit, Phase.reuse, Phase.generate],
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
LAYOUTS = {
    "block": GOOD,
    "nothing yet": HEAD,
    "empty map": HEAD + "answers: {}  # none\n# end\n",
    "flow": HEAD + "answers: {avoid-device-code-flow: {answer: no, by: Ben, on: 2026-11-02}}",
    "deep indent": HEAD + "answers:\n      avoid-device-code-flow:\n            answer: no\n            by: Ben # x\n"
    "            on: 2026-11-02\n\n\n# end",
    "flow over lines": HEAD + "answers:\n  avoid-device-code-flow: {\n    answer: no, # x\n    by: Ben,\n"
    "    on: 2026-11-02,\n  }\nwaivers: []\n",
}  # fmt: skip


@settings(EDITING, max_examples=40)
@given(layout=st.sampled_from(sorted(LAYOUTS)), given_answers=st.lists(answers, min_size=1, max_size=3),
       newline=st.sampled_from(["\n", "\r\n"]))  # fmt: skip
def test_whatever_is_answered_reads_back_as_given_and_every_comment_stays(tmp_path, layout, given_answers, newline):
    path = tmp_path / "zero-trust.yml"
    text = LAYOUTS[layout].replace("\n", newline)
    path.write_bytes(text.encode())
    before = team.read(path, CATALOGUE, TODAY)
    for answer in given_answers:
        edit.set_answer(path, answer, CATALOGUE, TODAY)
    after = team.read(path, CATALOGUE, TODAY)
    expected = {**before.answers, **{answer.practice: answer for answer in given_answers}}
    assert {name: dataclasses.replace(found, line=None) for name, found in after.answers.items()} == {
        name: dataclasses.replace(answer, line=None) for name, answer in expected.items()
    }
    assert (after.profile, after.evidence, after.declared) == (before.profile, before.evidence, before.declared)
    written = path.read_bytes().decode()
    assert [line for line in text.split(newline) if "#" in line and ":" not in line] == [
        line for line in written.split(newline) if line.lstrip().startswith("#")
    ]
    assert written.startswith(HEAD.replace("\n", newline))


@settings(EDITING, max_examples=20)
@given(answer=answers)
def test_the_same_answer_twice_changes_nothing_the_second_time(tmp_path, answer):
    path = tmp_path / "zero-trust.yml"
    path.write_text(GOOD)
    edit.set_answer(path, answer, CATALOGUE, TODAY)
    once = path.read_bytes()
    edit.set_answer(path, answer, CATALOGUE, TODAY)
    assert path.read_bytes() == once
