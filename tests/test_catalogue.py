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
