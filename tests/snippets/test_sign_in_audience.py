"""A registration passes only with exactly the audience that was meant."""

import pytest

from tests.snippets.graph_programs import CannotSee, Program

AUDIENCES = ["AzureADMyOrg", "AzureADMultipleOrgs", "PersonalMicrosoftAccount", "AzureADandPersonalMicrosoftAccount"]


@pytest.fixture
def program(contoso: Program) -> Program:
    contoso.app.audience = "AzureADMultipleOrgs"
    return contoso.prepare("sign_in_audience.py", "AzureADMultipleOrgs", contoso.app.app_id)


class TestCannotSee(CannotSee):
    """Whatever goes wrong on the way to Microsoft Graph."""


@pytest.mark.parametrize(
    ("intended", "found"),
    [(a, b) for a in AUDIENCES for b in [*AUDIENCES, "AzureADSomething", None] if a != b],
)
def test_refuses_every_audience_but_the_intended(program, intended, found):
    program.app.audience = found
    done = program.run(intended, program.app.app_id)
    assert done.code == 1
    assert repr(found) in done.out


@pytest.mark.parametrize("audience", AUDIENCES)
def test_accepts_the_intended_audience(program, audience):
    program.app.audience = audience
    assert program.run(audience, program.app.app_id).code == 0


def test_refuses_when_one_of_several_registrations_is_wider(program):
    wider = program.tenant.register("orders-api", audience="AzureADandPersonalMicrosoftAccount")
    for order in ([wider, program.app], [program.app, wider]):
        done = program.run("AzureADMultipleOrgs", *(app.app_id for app in order))
        assert done.code == 1
        assert "BAD 'orders-api'" in done.out


@pytest.mark.parametrize("app_id", ["orders", "", "x') or ('a' eq 'a"])
def test_refuses_an_argument_that_is_no_client_id(program, app_id):
    assert program.run("AzureADMyOrg", app_id).code == 2
