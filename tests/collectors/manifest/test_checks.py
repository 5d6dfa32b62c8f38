"""Every check of the manifest collector refutes its bad example, and is silent on the one that only looks bad."""

import pytest

from tests.collectors import examples
from ztcheck import catalogue
from ztcheck.collectors import manifest
from ztcheck.collectors.manifest.rules import RULES

CHECKS = examples.folders("manifest")
# These support only; their bad example merely does not.
SUPPORT_ONLY = {"selected-scope-permissions", "assignable-app-roles"}


def effects(evidence):
    return {finding.effect for finding in evidence.findings}


def test_every_check_has_examples_and_every_rule_is_in_the_catalogue():
    listed = {check.id for check in catalogue.default().checks.values() if check.collector == "manifest"}
    assert set(CHECKS) == set(RULES) == listed


@pytest.mark.parametrize("check", CHECKS)
def test_bad_example_is_refuted_or_asks_for_a_look(check, tmp_path):
    found = examples.run(manifest, "manifest", check, "bad.json", tmp_path)
    assert not found.failures
    assert [item.state for item in found.inputs] == ["used"]
    assert "supports" not in effects(found)
    assert effects(found) or check in SUPPORT_ONLY


@pytest.mark.parametrize("check", CHECKS)
def test_good_example_is_never_refuted(check, tmp_path):
    found = examples.run(manifest, "manifest", check, "good.json", tmp_path)
    assert not found.failures
    assert effects(found) <= {"supports"}
    if "support" in catalogue.default().checks[check].can and check != "unowned-redirect-hosts":
        assert effects(found) == {"supports"}


@pytest.mark.parametrize("check", CHECKS)
def test_look_alike_stays_silent(check, tmp_path):
    found = examples.run(manifest, "manifest", check, "lookalike.json", tmp_path)
    assert not found.failures
    assert [item.state for item in found.inputs] == ["used"]
    assert effects(found) <= {"supports"}


@pytest.mark.parametrize("check", CHECKS)
def test_findings_do_only_what_the_catalogue_says_and_are_complete(check, tmp_path):
    can = {"refute": "refutes", "support": "supports"}
    allowed = {can[word] for word in catalogue.default().checks[check].can} | {"review"}
    for name in ("bad", "good", "lookalike"):
        root = tmp_path / name
        root.mkdir()
        for finding in examples.run(manifest, "manifest", check, f"{name}.json", root).findings:
            assert finding.effect in allowed
            assert finding.place.pointer is not None or finding.place.line
            assert len(finding.fingerprint) == 16
            assert finding.effect != "refutes" or finding.sure != "heuristic"
            assert finding.effect == "supports" or (finding.why and finding.advice)
