"""Contoso Orders: the example product, whose report the site shows, is judged by every collector."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

from tests.inner import run_pytest

ROOT = Path(__file__).parents[1]
EXAMPLE = ROOT / "examples" / "contoso-orders"
COPIES = ("verify_access_token", "signing_keys", "require_token", "require_scope", "app_only_token")


@pytest.fixture(scope="module")
def run():
    command = [sys.executable, "-m", "ztcheck", "report", str(EXAMPLE), "--date", "2026-11-23", "--format", "json"]
    command += ["--baseline", str(EXAMPLE / "reports" / "2026-10-12.json")]
    return subprocess.run(command, capture_output=True, text=True, cwd=ROOT, check=False)


@pytest.fixture(scope="module")
def results(run):
    return {item["practice"]: item for item in json.loads(run.stdout)["results"]}


def test_a_yes_that_the_code_refutes_fails_the_gate_and_is_named_with_its_line(run, results):
    hop = results["encrypt-every-hop"]
    assert (run.returncode, hop["verdict"], hop["answer"]["answer"]) == (1, "contradicted", "yes")
    [refuting] = [finding for finding in hop["findings"] if finding["effect"] == "refutes"]
    line = (EXAMPLE / refuting["place"]["path"]).read_text(encoding="utf-8").splitlines()[refuting["place"]["line"] - 1]
    assert "verify=False" in line


def test_contradictions_come_first(results):
    verdicts = [item["verdict"] for item in results.values()]
    count = verdicts.count("contradicted")
    assert verdicts[:count] == ["contradicted"] * count
    assert count >= 3


@pytest.mark.parametrize(
    ("practice", "verdict"),
    [
        pytest.param("run-services-as-workload-identities", "attested", id="an answer"),
        pytest.param("disable-implicit-grant", "verified", id="the registration"),
        pytest.param("prevent-pipeline-injection", "contradicted", id="the workflow"),
        pytest.param("record-permission-reasons", "verified", id="a permission of the team's own API, by its name"),
        pytest.param("replace-client-secrets", "accepted-risk", id="a waiver"),
        pytest.param("log-access-decisions", "unanswered", id="a lapsed attestation"),
        pytest.param("restrict-user-consent", "not-applicable", id="the profile"),
    ],
)
def test_the_verdict_comes_from(results, practice, verdict):
    assert results[practice]["verdict"] == verdict


def test_it_says_what_became_worse_and_better_since_october(run):
    items = json.loads(run.stdout)["changes"]["items"]
    changes = {item["practice"]: (item["before"], item["after"]) for item in items}
    assert changes["check-object-access"] == ("attested", "failed")
    assert changes["limit-repository-admin-rights"] == ("attested", "contradicted")
    assert ("attested", "verified") in changes.values()


def test_each_collector_that_it_declares_has_seen_something(results):
    checks = {finding["check"] for item in results.values() for finding in item["findings"]}
    listed = json.loads(
        subprocess.run(
            [sys.executable, "-m", "ztcheck", "list", "--format", "json"], capture_output=True, text=True, check=True
        ).stdout
    )
    collectors = {check["id"]: check["collector"] for practice in listed for check in practice["checks"]}
    assert {collectors[check] for check in checks} == {"source", "manifest", "ci"}


@pytest.mark.parametrize("name", COPIES)
def test_the_snippets_that_it_copied_are_those_that_are_tested(name):
    assert (EXAMPLE / "api" / f"{name}.py").read_bytes() == (ROOT / "snippets" / f"{name}.py").read_bytes()


def test_its_own_tests_pass_against_the_local_entra_id():
    done = run_pytest(EXAMPLE, "-p", "pytest_timeout", "-k", "not refuses_every or time or audience")
    assert done.returncode == 0, done.stdout
