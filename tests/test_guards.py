"""The list of guards fits the files, and the script notices guards that no test misses."""

import subprocess

import pytest

from tests import guards
from tests.inner import ALONE


@pytest.mark.parametrize("guard", guards.read(), ids=lambda guard: guard.name)
def test_an_entry_fits_its_file(guard):
    assert guard.fault(guards.ROOT) is None
    assert guard.old != guard.new


def test_guards_have_names_of_their_own():
    names = [(guard.file, guard.name) for guard in guards.read()]
    assert len(set(names)) == len(names)


@pytest.fixture
def project(tmp_path, monkeypatch):
    """A project of one rule and one test; returns a function that lists a guard for it and runs the script."""
    (tmp_path / "rule.py").write_text("def allowed(age):\n    return age >= 18 and age < 200\n")
    (tmp_path / "test_rule.py").write_text(
        "import sys; sys.path.insert(0, '.')\nfrom rule import allowed\n\ndef test_refuses_a_child():\n"
        "    assert not allowed(17)\n"
    )
    monkeypatch.setattr(guards, "ROOT", tmp_path)
    for name, value in ALONE.items():
        monkeypatch.setenv(name, value)
    subprocess.run(["git", "init", "--quiet", tmp_path], check=True)

    def run(old, new):
        entry = guards.Guard("the guard", "rule.py", old, new, "test_rule.py")
        monkeypatch.setattr(guards, "read", lambda: [entry])
        return guards.main([])

    return run


def test_names_the_test_that_fails_without_the_guard(project, capsys):
    assert project("age >= 18 and ", "") == 0
    assert "test_rule.py::test_refuses_a_child" in capsys.readouterr().out


def test_a_guard_that_no_test_misses_survives(project, capsys):
    assert project(" and age < 200", "") == 1
    assert "SURVIVES" in capsys.readouterr().out


@pytest.mark.parametrize("old", ["age >= 21", "age"])
def test_an_entry_whose_text_is_not_there_once_is_an_error(project, capsys, old):
    assert project(old, "") == 2
    assert "not once" in capsys.readouterr().err


def test_a_change_that_keeps_the_tests_from_running_is_no_proof(project):
    with pytest.raises(RuntimeError, match="pytest ended with 2"):
        project("def allowed", "def permitted")
