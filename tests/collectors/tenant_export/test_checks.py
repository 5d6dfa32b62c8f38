"""Every check of the tenant-export collector refutes its bad example, and is silent on the one that only looks bad."""

import json

import pytest

from tests.collectors import examples
from ztcheck import catalogue
from ztcheck.collectors import Request, tenant_export
from ztcheck.collectors.tenant_export.rules import RULES
from ztcheck.team import Declared, Team

CHECKS = examples.folders("tenant_export")
CATALOGUE = {name: check for name, check in catalogue.default().checks.items() if check.collector == "tenant-export"}


def run(check, name, root):
    found = examples.run(tenant_export, "tenant_export", check, f"{name}.json", root)
    assert not found.failures
    assert {item.state for item in found.inputs} == {"used"}
    return found


def effects(evidence):
    return {finding.effect for finding in evidence.findings}


def test_every_check_has_examples_and_every_rule_is_in_the_catalogue():
    assert set(CHECKS) == set(RULES) == set(CATALOGUE)


@pytest.mark.parametrize("check", CHECKS)
def test_bad_example_is_refuted_or_asks_for_a_look(check, tmp_path):
    found = effects(run(check, "bad", tmp_path))
    assert "supports" not in found
    assert found or CATALOGUE[check].can == ("support",)


@pytest.mark.parametrize("check", CHECKS)
def test_good_example_is_supported_where_the_check_can(check, tmp_path):
    found = effects(run(check, "good", tmp_path))
    assert found == ({"supports"} if "support" in CATALOGUE[check].can else set())


@pytest.mark.parametrize("check", CHECKS)
def test_look_alike_stays_silent(check, tmp_path):
    found = effects(run(check, "lookalike", tmp_path))
    assert found <= {"supports"}
    if CATALOGUE[check].can == ("support",):
        assert found == set()


@pytest.mark.parametrize("check", CHECKS)
def test_findings_do_only_what_the_catalogue_says_and_are_complete(check, tmp_path):
    can = {"refute": "refutes", "support": "supports"}
    allowed = {can[word] for word in CATALOGUE[check].can} | {"review"}
    for name in ("bad", "good", "lookalike"):
        root = tmp_path / name
        root.mkdir()
        for finding in run(check, name, root).findings:
            assert finding.effect in allowed
            assert finding.place.pointer is not None or finding.place.line
            assert len(finding.fingerprint) == 16
            assert finding.effect != "refutes" or finding.sure != "heuristic"
            assert finding.effect == "supports" or (finding.why and finding.advice)


@pytest.mark.parametrize(
    ("component", "exceptions", "effects"),
    [
        (None, {"printer": "no keyboard"}, set()),
        ("printer", {"printer": "no keyboard"}, set()),
        ("printer", {"printer/login.py": "no keyboard"}, set()),
        ("orders", {"printer": "no keyboard"}, {"refutes"}),
    ],
    ids=["the whole tenant", "this component", "a file", "another component"],
)
def test_device_code_sign_ins_refute_where_all_exceptions_are_other_components(
    tmp_path, component, exceptions, effects
):
    folder = examples.FOLDER / "tenant_export" / "examples" / "device-code-sign-ins"
    for name in ("orders.json", "printer.json"):
        (tmp_path / name).write_bytes((folder / "bad.json").read_bytes())
    context = json.loads((folder / "context.json").read_text())["declared"]
    mine = Declared("tenant-export", "orders.json", component, examples.ON)
    evidence = (mine, Declared("manifest", "printer.json", "printer", examples.ON))
    declared = {**context, "device_code_exceptions": exceptions}
    team = Team("zero-trust.yml", "Contoso Orders", "orders team", {}, evidence=evidence, declared=declared)
    known = {"device-code-sign-ins": CATALOGUE["device-code-sign-ins"]}
    found = tenant_export.collect(Request(team, tmp_path, (mine,), known, examples.ON)).evidence
    assert {finding.effect for finding in found.findings} == effects
