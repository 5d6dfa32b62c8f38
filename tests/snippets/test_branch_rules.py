"""A branch needs fresh reviews and checks, and nobody goes around them."""

import pytest

from tests.snippets.github_programs import CannotSee, GitHubProgram
from tests.snippets.programs import HOSTILE

RULES = "repos/contoso/orders/rules/branches/main"
SET = "repos/contoso/orders/rulesets/7"
REVIEW = {
    "type": "pull_request",
    "ruleset_id": 7,
    "parameters": {
        "required_approving_review_count": 1,
        "dismiss_stale_reviews_on_push": True,
        "require_last_push_approval": True,
    },
}
CHECKS = {
    "type": "required_status_checks",
    "ruleset_id": 7,
    "parameters": {"required_status_checks": [{"context": "test"}]},
}


@pytest.fixture
def program(code_host: GitHubProgram) -> GitHubProgram:
    resources = {
        RULES: [{"type": "non_fast_forward", "ruleset_id": 7}, REVIEW, CHECKS],
        SET: {"id": 7, "name": f"main{HOSTILE}", "bypass_actors": []},
    }
    return code_host.prepare("branch_rules.py", "contoso/orders", resources=resources)


class TestCannotSee(CannotSee):
    """Whatever goes wrong on the way to GitHub."""


def test_accepts_a_guarded_branch(program):
    assert program.run().code == 0


@pytest.mark.parametrize("at", [1, 2], ids=["pull_request", "required_status_checks"])
def test_refuses_a_branch_without(program, at):
    gone = program.resources[RULES].pop(at)
    done = program.run()
    assert done.code == 1
    assert f"no rule of type {gone['type']}" in done.out


@pytest.mark.parametrize(
    ("at", "setting", "value"),
    [
        (1, "required_approving_review_count", 0),
        (1, "dismiss_stale_reviews_on_push", False),
        (1, "require_last_push_approval", False),
        (2, "required_status_checks", []),
    ],
    ids=["no approval", "stale approvals", "self-approval by a last push", "no check"],
)
def test_refuses(program, at, setting, value):
    program.resources[RULES][at]["parameters"][setting] = value
    done = program.run()
    assert done.code == 1
    assert done.out.count("BAD") == 1
    assert setting in done.out


@pytest.mark.parametrize("mode", ["always", "pull_request"])
def test_refuses_a_bypass(program, mode):
    program.resources[SET]["bypass_actors"] = [{"actor_type": "Team", "actor_id": 5, "bypass_mode": mode}]
    done = program.run()
    assert done.code == 1
    assert "bypassed by ('Team', 5" in done.out


def test_refuses_to_judge_where_the_bypass_list_is_not_shown(program):
    del program.resources[SET]["bypass_actors"]
    assert program.run().code == 2


def test_reads_rules_beyond_the_first_page(program):
    program.entra.github.page_size = 1
    assert program.run().code == 0
    program.resources[RULES].append({**CHECKS, "ruleset_id": 8})
    program.resources[SET[:-1] + "8"] = {
        "name": "late",
        "bypass_actors": [{"actor_type": "User", "actor_id": 1, "bypass_mode": "always"}],
    }
    assert program.run().code == 1
