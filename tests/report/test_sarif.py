"""The SARIF report: valid by the published schema, and what code scanning on GitHub needs beyond it."""

import json
from dataclasses import replace

import jsonschema
import pytest

import dev
from tests.report import worlds
from ztcheck.report import render

# The schema of SARIF 2.1.0 as the SARIF SDK carries it.
SCHEMA = dev.ROOT / "node_modules/@microsoft/jest-sarif/lib/schemas/sarif-2.1.0-rtm.5.json"


def results_of(assessment):
    return json.loads(render("sarif", assessment))["runs"][0]["results"]


@pytest.mark.parametrize("make", [worlds.world, worlds.clear, worlds.empty], ids=lambda make: make.__name__)
def test_a_log_is_valid_by_the_schema(make):
    if not SCHEMA.exists():
        pytest.skip("the npm packages are not installed")
    schema = json.loads(SCHEMA.read_text(encoding="utf-8"))
    validator = jsonschema.validators.validator_for(schema)(schema)
    log = json.loads(render("sarif", make()))
    assert [error.message for error in validator.iter_errors(log)] == []
    log["runs"][0]["results"].append({"level": "high"})
    assert len(list(validator.iter_errors(log))) == 2


def test_every_result_has_a_rule_a_file_and_a_fingerprint(full):
    run = json.loads(render("sarif", full))["runs"][0]
    rules = run["tool"]["driver"]["rules"]
    assert run["results"]
    for result in run["results"]:
        assert rules[result["ruleIndex"]]["id"] == result["ruleId"]
        assert result["locations"][0]["physicalLocation"]["artifactLocation"]["uri"]
        assert result["partialFingerprints"]["ztcheck/v1"]
    for rule in rules:
        assert 0 < float(rule["properties"]["security-severity"]) <= 10
        assert "security" in rule["properties"]["tags"]


def test_a_finding_without_a_file_is_placed_in_the_teams_file(full):
    found = [
        (result.practice.id, finding)
        for result in full.results
        for finding in result.findings
        if finding.effect == "refutes"
    ]
    practice, finding = found[0]
    moved = replace(finding, place=replace(finding.place, path=None, line=None, request="GET https://127.0.0.1/"))
    results = tuple(
        replace(result, findings=(moved,)) if result.practice.id == practice else result for result in full.results
    )
    told = results_of(replace(full, results=results))
    at = next(result for result in told if result["partialFingerprints"]["ztcheck/v1"] == finding.fingerprint)
    assert at["locations"][0]["physicalLocation"]["artifactLocation"]["uri"] == "zero-trust.yml"
    assert "GET https://127.0.0.1/" in at["message"]["text"]


def test_an_accepted_risk_is_suppressed_with_its_reason_and_not_left_out(full):
    refuted = next(result for result in full.results if any(item.effect == "refutes" for item in result.findings))
    waiver = full.expired_waivers[0]
    waived = replace(refuted, verdict="accepted-risk", waivers=(waiver,))
    results = tuple(waived if result is refuted else result for result in full.results)
    suppressed = [
        result["suppressions"][0]["justification"]
        for result in results_of(replace(full, results=results))
        if result.get("suppressions", [{}])[0].get("kind") == "external"
    ]
    assert suppressed == [f"{waiver.reason} ({waiver.approved_by}, until {waiver.until})"]


def test_what_asks_for_review_is_no_error(full):
    kinds = {(result["kind"], result["level"]) for result in results_of(full)}
    assert ("review", "none") in kinds
    assert all(level != "none" for kind, level in kinds if kind == "fail")
