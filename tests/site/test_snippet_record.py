"""The record of the snippets' tests says what ran, and says nothing of what ran in part."""

import json

import pytest

from tests.inner import ALONE
from tests.snippet_record import Recorder

pytest_plugins = ["pytester"]

TESTS = """
import pytest

def test_accepts():
    assert {accepts}

@pytest.mark.parametrize("token", ["expired", "foreign", "unsigned"])
def test_refuses(token):
    assert token
"""


@pytest.fixture
def run(pytester, tmp_path, monkeypatch):
    """Runs the tests of a project with one snippet and returns what was recorded."""
    for name, value in ALONE.items():
        monkeypatch.setenv(name, value)

    def run_(*words, accepts=True):
        for name in ("snippets", "tests/snippets"):
            (tmp_path / name).mkdir(parents=True, exist_ok=True)
        (tmp_path / "snippets" / "greet.py").write_text(
            '# /// script\n# dependencies = ["pytest>=9"]\n# ///\n"""Greets."""\n'
        )
        test = tmp_path / "tests" / "snippets" / "test_greet.py"
        test.write_text(TESTS.format(accepts=accepts))
        arguments = [word.replace("TEST", str(test)) for word in words or ("TEST",)]
        pytester.inline_run(
            *arguments, "-p", "no:cacheprovider", "--rootdir", str(tmp_path), plugins=[Recorder(tmp_path)]
        )
        record = tmp_path / "build" / "snippet-tests.json"
        return json.loads(record.read_text()).get("greet") if record.exists() else None

    return run_


def test_records_cases_refusals_and_versions(run):
    entry = run()
    assert (entry["passed"], entry["failed"], entry["refused"]) == (4, 0, 3)
    assert list(entry["versions"]) == ["pytest"]


def test_records_a_failure(run):
    entry = run(accepts=False)
    assert (entry["passed"], entry["failed"]) == (3, 1)


@pytest.mark.parametrize("words", [("TEST", "-k", "refuses"), ("TEST::test_accepts",), ("TEST", "-x")], ids=" ".join)
def test_records_nothing_of_a_run_in_part(run, words):
    assert run(*words, accepts="-x" not in words) is None
