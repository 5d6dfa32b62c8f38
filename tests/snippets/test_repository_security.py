"""Secret scanning and push protection are enabled, and no leaked secret waits."""

import pytest

from tests.snippets.github_programs import CannotSee, GitHubProgram
from tests.snippets.programs import HOSTILE

REPOSITORY = "repos/contoso/orders"
ALERTS = f"{REPOSITORY}/secret-scanning/alerts"
ALERT = {
    "number": 3,
    "state": "open",
    "secret_type": f"azure_ad_application_secret{HOSTILE}",
    "secret": "never-to-be-shown",
    "created_at": "2026-01-01T00:00:00Z",
}
FEATURES = ("secret_scanning", "secret_scanning_push_protection")


@pytest.fixture
def program(code_host: GitHubProgram) -> GitHubProgram:
    status = {feature: {"status": "enabled"} for feature in FEATURES}
    resources = {REPOSITORY: {"security_and_analysis": status}, ALERTS: [{**ALERT, "state": "resolved"}]}
    return code_host.prepare("repository_security.py", "contoso/orders", resources=resources)


class TestCannotSee(CannotSee):
    """Whatever goes wrong on the way to GitHub."""


def test_accepts_a_protected_repository(program):
    assert program.run().code == 0


@pytest.mark.parametrize("feature", FEATURES)
def test_refuses_a_repository_without(program, feature):
    program.resources[REPOSITORY]["security_and_analysis"][feature]["status"] = "disabled"
    done = program.run()
    assert done.code == 1
    assert f"BAD {feature} is not" in done.out


def test_refuses_an_open_alert_and_does_not_show_the_secret(program):
    program.entra.github.page_size = 1
    program.resources[ALERTS] = [ALERT, {**ALERT, "number": 4}]
    done = program.run()
    assert done.code == 1
    assert done.out.count("is open") == 2
    assert "never-to-be-shown" not in done.out
    assert "hide_secret=true" in program.entra.log.find("*/alerts")[-1].request.query_string


@pytest.mark.parametrize("feature", [*FEATURES, None])
def test_refuses_to_judge_what_is_not_shown(program, feature):
    if feature:
        del program.resources[REPOSITORY]["security_and_analysis"][feature]
    else:
        del program.resources[REPOSITORY]["security_and_analysis"]
    assert program.run().code == 2
