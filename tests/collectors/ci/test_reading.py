"""Pipelines, exported settings and SARIF files are read whole or named as unread, never with a crash."""

import json

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from tests.collectors.examples import ON
from ztcheck import catalogue
from ztcheck.collectors import Request, ci, yamlfile
from ztcheck.collectors.ci import sarif
from ztcheck.collectors.ci.settings import SHAPES
from ztcheck.collectors.ci.workflows import expressions
from ztcheck.errors import InputError
from ztcheck.team import Declared, Team

CHECKS = {name: check for name, check in catalogue.default().checks.items() if check.collector == "ci"}


def collect(root, *paths, **declared):
    items = tuple(Declared("ci", path, None, ON) for path in paths)
    team = Team("zero-trust.yml", "a", "b", {}, evidence=items, declared=declared)
    return ci.collect(Request(team, root, items, CHECKS, ON)).evidence


def workflow(root, text, name=".github/workflows/x.yml"):
    path = root / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)


def refuted(evidence):
    return {(item.check, item.place.path, item.place.line) for item in evidence.findings if item.effect == "refutes"}


def test_names_the_line_of_the_expression_in_a_block_script(tmp_path):
    script = "      - run: |\n          echo one\n          echo ${{ github.event.issue.body }}\n"
    workflow(tmp_path, f"on: issues\njobs:\n  a:\n    steps:\n{script}")
    assert ("untrusted-expression-in-run", ".github/workflows/x.yml", 7) in refuted(collect(tmp_path))


OWN = "github.event.pull_request.merged && github.event.pull_request.head.repo.full_name == github.repository"


@pytest.mark.parametrize(
    ("condition", "found"),
    [
        ("always()", True),
        ("!github.event.pull_request.merged", True),
        ("github.event.pull_request.merged == false", True),
        (OWN, False),
        ("github.event.pull_request.head.repo.full_name == github.repository", False),
        ("github.event.pull_request.merged == true", False),
    ],
)
def test_code_of_the_repository_itself_is_not_foreign(tmp_path, condition, found):
    step = "{uses: actions/checkout@v4, with: {ref: '${{ github.event.pull_request.head.sha }}'}}"
    workflow(tmp_path, f"on: pull_request_target\njobs:\n  a:\n    if: {condition!r}\n    steps:\n      - {step}\n")
    checks = {check for check, _, _ in refuted(collect(tmp_path))}
    assert ("privileged-checkout-of-foreign-code" in checks) == found


@pytest.mark.parametrize(
    ("name", "found"),
    [
        ("RELEASE_PAT", True),
        ("GH_PERSONAL_TOKEN", True),
        ("PERSONAL_ACCESS_TOKEN", True),
        ("DOCKER_PAT", False),
        ("CROWDIN_PERSONAL_TOKEN", False),
        ("PATTERN", False),
        ("GITHUB_TOKEN", False),
    ],
)
def test_only_tokens_of_the_code_host_are_personal_tokens(tmp_path, name, found):
    workflow(
        tmp_path, "on: push\njobs: {a: {steps: [{run: x, env: {T: '${{ secrets.NAME }}'}}]}}\n".replace("NAME", name)
    )
    assert ("personal-token-in-workflow" in {check for check, _, _ in refuted(collect(tmp_path))}) == found


def test_a_workflow_that_is_all_comment_is_no_fault(tmp_path):
    workflow(tmp_path, "# on: push\n")
    assert collect(tmp_path).unread == ()


def test_follows_composite_actions_of_the_repository(tmp_path):
    workflow(tmp_path, "on: push\njobs: {}\n")
    action = "runs:\n  using: composite\n  steps:\n    - run: echo ${{ github.head_ref }}\n      shell: bash\n"
    workflow(tmp_path, action, ".github/actions/greet/action.yml")
    assert ("untrusted-expression-in-run", ".github/actions/greet/action.yml", 4) in refuted(collect(tmp_path))


def test_reads_azure_pipelines_with_stages_and_deployments(tmp_path):
    workflow(
        tmp_path,
        """
trigger: [main]
stages:
  - stage: Deploy
    jobs:
      - deployment: web
        strategy:
          runOnce:
            deploy:
              steps:
                - script: echo $(Build.SourceVersionMessage)
                - task: AzureWebApp@1
                  inputs: {appName: orders}
""",
        "azure-pipelines.yml",
    )
    found = refuted(collect(tmp_path))
    assert ("untrusted-expression-in-run", "azure-pipelines.yml", 11) in found
    assert "deploy-job-without-environment" in {check for check, _, _ in found}


BOMB = "a: &a [x,x,x,x,x,x,x,x,x]\n" + "".join(
    f"{new}: &{new} [{','.join(['*' + old] * 9)}]\n" for old, new in zip("abcdefg", "bcdefgh", strict=True)
)


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("a: [", "is not YAML"),
        ("- a", "expected a mapping"),
        ("a: " + "[" * 80 + "]" * 80, "nested deeper"),
        (BOMB, "expands"),
        ("on: push\njobs: {a: {steps: [{run: '" + "az login " * 100_000 + "'}]}}", "a script is longer"),
        ("a: !!python/object/apply:os.system [x]\nb: \x00", "is not YAML"),
    ],
    ids=["broken", "list", "deep", "bomb", "endless", "nul"],
)  # fmt: skip
def test_a_hostile_workflow_is_listed_as_unread(tmp_path, text, reason):
    workflow(tmp_path, text)
    workflow(tmp_path, "on: push\npermissions: {}\njobs: {a: {steps: [{run: echo}]}}\n", ".github/workflows/ok.yml")
    found = collect(tmp_path)
    assert [item.path for item in found.unread] == [".github/workflows/x.yml"]
    assert reason in found.unread[0].reason
    assert not [item for item in found.findings if item.effect == "supports"]


def test_a_workflow_behind_a_link_out_of_the_tree_is_not_read(tmp_path):
    outside = tmp_path / "outside.yml"
    outside.write_text("on: push\njobs: {a: {steps: [{run: 'echo ${{ github.head_ref }}'}]}}\n")
    root = tmp_path / "tree"
    (root / ".github/workflows").mkdir(parents=True)
    (root / ".github/workflows/x.yml").symlink_to(outside)
    found = collect(root)
    assert found.findings == ()
    assert [item.reason for item in found.unread] == ["is a link"]


def test_reads_pages_that_were_joined_into_lists_of_lists(tmp_path):
    alerts = [[{"number": 1, "state": "resolved", "secret_type": "x"}], [{"number": 2, "state": "open"}]]
    (tmp_path / "secret-scanning-alerts.json").write_text(json.dumps(alerts))
    found = collect(tmp_path, "secret-scanning-alerts.json")
    assert [item.place.pointer for item in found.findings] == ["/1/0"]


@pytest.mark.parametrize(
    ("name", "value", "message"),
    [
        ("repository.json", [], "expected an object"),
        ("x.json", {"hello": 1}, "no export that is known"),
        ("collaborators.json", [{"permissions": {"admin": "yes"}}], "/0/permissions/admin: expected true or false"),
        ("x.json", {"branch_rules": {}, "repository": 3}, "/branch_rules: expected a list"),
        ("x.json", {"version": "2.1.0", "runs": [{"results": 1}]}, "/runs/0/results: expected a list"),
    ],
    ids=str,
)
def test_a_wrong_export_is_broken_with_its_pointer(tmp_path, name, value, message):
    (tmp_path / name).write_text(json.dumps(value))
    found = collect(tmp_path, name)
    assert [item.state for item in found.inputs] == ["broken"]
    assert message in found.inputs[0].reason


SARIF = {
    "version": "2.1.0",
    "runs": [
        {
            "tool": {"driver": {"name": "zizmor", "rules": [{"id": "zizmor/template-injection"}]}},
            "results": [
                {
                    "ruleIndex": 0,
                    "message": {"text": "code injection via template expansion"},
                    "locations": [
                        {
                            "physicalLocation": {
                                "artifactLocation": {"uri": ".github/workflows/build.yml"},
                                "region": {"startLine": 12},
                            }
                        }
                    ],
                },
                {"ruleId": "zizmor/artipacked", "message": {"text": "x"}},
                {
                    "ruleId": "zizmor/unpinned-uses",
                    "message": {"text": "x"},
                    "suppressions": [{"kind": "inSource", "justification": "ours"}],
                },
            ],
        }
    ],
}


def test_imports_sarif_as_findings_that_ask_for_a_look(tmp_path):
    (tmp_path / "zizmor.sarif").write_text(json.dumps(SARIF))
    found = collect(tmp_path, "zizmor.sarif")
    first, second = found.findings
    assert (first.check, first.effect, str(first.place)) == (
        "untrusted-expression-in-run",
        "review",
        ".github/workflows/build.yml:12",
    )
    assert second.suppressed == "ours"
    assert found.notes == ("zizmor.sarif: 1 results of zizmor belong to no check, such as zizmor/artipacked",)


def test_a_path_in_sarif_stays_inside_the_tree():
    assert sarif._path("file:///home/x/../../etc/passwd") == "home/x/etc/passwd"
    assert sarif._path("../../a%20b.py") == "a b.py"


def test_every_mapped_sarif_rule_names_a_check_of_the_outline():
    assert all(entry["check"].replace("-", "").isalnum() for entry in sarif._table())
    assert sarif.check_of("Semgrep OSS", "python.jwt.security.unverified-jwt-decode.unverified-jwt-decode")
    assert sarif.check_of("CodeQL", "actions/code-injection/critical") == "untrusted-expression-in-run"
    assert sarif.check_of("CodeQL", "py/unused-import") is None


JUNK = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=6),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=4), inner, max_size=2),
    max_leaves=4,
)
KEYS = st.sampled_from(
    ["on", "jobs", "steps", "run", "uses", "with", "env", "permissions", "needs", "environment", "runs-on", "script",
     "pull_request", "id-token", "stages", "strategy", "deploy", "name", "continue-on-error", "pr", "branches", "<<"]
)  # fmt: skip
TREE = st.recursive(
    JUNK | st.sampled_from(["${{ github.head_ref }}", "write-all", "push", "actions/checkout@v4", "az login"]),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(KEYS, inner, max_size=5),
    max_leaves=25,
)


@settings(max_examples=80, deadline=None)
@given(st.dictionaries(KEYS, TREE, max_size=5))
@example({"jobs": {"\U0001f680": None, "\ud83d": "\ude80"}})  # in JSON, escaped as halves of a character pair
def test_any_workflow_is_read_or_listed_and_no_rule_crashes(tmp_path_factory, value):
    root = tmp_path_factory.getbasetemp() / "ci"
    workflow(root, json.dumps(value))
    workflow(root, json.dumps(value), "azure-pipelines.yml")
    assert collect(root).failures == ()


def fitting(shape):
    """Values that fit *shape* mostly, with junk strewn in."""
    if isinstance(shape, dict):
        inner = {key: st.one_of(fitting(part), fitting(part), JUNK) for key, part in shape.items()}
        return st.fixed_dictionaries({}, optional=inner)
    if isinstance(shape, list):
        return st.lists(fitting(shape[0]), max_size=2)
    return {bool: st.booleans(), int: st.integers(), str: st.sampled_from(["open", "enabled", "production", "x"])}.get(
        shape, st.sampled_from(["2026-01-01T00:00:00Z", "x"])
    )


@settings(max_examples=80, deadline=None)
@given(st.one_of(fitting(SHAPES), fitting(sarif.SHAPE), JUNK))
def test_any_export_is_used_or_broken_and_no_rule_crashes(tmp_path_factory, value):
    root = tmp_path_factory.getbasetemp() / "ci-exports"
    root.mkdir(exist_ok=True)
    (root / "any.json").write_text(json.dumps(value))
    found = collect(root, "any.json", repository_admins=["x"], alert_days={"high": 3}, log_stores=["x"])
    assert found.failures == ()
    assert [item.state for item in found.inputs] in (["used"], ["broken"])


def test_yaml_keeps_every_scalar_a_text_and_says_its_line():
    found = yamlfile.parse(b"a: no\nb:\n  - 1\n  - ~\n", "x")
    assert found == {"a": "no", "b": ["1", None]}
    assert (found["a"].line, found.lines["b"], found["b"][0].line) == (1, 2, 3)


def test_yaml_refuses_what_is_not_text():
    with pytest.raises(InputError):
        yamlfile.parse(b"\xff\xfe\x00", "x")


def test_expressions_that_never_end_take_no_time():
    assert list(expressions("${{ a }} ${{" * 300_000 + "x")) != []
    assert list(expressions("${{" * 600_000)) == []
    assert list(expressions("a\n${{ b }}\n${{c}}")) == [("b", 1), ("c", 2)]


GUARDED = {
    "name": "production",
    "protection_rules": [{"type": "required_reviewers", "prevent_self_review": True, "reviewers": [{"type": "Team"}]}],
}


@pytest.mark.parametrize(
    ("policy", "branches", "effect"),
    [
        (None, None, "refutes"),
        ({"protected_branches": True, "custom_branch_policies": False}, ["main"], "review"),
        ({"protected_branches": False, "custom_branch_policies": True}, None, "review"),
        ({"protected_branches": False, "custom_branch_policies": True}, ["main", "release/*"], "review"),
        ({"protected_branches": False, "custom_branch_policies": True}, ["main"], "supports"),
    ],
    ids=["every branch", "protected branches, perhaps none", "names not exported", "a pattern", "names"],
)
def test_an_environment_is_good_only_where_the_branches_that_it_admits_are_known(tmp_path, policy, branches, effect):
    exported = {"environments": [GUARDED | {"deployment_branch_policy": policy}]}
    (tmp_path / "environments.json").write_text(json.dumps(exported))
    paths = ["environments.json"]
    if branches is not None:
        names = {"branch_policies": [{"name": name, "type": "branch"} for name in branches]}
        (tmp_path / "deployment-branches.json").write_text(json.dumps(names))
        paths.append("deployment-branches.json")
    found = collect(tmp_path, *paths).findings
    assert {item.effect for item in found if item.check == "production-environment-rules"} == {effect}
