"""What a report says of a practice beside its verdict, and what it tells to do."""

import datetime as dt
from dataclasses import replace

import pytest

from ztcheck.assess import FORMULA
from ztcheck.report import Options, render, words


def of(assessment, verdict, **wanted):
    return next(
        result
        for result in assessment.results
        if result.verdict == verdict and all(bool(getattr(result, key)) == value for key, value in wanted.items())
    )


@pytest.mark.parametrize(
    ("verdict", "wanted", "step"),
    [
        ("contradicted", {}, "Mend what the evidence shows, or correct the answer"),
        ("failed", {"answer": False}, "Mend what the evidence shows"),
        ("failed", {"evidence_better": True}, "look at the answer again"),
        ("failed", {"findings": False}, "Carry the practice out"),
        ("unknown", {}, "Give the declared input again"),
        ("unanswered", {"answer": False}, "Answer it with `ztcheck ask`"),
        ("unanswered", {"lapse_reason": True}, "renew the answer"),
        ("accepted-risk", {}, "before the waiver ends on 2026-11-29"),
        ("attested", {"review_asked": True}, "Look at what the evidence asks to have reviewed"),
    ],
)
def test_each_open_practice_has_a_next_step(full, verdict, wanted, step):
    assert step in words.next_step(of(full, verdict, **wanted))


@pytest.mark.parametrize(
    ("verdict", "wanted", "flag"),
    [
        ("contradicted", {}, "fails the gate"),
        ("failed", {"evidence_better": True}, "evidence better than the answer"),
        ("unanswered", {"lapse_reason": True}, "answer lapsed on "),
        ("attested", {"review_asked": True}, "review asked"),
        ("accepted-risk", {}, "failed, waived"),
    ],
)
def test_what_a_reader_must_know_is_flagged_in_every_format_for_people(full, verdict, wanted, flag):
    result = of(full, verdict, **wanted)
    assert any(item.startswith(flag) for item in words.flags(result))
    page = render("html", full)
    row = page[: page.index(f'id="{result.practice.id}"')].rsplit("<details", 1)[1]
    assert flag in row
    if verdict not in ("attested", "verified"):
        assert flag in " ".join(render("text", full).split())


def test_what_comes_first_is_listed_first(full):
    page = render("html", full)
    order = [
        "The profile is contradicted by evidence",
        "Waivers that have expired",
        "Evidence that is no longer declared",
        "Where we stand",
        'id="contradicted-title"',
        'id="failed-title"',
        'id="unanswered-title"',
        'id="accepted-risk-title"',
        'id="verified-title"',
        'id="not-applicable-title"',
        "suppressed in place",
        "1 file not read",
        'id="profile-title"',
        'id="method-title"',
    ]
    assert [page.index(part) for part in order] == sorted(page.index(part) for part in order)


def test_the_method_names_formula_versions_digests_and_time(full):
    page = render("html", full, options=Options(at=dt.datetime(2026, 11, 23, 9, 30, tzinfo=dt.UTC)))
    method = page[page.index('id="method-title"') :]
    for part in (
        FORMULA,
        full.catalogue_version,
        full.catalogue_digest,
        full.team_digest,
        full.tool_version,
        "2026-11-23 09:30:00 UTC",
        *(item.digest for item in full.inputs if item.digest),
        *words.MEANINGS.values(),
    ):
        assert part in method


def test_a_run_without_waivers_says_so(full):
    bare = replace(full, waivers_used=False)
    for format in ("html", "text", "markdown"):  # noqa: A001 - as in render
        assert "Waivers were left out" in render(format, bare)
        assert "Waivers were left out" not in render(format, full)


def test_links_begin_with_the_site_that_is_given(full):
    for format in ("html", "markdown", "csv", "sarif", "junit", "json"):  # noqa: A001 - as in render
        text = render(format, full, options=Options(site="https://docs.contoso.example/zt/"))
        assert "https://docs.contoso.example/zt/build/protect-an-api/#verify-token-signature" in text


def test_a_passing_gate_with_nothing_open_says_that_we_may_ship(clear):
    assert words.shipping(clear) == ("Yes", "The gate passes. Nothing is open.")
    assert 'class="answer ship yes"' in render("html", clear)
