"""All formats agree: every count is recomputed from the rows of the same report; equal inputs give equal bytes."""

import collections
import csv
import io
import json
import os
import re
import subprocess
import sys
from dataclasses import replace
from xml.etree import ElementTree as ET

import pytest

from tests.report import worlds
from ztcheck.assess import MET, OPEN, VERDICTS, Assessment
from ztcheck.catalogue import SEVERITIES, default
from ztcheck.errors import InputError
from ztcheck.report import FORMATS, Options, render, words
from ztcheck.report.junit import outcome

MAKERS = [worlds.world, worlds.clear, worlds.empty]


@pytest.fixture(scope="module", params=MAKERS, ids=lambda make: make.__name__)
def assessment(request):
    return request.param()


def rows(assessment: Assessment) -> list[tuple[str, str, str]]:
    return [(result.practice.id, result.verdict, result.practice.severity) for result in assessment.results]


def test_a_format_that_does_not_exist_is_refused_with_the_nearest_one(full):
    with pytest.raises(InputError, match="did you mean 'html'"):
        render("htlm", full)


def test_every_verdict_has_words():
    assert set(words.LABELS) == set(words.TITLES) == set(words.MEANINGS) == set(VERDICTS)


def test_json_counts_are_those_of_its_rows(assessment):
    report = json.loads(render("json", assessment))
    results = report["results"]
    verdicts = collections.Counter(result["verdict"] for result in results)
    assert len(results) == len(default().practices)
    assert {verdict: number for verdict, number in report["counts"].items() if number} == dict(verdicts)
    assert set(report["counts"]) == set(VERDICTS)
    applicable = [result for result in results if result["rule"] != 1]
    scored = [result for result in results if result["verdict"] != "not-applicable"]
    assert report["coverage"] == {
        "applicable": len(applicable),
        "decided": sum(result["verdict"] not in ("unknown", "unanswered") for result in applicable),
        "by_evidence": sum(result["rule"] in (2, 5) for result in applicable),
        "met": sum(verdicts[verdict] for verdict in MET),
    }
    for level, score in [(None, report["score"]), *report["score"]["by_severity"].items()]:
        counted = [result for result in scored if level in (None, result["severity"])]
        met = sum(result["verdict"] in MET for result in counted)
        assert (score["met"], score["of"]) == (met, len(counted))
        assert score["percent"] == (100 * met // len(counted) if counted else 100)
    assert report["open_criticals"] == sum(
        result["severity"] == "critical" and result["verdict"] in OPEN for result in results
    )
    assert report["gate"]["passed"] == (
        not any(result["gates"] for result in results) and not report["profile_contradictions"]
    )


def test_html_counts_are_those_of_its_rows(assessment):
    page = render("html", assessment)
    ids = re.findall(r'<(?:div class="body"|li) id="([a-z0-9-]+)"', page)
    assert sorted(ids) == sorted(result.practice.id for result in assessment.results)
    table = page[page.index('<table class="counts">') : page.index("</table>")]
    for verdict in VERDICTS:
        found = [severity for _, has, severity in rows(assessment) if has == verdict]
        row = next(row for row in table.split("<tr>") if f">{words.LABELS[verdict]}</span>" in row)
        numbers = [int(number) for number in re.findall(r"<td[^>]*>(\d+)</td>", row)]
        assert numbers == [len(found), *(found.count(severity) for severity in SEVERITIES)]
        section = re.search(rf'<h2 id="{verdict}-title">[^<]*<span class="n">(\d+)</span>(.*?)</section>', page, re.S)
        assert (section is not None) == bool(found)
        if section:
            assert int(section[1]) == len(found)
            shown = re.findall(r'<(?:div class="body"|li) id="([a-z0-9-]+)"', section[2])
            assert sorted(shown) == sorted(name for name, has, _ in rows(assessment) if has == verdict)
    plan = re.search(r'<h2 id="plan-title">The plan <span class="n">(\d+)</span>(.*?)</section>', page, re.S)
    steps = [result for result in assessment.results if result.sequence]
    assert (plan is not None) == bool(steps)
    if plan:
        listed = re.findall(r'<a href="#([a-z0-9-]+)">', plan[2])
        assert int(plan[1]) == len(listed) == len(steps)
        assert {name for name, verdict, _ in rows(assessment) if verdict in OPEN} == set(listed)


@pytest.mark.parametrize("make", MAKERS, ids=lambda make: make.__name__)
def test_html_links_only_to_places_that_it_has(make):
    page = render("html", make())
    targets = re.findall(r'href="#([^"]+)"', page)
    ids = re.findall(r'\bid="([^"]+)"', page)
    assert len(ids) == len(set(ids))
    assert set(targets) <= set(ids)


def test_the_profile_says_for_every_practice_that_it_rules_out_which_answer_did(full):
    from ztcheck.report.html import ruled_out_by_field

    found = ruled_out_by_field(full)
    told = {practice.id for practices in found.values() for practice in practices}
    assert told == {result.practice.id for result in full.results if result.ruled_out_by}
    for field, practices in found.items():
        for practice in practices:
            reason = next(result.ruled_out_by for result in full.results if result.practice.id == practice.id)
            assert reason is not None
            assert field in reason


def test_csv_has_one_row_for_each_practice(assessment):
    text = render("csv", assessment)
    assert text.count("\r\n") == text.count("\n") == len(assessment.results) + 1
    read = list(csv.DictReader(io.StringIO(text, newline="")))
    assert [(row["practice"], row["verdict"], row["severity"]) for row in read] == rows(assessment)
    for row, result in zip(read, assessment.results, strict=True):
        effects = collections.Counter(finding.effect for finding in result.findings)
        numbers = (int(row["refuting"]), int(row["asking for review"]), int(row["supporting"]))
        assert numbers == (effects["refutes"], effects["review"], effects["supports"])


def test_junit_counts_are_those_of_its_cases(assessment):
    root = ET.fromstring(render("junit", assessment))  # noqa: S314 - our own text
    kinds = {"failures": "failure", "errors": "error", "skipped": "skipped"}
    for suite in (root, *root.findall("testsuite")):
        cases = suite.findall(".//testcase")
        assert int(suite.get("tests", "")) == len(cases)
        for attribute, kind in kinds.items():
            assert int(suite.get(attribute, "")) == sum(case.find(kind) is not None for case in cases)
    cases = root.findall(".//testcase")
    assert len(cases) == len(assessment.results) + len(assessment.profile_contradictions)
    passing = {str(case.get("name")).split(":")[0] for case in cases if not len(case)}
    assert passing == {name for name, verdict, _ in rows(assessment) if verdict in MET}
    assert {outcome(result) for result in assessment.results if result.gates} <= {"failure", "error"}


def test_sarif_holds_every_finding_that_does_not_support(full):
    log = json.loads(render("sarif", full))["runs"][0]
    told = [finding for result in full.results for finding in result.findings if finding.effect != "supports"]
    marks = [result["partialFingerprints"]["ztcheck/v1"] for result in log["results"]]
    assert sorted(marks) == sorted(finding.fingerprint for finding in (*told, *full.suppressed))
    suppressed = [result for result in log["results"] if "suppressions" in result]
    assert len(suppressed) == len(full.suppressed) == 1


def test_markdown_counts_are_those_of_its_rows(assessment):
    text = render("markdown", assessment)
    for verdict in VERDICTS:
        found = [severity for _, has, severity in rows(assessment) if has == verdict]
        numbers = [*(found.count(severity) for severity in SEVERITIES), len(found)]
        assert f"| {words.LABELS[verdict]} | {' | '.join(map(str, numbers))} |" in text
        section = re.search(rf"<summary>{re.escape(words.TITLES[verdict])}: (\d+)</summary>(.*?)</details>", text, re.S)
        if section:
            assert int(section[1]) == len(found) == len(re.findall(r"^- \[", section[2], re.M))
    if assessment.changes:
        tallies = re.findall(r"^\*\*[^*\n]+: (\d+)\*\*\n\n((?:- .*\n)+)", text, re.M)
        assert sum(int(number) for number, _ in tallies) == len(assessment.changes)
        for number, listed in tallies:
            lines = listed.splitlines()
            rest = re.fullmatch(r"- and (\d+) more", lines[-1])
            assert int(number) == len(lines) - 1 + int(rest[1]) if rest else int(number) == len(lines)


def test_markdown_fits_into_a_comment_and_says_what_it_leaves_out(full):
    noted = "stand in the full report only"
    assert noted not in render("markdown", full)
    place = full.results[0].findings[0].place
    busy = replace(full.results[0].findings[0], message="<" * 9_000, place=replace(place, path="`" * 9_000))
    results = tuple(replace(result, findings=(busy,) * 9) for result in full.results)
    text = render("markdown", replace(full, results=results))
    assert len(text) < 65_536
    assert noted in text
    assert text.count("<details") == text.count("</details>")
    assert "| **Score** |" in text


def test_markdown_tells_changes_before_anything_that_is_open(full):
    text = render("markdown", full)
    assert text.index("### Changes since 2026-10-23") < text.index("<details")


def test_text_counts_are_those_of_its_rows(assessment):
    text = render("text", assessment)
    for verdict in VERDICTS:
        found = [severity for _, has, severity in rows(assessment) if has == verdict]
        numbers = [*(found.count(severity) for severity in SEVERITIES), len(found)]
        assert re.search(rf"^{words.LABELS[verdict]} +{' +'.join(map(str, numbers))}$", text, re.M)
    for verdict in ("contradicted", "failed"):
        found = [name for name, has, _ in rows(assessment) if has == verdict]
        assert len(re.findall(rf"^{words.LABELS[verdict].upper()}  ", text, re.M)) == len(found)
        assert all(f"ztcheck explain {name}" in text for name in found)
    for verdict in ("unknown", "unanswered", "accepted-risk"):
        found = [name for name, has, _ in rows(assessment) if has == verdict]
        assert (f"{words.TITLES[verdict]} ({len(found)})" in text) == bool(found)
        assert all(re.search(rf"^\w+ +{name}\b", text, re.M) for name in found)


def test_headlines_agree_in_every_format(assessment):
    score = f"{assessment.score.percent} %"
    met = f"{assessment.score.met} of {assessment.score.of} met"
    page = render("html", assessment).replace("&nbsp;", " ")
    for text in (page, render("text", assessment), render("markdown", assessment), render("badge", assessment)):
        assert score in text
    for text in (page, render("text", assessment), render("markdown", assessment)):
        flat = " ".join(text.split())
        assert met in flat
        assert words.sureness(assessment) in flat
        assert words.shipping(assessment)[1] in flat


@pytest.mark.parametrize("make", MAKERS, ids=lambda make: make.__name__)
@pytest.mark.parametrize("format", FORMATS)
def test_equal_inputs_give_equal_bytes_in_another_process(format, make):  # noqa: A002 - as in render
    script = (
        "import sys; from tests.report import worlds; from ztcheck.report import render; "
        f"sys.stdout.buffer.write(render({format!r}, worlds.{make.__name__}()).encode())"
    )
    environment = {**os.environ, "PYTHONHASHSEED": "7", "TZ": "Asia/Tokyo", "COLUMNS": "31", "TERM": "dumb"}
    environment["PYTHONPATH"] = os.pathsep.join(sys.path)
    other = subprocess.run([sys.executable, "-c", script], env=environment, capture_output=True, check=True)
    assert other.stdout == render(format, make()).encode()


@pytest.mark.parametrize("width", [40, 72, 100, 200])
def test_text_keeps_to_the_width(full, width):
    from rich.cells import cell_len

    lines = render("text", full, options=Options(width=width)).splitlines()
    assert max(map(cell_len, lines)) <= width


def test_text_is_coloured_only_when_asked(full):
    assert "\x1b" not in render("text", full)
    colored = render("text", full, options=Options(color=True))
    assert "\x1b[" in colored
    assert re.sub(r"\x1b\[[0-9;]*m", "", colored).split() == render("text", full).split()
