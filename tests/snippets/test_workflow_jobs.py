"""A tool runs for every pull request, and its failure counts."""

import json

import pytest

from tests.snippets.programs import run_program


@pytest.fixture
def run(tmp_path, monkeypatch):
    def run(step, *more, on=("push", "pull_request"), **job):
        file = tmp_path / ".github/workflows/ci.yml"
        file.parent.mkdir(parents=True, exist_ok=True)
        content = {"on": list(on) if isinstance(on, tuple) else on, "jobs": {"scan": {"steps": [step], **job}}}
        file.write_text(json.dumps(content), encoding="utf-8")
        return run_program("workflow_jobs.py", [str(tmp_path), "checkov", *more], monkeypatch)

    return run


RUN = {"run": "pip install checkov\ncheckov -d infra"}


@pytest.mark.parametrize(
    ("step", "members"),
    [
        (RUN, {}),
        (RUN, {"on": "pull_request"}),
        (RUN, {"on": {"pull_request": None}}),
        (RUN, {"on": {"pull_request": {"branches": ["main"]}}}),
        ({"uses": "bridgecrewio/checkov-action@v12"}, {}),
    ],
    ids=["a script", "one event", "events with settings", "a target branch", "an action"],
)
def test_accepts(run, step, members):
    assert run(step, **members).code == 0


@pytest.mark.parametrize(
    ("step", "members"),
    [
        ({"run": "make test"}, {}),
        ({"run": "# checkov -d infra"}, {}),
        (RUN, {"on": ("push",)}),
        (RUN, {"on": {"pull_request": {"paths": ["infra/**"]}}}),
        (RUN, {"on": {"pull_request": {"paths-ignore": ["docs/**"]}}}),
        (RUN, {"on": {"pull_request": {"branches-ignore": ["main"]}}}),
        ({**RUN, "if": "github.actor != 'bot'"}, {}),
        (RUN, {"if": "false"}),
        ({**RUN, "continue-on-error": True}, {}),
        (RUN, {"continue-on-error": True}),
        ({"run": "checkov -d infra || true"}, {}),
        ({"run": "checkov -d infra ; exit 0"}, {}),
    ],
    ids=[
        "another tool",
        "a comment",
        "another event",
        "some paths",
        "all but some paths",
        "all but some branches",
        "a condition",
        "a job's condition",
        "a failure that passes",
        "a job's failure that passes",
        "or true",
        "an exit code of its own",
    ],
)
def test_refuses(run, step, members):
    assert run(step, **members).code == 1


def test_refuses_another_trigger(run):
    assert run(RUN, "--trigger", "release").code == 1


@pytest.mark.parametrize("text", ["", "a: [", "on: push", "on: push\njobs: {a: {steps: [1]}}", "jobs: {a: {}}"])
def test_refuses_to_judge(tmp_path, monkeypatch, text):
    file = tmp_path / ".github/workflows/ci.yml"
    file.parent.mkdir(parents=True)
    file.write_text(text, encoding="utf-8")
    assert run_program("workflow_jobs.py", [str(tmp_path), "checkov"], monkeypatch).code == 2


def test_refuses_to_judge_a_folder_without_workflows(tmp_path, monkeypatch):
    assert run_program("workflow_jobs.py", [str(tmp_path), "checkov"], monkeypatch).code == 2
