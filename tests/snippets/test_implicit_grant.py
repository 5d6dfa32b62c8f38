"""Both implicit grant settings must be off; the command that switches them off is correct as printed."""

import pytest

from tests.snippets.graph_programs import CannotSee, Program


def switched(program: Program, access: object, identity: object) -> None:
    settings = {"enableAccessTokenIssuance": access, "enableIdTokenIssuance": identity}
    program.app.extra["web"] = {"redirectUris": [], "implicitGrantSettings": settings}


@pytest.fixture
def program(contoso: Program) -> Program:
    switched(contoso, False, False)
    return contoso.prepare("implicit_grant.py", contoso.app.app_id)


class TestCannotSee(CannotSee):
    """Whatever goes wrong on the way to Microsoft Graph."""


@pytest.mark.parametrize(
    ("access", "identity"), [(True, False), (False, True), (True, True), (None, False), (False, None)]
)
def test_refuses_a_registration_that_issues_by_the_implicit_grant(program, access, identity):
    switched(program, access, identity)
    done = program.run()
    assert done.code == 1
    assert f"'enableAccessTokenIssuance': {access}, 'enableIdTokenIssuance': {identity}" in done.out


def test_prints_a_command_whose_request_switches_both_off(program):
    switched(program, True, True)
    url, body = program.run().command()
    assert url == f"https://graph.microsoft.com/v1.0/applications(appId='{program.app.app_id}')"
    program.app.extra |= body
    assert program.run().code == 0


def test_accepts_both_off(program):
    done = program.run()
    assert done.code == 0
    assert "az rest" not in done.out
