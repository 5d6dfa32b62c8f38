"""No script of a workflow holds what an outsider writes."""

import pytest

from tests.snippets.programs import run_program


@pytest.fixture
def run(tmp_path, monkeypatch):
    def run(step, name=".github/workflows/ci.yml", text="on: push\njobs:\n  a:\n    steps:\n      - {}\n"):
        file = tmp_path / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text.format(step), encoding="utf-8")
        return run_program("workflow_injection.py", [str(tmp_path)], monkeypatch)

    return run


BAD = [
    "github.event.issue.title",
    "github.event.pull_request.body",
    "github.event.pull_request.head.ref",
    "github.event.pull_request.head.repo.default_branch",
    "github.event.pull_request.head.label",
    "github.event['comment']['body']",
    'github.event.review["body"]',
    "github . event . review_comment . body",
    "github.event.pages.*.page_name",
    "github.event.commits[0].message",
    "github.event.commits.*.author.email",
    "github.event.head_commit.author.name",
    "github.event.discussion.title",
    "github.event.workflow_run.head_branch",
    "github.event.workflow_run.display_title",
    "github.head_ref",
    "GITHUB.HEAD_REF",
    "format('{0}', github.head_ref)",
    "github.head_ref || github.ref",
    "toJSON(github.event)",
    "toJSON(github.event.pull_request)",
    "toJson(github)",
]


@pytest.mark.parametrize("expression", BAD)
def test_refuses(run, expression):
    done = run('{run: "echo ${{' + expression.replace('"', '\\"') + '}}"}')
    assert done.code == 1
    assert "ci.yml: 'a', step 1" in done.out


@pytest.mark.parametrize("name", ["action.yml", ".github/actions/build/action.yaml"])
def test_refuses_in_the_script_of_an_action(run, name):
    text = "runs:\n  using: composite\n  steps:\n    - {}\n"
    assert run('{run: "${{ github.head_ref }}"}', name, text).code == 1


def test_refuses_in_a_script_for_the_api(run):
    step = '{uses: actions/github-script@v8, with: {script: "${{ github.event.issue.body }}"}}'
    assert run(step).code == 1


@pytest.mark.parametrize(
    "script", ["|\n          make\n          echo ${{ github.head_ref }}", "'${{\n github.head_ref }}'"]
)
def test_refuses_over_several_lines(run, script):
    assert run("run: " + script).code == 1


@pytest.mark.parametrize(
    "step",
    [
        '{run: "echo \\"$TITLE\\"", env: {TITLE: "${{ github.event.issue.title }}"}}',
        '{run: "echo ${{ github.sha }} ${{ github.event.number }} ${{ github.event.pull_request.head.sha }}"}',
        '{run: "echo ${{ github.event.repository.name }} ${{ inputs.title }}"}',
        '{uses: actions/checkout@v6, with: {ref: "${{ github.head_ref }}"}}',
    ],
    ids=["in the environment", "numbers and hashes", "the repository's own", "an input of an action"],
)
def test_accepts(run, step):
    assert run(step).code == 0


@pytest.mark.parametrize("text", ["", "a: [", "jobs: {{a: [1]}}", "on: push", "jobs: {{a: {{steps: [1]}}}}"])
def test_refuses_to_judge(run, text):
    assert run("", text=text).code == 2


def test_refuses_to_judge_a_folder_without_scripts(tmp_path, monkeypatch):
    assert run_program("workflow_injection.py", [str(tmp_path)], monkeypatch).code == 2
