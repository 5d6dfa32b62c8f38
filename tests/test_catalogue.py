"""The catalogue loads, is whole, and reports every mistake at once."""

import shutil

import pytest

from ztcheck import catalogue
from ztcheck.catalogue import sources
from ztcheck.errors import ToolError


def test_every_recommendation_is_covered_by_a_practice_or_by_a_page():
    covered = {item for practice in catalogue.load().practices for item in practice.recommendations}
    known = sources.recommendations()
    assert len(known) == 324
    assert covered <= known.keys()
    assert {item.id for item in known.values() if item.page} == known.keys() - covered


def test_every_standards_id_exists():
    known = sources.standards()
    missing = [
        (practice.id, standard, item)
        for practice in catalogue.load().practices
        for standard, items in practice.standards.items()
        for item in items
        if standard not in known or not known[standard].requirements[item].title
    ]
    assert missing == []


@pytest.fixture
def folder(tmp_path):
    return shutil.copytree(catalogue.FOLDER, tmp_path / "catalogue")


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ('id = "verify-token-signature"', 'id = "validate-token-issuer"', "id is used twice"),
        ('layer = "app"', 'layer = "apps"', "'apps' is not a value of 'layer'"),
        ("impact = 3", "impact = 4", "'impact' and 'exploitability' must be 1, 2 or 3"),
        ("waivable = false", 'waivable = "no"', "'waivable' has the wrong type"),
        ("waivable = false", "waiveable = false", "unknown key 'waiveable'"),
        ("waivable = false", "attestation_days = 3\nwaivable = false", "go together"),
        ('app_kinds = ["web-api"]', 'app_kinds = ["web-apis"]', "'web-apis' is not a value"),
        ('app_kinds = ["web-api"]', 'app_kind = ["web-api"]', "unknown profile field 'app_kind'"),
    ],
)
def test_refuses_a_broken_entry_naming_file_and_id(folder, old, new, message):
    file = folder / "practices" / "api-protection.toml"
    file.write_text(file.read_text().replace(old, new, 1))
    with pytest.raises(ToolError) as caught:
        catalogue.load(folder)
    assert message in str(caught.value)
    assert "practices/api-protection.toml" in str(caught.value)


def test_reports_all_problems_of_all_files_at_once(folder):
    for name in ("api-protection", "tokens"):
        file = folder / "practices" / f"{name}.toml"
        file.write_text(file.read_text().replace('effort = "hours"', 'effort = "hour"'))
    with pytest.raises(ToolError) as caught:
        catalogue.load(folder)
    assert {problem.path for problem in caught.value.problems} == {
        "practices/api-protection.toml",
        "practices/tokens.toml",
    }
    assert len(caught.value.problems) > 4


def test_profile_values_bring_what_they_imply():
    full = catalogue.load().complete({"app_kinds": ("mcp-server",)})
    assert full["app_kinds"] == ("mcp-server", "web-api")


def test_says_which_profile_answer_rules_a_practice_out():
    loaded = catalogue.load()
    profile = {"answers_for": ("app",), "app_kinds": ("daemon",)}
    reason = loaded.ruled_out_by(loaded.by_id["verify-token-signature"], profile)
    assert reason == "app_kinds = daemon (asked when app_kinds is web-api)"
    assert "answers_for" in str(loaded.ruled_out_by(loaded.by_id["require-independent-review"], profile))


def test_measured_figures_are_of_checks_of_source_and_carry_date_and_script():
    known = catalogue.default()
    measured = [(check, check.measurement) for check in known.checks.values() if check.measurement]
    assert measured
    for check, figures in measured:
        assert check.collector == "source"
        assert figures.lookalikes >= catalogue.LEAST_LOOK_ALIKES
        assert (catalogue.FOLDER.parents[2] / figures.script).is_file()
        assert check.measured == figures.low


@pytest.mark.parametrize(
    ("counts", "low"),
    [((9, 9, 4, 0), False), ((9, 9, 5, 0), True), ((9, 9, 5, 1), False), ((9, 0, 50, 2), True), ((9, 9, 50, 3), False)],
    ids=["too few to say", "none of five", "one of five", "4 %", "6 %"],
)
def test_a_heuristic_may_refute_only_with_few_false_alarms_among_enough_look_alikes(folder, counts, low):
    numbers = dict(zip(("mistakes", "found", "lookalikes", "touched"), counts, strict=True))
    rows = "".join(f"{key} = {value}\n" for key, value in numbers.items())
    head = 'date = 2026-11-23\nscript = "tests/corpus.py"\n[checks.unguarded-route]\n'
    (folder / catalogue.MEASURED).write_text(head + rows)
    assert catalogue.load(folder).checks["unguarded-route"].measured is low


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("[checks.unguarded-route]", "[checks.unguarded-routes]", "no check of the catalogue has this id"),
        ("touched = ", "touched = 99", "more was found or touched than there is"),
        ("lookalikes", "look_alikes", "unknown key 'look_alikes'"),
        ("date = ", 'date = "then" # ', "'date' has the wrong type"),
    ],
)
def test_refuses_figures_that_cannot_be(folder, old, new, message):
    file = folder / catalogue.MEASURED
    file.write_text(file.read_text().replace(old, new, 1))
    with pytest.raises(ToolError) as caught:
        catalogue.load(folder)
    assert message in str(caught.value)
