"""Nothing reaches production without a second person, or from a branch that anybody may write."""

import pytest

from tests.snippets.github_programs import CannotSee, GitHubProgram
from tests.snippets.programs import HOSTILE

ENVIRONMENTS = "repos/contoso/orders/environments"
PATTERNS = f"{ENVIRONMENTS}/production/deployment-branch-policies"
BRANCHES = "repos/contoso/orders/branches"
REVIEWERS = {"type": "required_reviewers", "prevent_self_review": True, "reviewers": [{"type": "Team"}]}
PROTECTED = {"protected_branches": True, "custom_branch_policies": False}
CUSTOM = {"protected_branches": False, "custom_branch_policies": True}


@pytest.fixture
def program(code_host: GitHubProgram) -> GitHubProgram:
    guarded = {
        "name": "production",
        "protection_rules": [{"type": "branch_policy"}, REVIEWERS],
        "deployment_branch_policy": CUSTOM,
    }
    resources = {
        ENVIRONMENTS: {"total_count": 2, "environments": [{"name": "test"}, guarded]},
        PATTERNS: {"total_count": 2, "branch_policies": [{"name": "main"}, {"name": "v*"}]},
        BRANCHES: [{"name": "main", "protected": True}],
    }
    return code_host.prepare(
        "deployment_gates.py", "contoso/orders", "--pattern", "main", "--pattern", "v*", resources=resources
    )


class TestCannotSee(CannotSee):
    """Whatever goes wrong on the way to GitHub."""


def change(program: GitHubProgram, **members: object) -> None:
    program.resources[ENVIRONMENTS]["environments"][1] |= members


def test_accepts_listed_branches(program):
    program.entra.github.page_size = 1
    assert program.run().code == 0


def test_accepts_protected_branches_that_are_listed(program):
    change(program, deployment_branch_policy=PROTECTED)
    assert program.run().code == 0


def test_refuses_protected_branches_where_none_is_protected(program):
    """GitHub admits every branch then."""
    change(program, deployment_branch_policy=PROTECTED)
    program.resources[BRANCHES] = []
    done = program.run()
    assert done.code == 1
    assert "every branch" in done.out


def test_refuses_a_protected_branch_that_is_not_listed(program):
    change(program, deployment_branch_policy=PROTECTED)
    program.resources[BRANCHES].append({"name": "wip/anything", "protected": True})
    done = program.run()
    assert done.code == 1
    assert "admits 'wip/anything'" in done.out


@pytest.mark.parametrize(
    ("members", "fault"),
    [
        ({"protection_rules": []}, "no required reviewers"),
        ({"protection_rules": [{"type": "wait_timer", "wait_timer": 30}]}, "no required reviewers"),
        ({"protection_rules": [{**REVIEWERS, "reviewers": []}]}, "no required reviewers"),
        ({"protection_rules": [{**REVIEWERS, "prevent_self_review": False}]}, "one's own"),
        ({"deployment_branch_policy": None}, "every branch"),
        ({"name": "Production2"}, "no environment"),
    ],
    ids=["no rule", "a wait only", "nobody to review", "self-review", "every branch", "no such environment"],
)
def test_refuses(program, members, fault):
    change(program, **members)
    done = program.run()
    assert done.code == 1
    assert done.out.count("BAD") == 1
    assert fault in done.out


@pytest.mark.parametrize("pattern", ["*", "release/*", f"main{HOSTILE}"], ids=ascii)
def test_refuses_an_unlisted_branch(program, pattern):
    program.resources[PATTERNS]["branch_policies"].append({"name": pattern})
    done = program.run()
    assert done.code == 1
    assert "admits" in done.out


def test_refuses_each_environment_that_is_named(program):
    done = program.run("--environment", "production", "--environment", "staging")
    assert done.code == 1
    assert "no environment 'staging'" in done.out
