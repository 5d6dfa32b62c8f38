"""The JSON report: its published shape, and reading it back as a baseline."""

import datetime as dt
import json

import jsonschema
import pytest

from tests.report import worlds
from ztcheck.errors import InputError
from ztcheck.report import Options, render
from ztcheck.report.json import SCHEMA_URL, read_json, schema

WHEN = Options(at=dt.datetime(2026, 11, 23, 9, 30, tzinfo=dt.UTC))


def small(**more: object) -> str:
    good: dict[str, object] = {
        "kind": "ztcheck assessment",
        "version": 1,
        "date": "2026-11-01",
        "catalogue": {"version": "2026.11"},
        "declared": [],
        "results": [{"practice": "verify-token-signature", "verdict": "attested"}],
    }
    return json.dumps(good | more)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "is empty"),
        ("[]", "is not a JSON report of ztcheck"),
        ("{", "is not JSON"),
        ("\x00\x01", "is not JSON"),
        ("[" * 100_000, "nested deeper"),
        ('{"kind": 1, "kind": 2}', "twice"),
        (small(version=2), "has version 2"),
        (small(version=9**400), "has version"),
        (small(date="11/23/2026"), "/date: must be a date"),
        (small(date=None), "/date: must be a date"),
        (small(catalogue=[]), "/catalogue/version: must be a string"),
        (small(declared="x"), "/declared: must be a list"),
        (small(declared=[1]), "/declared: must be a list"),
        (small(results={}), "/results: must be a list"),
        (small(results=[1]), "/results/0: must hold a practice"),
        (small(results=[{"practice": "p", "verdict": "passed"}]), "/results/0: must hold a practice"),
        (small(results=[{"practice": "p", "verdict": ["failed"]}]), "/results/0: must hold a practice"),
        (small(results=[{"practice": "p", "verdict": "failed"}] * 2), "a second time"),
        (small(results=[{}] * 10_001), "at most 10,000"),
        (small(results=[{"practice": "p", "verdict": float("nan")}]), "NaN"),
    ],
    ids=lambda value: value[:40] if isinstance(value, str) else None,
)
def test_a_baseline_that_is_not_a_report_is_refused_with_the_place(tmp_path, text, said):
    path = tmp_path / "baseline.json"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(InputError) as refused:
        read_json(path)
    assert said in str(refused.value)
    assert str(path) in str(refused.value)


def test_every_problem_of_a_baseline_is_told_in_one_run(tmp_path):
    path = tmp_path / "baseline.json"
    path.write_text(small(date="soon", declared=3, results=[1, 2]), encoding="utf-8")
    with pytest.raises(InputError) as refused:
        read_json(path)
    assert len(refused.value.problems) == 4


def test_a_folder_is_refused_as_a_baseline(tmp_path):
    with pytest.raises(InputError):
        read_json(tmp_path)


def test_what_was_written_reads_back_as_the_baseline(tmp_path, full):
    path = tmp_path / "report.json"
    path.write_text(render("json", full), encoding="utf-8")
    baseline = read_json(path)
    assert baseline.date == full.date
    assert baseline.catalogue_version == full.catalogue_version
    assert baseline.declared == full.declared
    assert baseline.verdicts == {result.practice.id: result.verdict for result in full.results}


@pytest.mark.parametrize("options", [Options(), WHEN], ids=["without-time", "with-time"])
@pytest.mark.parametrize("make", [worlds.world, worlds.clear, worlds.empty], ids=lambda make: make.__name__)
def test_every_report_has_the_published_shape(make, options):
    published = json.loads(schema())
    jsonschema.Draft202012Validator.check_schema(published)
    validator = jsonschema.Draft202012Validator(published, format_checker=jsonschema.FormatChecker())
    report = json.loads(render("json", make(), options=options))
    assert [error.message for error in validator.iter_errors(report)] == []
    assert report["$schema"] == published["$id"] == SCHEMA_URL


def test_the_published_shape_refuses_what_it_does_not_name(full):
    validator = jsonschema.Draft202012Validator(json.loads(schema()))
    report = json.loads(render("json", full))
    report["results"][0]["verdict"] = "passed"
    report["results"][1]["surprise"] = 1
    del report["results"][2]["rule"]
    assert sorted(error.validator for error in validator.iter_errors(report)) == [
        "additionalProperties", "enum", "required",
    ]  # fmt: skip
