"""A multitenant app must be locked whole; the command that locks it is correct as printed."""

import pytest

from tests.snippets.graph_programs import CannotSee, Program

LOCKED = {"isEnabled": True, "allProperties": True}


def lock(program: Program, found: object) -> None:
    program.app.extra["servicePrincipalLockConfiguration"] = found


@pytest.fixture
def program(contoso: Program) -> Program:
    contoso.app.audience = "AzureADMultipleOrgs"
    lock(contoso, LOCKED)
    return contoso.prepare("instance_lock.py", contoso.app.app_id)


class TestCannotSee(CannotSee):
    """Whatever goes wrong on the way to Microsoft Graph."""


@pytest.mark.parametrize("audience", ["AzureADMultipleOrgs", "AzureADandPersonalMicrosoftAccount", None])
@pytest.mark.parametrize(
    "found",
    [
        None,
        {},
        {"isEnabled": True},
        {"isEnabled": False, "allProperties": True},
        {"isEnabled": True, "allProperties": False, "credentialsWithUsageVerify": True},
        {"isEnabled": "true", "allProperties": 1},
    ],
    ids=str,
)
def test_refuses_a_multitenant_app_that_is_not_locked_whole(program, audience, found):
    program.app.audience = audience
    lock(program, found)
    assert program.run().code == 1


def test_prints_a_command_whose_request_locks_it(program):
    lock(program, None)
    url, body = program.run().command()
    assert url == f"https://graph.microsoft.com/v1.0/applications(appId='{program.app.app_id}')"
    program.app.extra |= body
    assert program.run().code == 0


@pytest.mark.parametrize("audience", ["AzureADMyOrg", "PersonalMicrosoftAccount"])
def test_accepts_an_unlocked_app_that_has_no_instances_elsewhere(program, audience):
    program.app.audience = audience
    lock(program, None)
    assert program.run().code == 0
