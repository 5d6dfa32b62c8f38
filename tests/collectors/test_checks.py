"""Every check on files refutes its bad example, and is silent on the one that only looks bad."""

import pytest

from tests.collectors import examples
from ztcheck import catalogue
from ztcheck.collectors import ci, manifest, tenant_export
from ztcheck.collectors.ci.rules import RULES as CI_RULES
from ztcheck.collectors.manifest.rules import RULES as MANIFEST_RULES
from ztcheck.collectors.tenant_export.rules import RULES as TENANT_EXPORT_RULES

COLLECTORS = {"ci": ci, "manifest": manifest, "tenant_export": tenant_export}
RULES = {"ci": CI_RULES, "manifest": MANIFEST_RULES, "tenant_export": TENANT_EXPORT_RULES}
CHECKS = [(kind, check) for kind in COLLECTORS for check in examples.folders(kind)]
CATALOGUE = catalogue.default().checks
NEEDS_THE_NETWORK = {"unowned-redirect-hosts"}
"""These support nothing without DNS."""

every_check = pytest.mark.parametrize(("kind", "check"), CHECKS)


def run(kind, check, name, root):
    folder = examples.FOLDER / kind / "examples" / check
    found = examples.run(COLLECTORS[kind], kind, check, name if (folder / name).is_dir() else f"{name}.json", root)
    assert not found.failures
    assert {item.state for item in found.inputs} == {"used"}
    return found


def effects(evidence):
    return {finding.effect for finding in evidence.findings}


@pytest.mark.parametrize("kind", COLLECTORS)
def test_every_check_has_examples_and_every_rule_is_in_the_catalogue(kind):
    listed = {name for name, check in CATALOGUE.items() if check.collector == kind.replace("_", "-")}
    assert set(examples.folders(kind)) == set(RULES[kind]) == listed


@every_check
def test_bad_example_is_refuted_or_asks_for_a_look(kind, check, tmp_path):
    found = effects(run(kind, check, "bad", tmp_path))
    assert "supports" not in found
    assert found or CATALOGUE[check].can == ("support",)


@every_check
def test_good_example_is_supported_where_the_check_can(kind, check, tmp_path):
    found = effects(run(kind, check, "good", tmp_path))
    assert found <= {"supports"}
    assert bool(found) == ("support" in CATALOGUE[check].can) or check in NEEDS_THE_NETWORK


@every_check
def test_look_alike_stays_silent(kind, check, tmp_path):
    found = effects(run(kind, check, "lookalike", tmp_path))
    assert found <= (set() if CATALOGUE[check].can == ("support",) else {"supports"})


@every_check
def test_findings_do_only_what_the_catalogue_says_and_are_complete(kind, check, tmp_path):
    can = {"refute": "refutes", "support": "supports"}
    allowed = {can[word] for word in CATALOGUE[check].can} | {"review"}
    for name in ("bad", "good", "lookalike"):
        root = tmp_path / name
        root.mkdir()
        for finding in run(kind, check, name, root).findings:
            assert finding.effect in allowed
            assert finding.place.pointer is not None or finding.place.line
            assert len(finding.fingerprint) == 16
            assert finding.effect != "refutes" or finding.sure != "heuristic"
            assert finding.effect == "supports" or (finding.why and finding.advice)
