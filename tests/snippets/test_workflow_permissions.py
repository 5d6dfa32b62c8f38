"""Each job gets named permissions and the secrets that it needs."""

import pytest

from tests.snippets.programs import HOSTILE, run_program

GOOD = """
on: push
permissions: {}
jobs:
  test:
    permissions: {contents: read}
    steps: [{run: make}]
  deploy:
    permissions: {id-token: write}
    steps: [{run: make, env: {KEY: "${{ secrets.DEPLOY_KEY }}"}}]
  none:
    steps: [{run: make}]
"""


@pytest.fixture
def run(tmp_path, monkeypatch):
    def run(text):
        file = tmp_path / ".github/workflows/ci.yml"
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text, encoding="utf-8")
        return run_program("workflow_permissions.py", [str(tmp_path)], monkeypatch)

    return run


def test_accepts_named_permissions(run):
    done = run(GOOD)
    assert done.code == 0
    assert "'deploy' has permissions {'id-token': 'write'}, secrets ['DEPLOY_KEY']" in done.out


BAD = {
    "the default": (GOOD.replace("permissions: {}", ""), "'none'"),
    "write-all": (GOOD.replace("{contents: read}", "write-all"), "everything"),
    "write-all of the workflow": (GOOD.replace("permissions: {}", "permissions: write-all"), "everything"),
    "an id token for all": (GOOD.replace("permissions: {}", "permissions: {id-token: write}"), "every job may ask"),
    "a secret for all": (f'{GOOD}\nenv: {{A: "${{{{ secrets.A_KEY }}}}"}}', "every step of every job gets ['A_KEY']"),
    "all secrets inherited": (GOOD.replace("  none:", "  none:\n    secrets: inherit"), "every secret"),
    "all secrets as JSON": (GOOD.replace("{run: make}", '{run: "${{ toJSON(secrets) }}"}'), "every secret"),
    "a secret by a name made up": (GOOD.replace("{run: make}", '{run: "${{ secrets[matrix.key] }}"}'), "every secret"),
}


@pytest.mark.parametrize(("text", "fault"), BAD.values(), ids=BAD)
def test_refuses(run, text, fault):
    done = run(text)
    assert done.code == 1
    assert fault in done.out


@pytest.mark.parametrize(
    "text",
    [
        "",
        "a: [",
        "- 1",
        "on: push",
        "jobs: {a: 1}",
        "jobs: {a: {permissions: [read]}}",
        f"a: {HOSTILE!a}",
        "[" * 5000,
    ],
    ids=lambda text: ascii(text[:30]),
)
def test_refuses_to_judge(run, text):
    assert run(text).code == 2


def test_refuses_to_judge_a_folder_without_workflows(tmp_path, monkeypatch):
    assert run_program("workflow_permissions.py", [str(tmp_path)], monkeypatch).code == 2
