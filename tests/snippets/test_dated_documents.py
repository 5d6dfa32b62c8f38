"""Documents are there, committed, and not old."""

from datetime import UTC, datetime, timedelta

import pytest

from tests.snippets.programs import HOSTILE, Repository, run_program


def ago(days: int) -> str:
    return str((datetime.now(UTC) - timedelta(days=days, hours=13)).date())


@pytest.fixture
def repository(tmp_path):
    made = Repository(tmp_path / "orders")
    made.commit({"docs/old.md": "Threats", "docs/model.md": "Threats", "empty.md": " \n"}, ago(500))
    made.commit({"docs/model.md": "Threats of orders", "empty.md": "\n"}, ago(300))
    return made


@pytest.fixture
def run(repository, monkeypatch):
    def run(*names, days="365", folder=repository.folder):
        paths = [str(folder / name) for name in names]
        return run_program("dated_documents.py", [*paths, "--days", days], monkeypatch)

    monkeypatch.setenv("GIT_CONFIG_GLOBAL", "/dev/null")
    return run


def test_accepts_a_document_that_was_changed_lately(run):
    assert run("docs/model.md").code == 0


@pytest.mark.parametrize("name", ["docs/old.md", "docs/none.md", "empty.md", "docs", f"docs/{HOSTILE}.md"], ids=ascii)
def test_refuses(run, name):
    done = run("docs/model.md", name)
    assert done.code == 1
    assert done.out.count("BAD") == 1


def test_refuses_by_the_days_that_are_given(run):
    assert run("docs/model.md", days="200").code == 1


def test_refuses_a_document_that_was_never_committed(run, repository):
    (repository.folder / "docs/new.md").write_text("Threats", encoding="utf-8")
    done = run("docs/new.md")
    assert done.code == 1
    assert "never committed" in done.out


def test_refuses_a_commit_of_the_future(run, repository):
    repository.commit({"docs/next.md": "Threats"}, ago(-30))
    assert run("docs/next.md").code == 1


def test_refuses_to_judge_outside_a_repository(run, tmp_path):
    (tmp_path / "model.md").write_text("Threats", encoding="utf-8")
    assert run("model.md", folder=tmp_path).code == 2


def test_refuses_to_judge_a_shallow_clone(run, repository, tmp_path):
    repository.git("clone", "-q", "--depth", "1", f"file://{repository.folder}", str(tmp_path / "shallow"))
    assert run("docs/old.md", folder=tmp_path / "shallow").code == 2
