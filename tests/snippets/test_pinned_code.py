"""Code from outside is named by its hash."""

import json

import pytest

from tests.snippets.programs import run_program

HASH = "0" * 40
DIGEST = "a" * 64


@pytest.fixture
def run(tmp_path, monkeypatch):
    def run(files, *more):
        for name, text in files.items():
            file = tmp_path / name
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_text(text, encoding="utf-8")
        return run_program("pinned_code.py", [str(tmp_path), *more], monkeypatch)

    return run


def uses(*names):
    steps = [{"uses": name} for name in names]
    return {".github/workflows/ci.yml": json.dumps({"jobs": {"a": {"steps": [{"run": "make"}, *steps]}}})}


def lock(**package):
    return {"package-lock.json": json.dumps({"packages": {"": {}, "node_modules/left-pad": package}})}


@pytest.mark.parametrize(
    "name",
    [
        "actions/checkout",
        "actions/checkout@v6",
        "actions/checkout@main",
        f"actions/checkout@{HASH[:7]}",
        f"actions/checkout@{HASH}0",
        f"actions/checkout@v{HASH}",
        "docker://alpine:3",
        f"docker://alpine@sha256:{DIGEST[:12]}",
        f"contoso-evil/action@v{HASH[:3]}",
    ],
)
def test_refuses_the_action(run, name):
    done = run(uses(name, f"actions/cache@{HASH}"), "--own", "contoso")
    assert done.code == 1
    assert done.out.count("BAD") == 1


def test_refuses_to_judge_a_folder_without_anything_to_pin(run):
    done = run({"README.md": "# Orders"})
    assert done.code == 2
    assert "holds no workflow, no action and no lock" in done.err


def test_refuses_to_judge_a_folder_that_is_not_there(monkeypatch):
    assert run_program("pinned_code.py", ["nowhere"], monkeypatch).code == 2


def test_refuses_a_workflow_that_is_called_by_its_branch(run):
    called = {"jobs": {"a": {"uses": "fabrikam/flows/.github/workflows/a.yml@main"}}}
    assert run({".github/workflows/ci.yml": json.dumps(called)}).code == 1


def test_refuses_an_action_that_an_action_of_ours_uses(run):
    action = {"runs": {"steps": [{"uses": "actions/cache@v5"}]}}
    assert run({".github/actions/build/action.yml": json.dumps(action)}).code == 1


@pytest.mark.parametrize(
    "line", ["requests", "requests==2.34.2", "requests==2.34.2 # --hash", "requests \\\n  --hash=md5:0"]
)
def test_refuses_the_requirement(run, line):
    assert run({"requirements.txt": f"# locked\n{line}\n"}).code == 1


@pytest.mark.parametrize(
    "package", [{"version": "1.3.0"}, {"resolved": "git+ssh://git@github.com/a/b.git#main"}], ids=str
)
def test_refuses_the_package(run, package):
    assert run(lock(**package)).code == 1


@pytest.mark.parametrize(
    "files",
    [
        uses(f"actions/checkout@{HASH}", "./.github/actions/build", "Contoso/build@v1"),
        uses(f"docker://alpine@sha256:{DIGEST}"),
        {"requirements.txt": f"--require-hashes\nrequests==2.34.2 \\\n    --hash=sha256:{DIGEST}\n"},
        lock(integrity="sha512-AAAA"),
        lock(link=True, resolved="packages/left-pad"),
        {"requirements.txt": "# nothing\n"},
    ],
    ids=["actions", "an image", "a requirement", "a package", "a package of our own", "nothing from outside"],
)
def test_accepts(run, files):
    assert run(files, "--own", "contoso").code == 0


@pytest.mark.parametrize("files", [{"package-lock.json": "{"}, {".github/workflows/ci.yml": "a: ["}, uses(1)], ids=str)
def test_refuses_to_judge(run, files):
    assert run(files).code == 2
