"""An app whose tokens go to everybody in the tenant is refused; who is assigned is listed whole."""

import pytest

from tests.snippets.graph_programs import HOSTILE, CannotSee, Program
from ztcheck.authority.directory import AppRole


@pytest.fixture
def program(contoso: Program) -> Program:
    contoso.app.assignment_required = True
    contoso.app.app_roles = [AppRole("Orders.Approve", "0a0a0a0a-0000-4000-8000-000000000001")]
    contoso.tenant.assign(contoso.tenant.user("ana"), contoso.app, "Orders.Approve")
    contoso.tenant.assign(contoso.tenant.group(f"sales{HOSTILE}"), contoso.app)
    return contoso.prepare("user_assignment.py", contoso.app.app_id)


class TestCannotSee(CannotSee):
    """Whatever goes wrong on the way to Microsoft Graph."""


@pytest.mark.parametrize("found", [False, None, "true", 1])
def test_refuses_an_app_that_needs_no_assignment(program, found):
    program.app.extra["servicePrincipal"] = {"appRoleAssignmentRequired": found}
    done = program.run()
    assert done.code == 1
    assert "BAD" in done.out


def test_refuses_to_judge_an_app_without_service_principal(program):
    program.tenant.installed.discard(program.app.app_id)
    program.tenant.assignments.clear()
    assert program.run().code == 2


def test_lists_everybody_who_is_assigned_on_every_page(program):
    program.entra.graph.page_size = 1
    out = program.run().out
    assert "'User' 'Ana': 'Orders.Approve'" in out
    assert "'Group' 'sales" in out
    assert "'default access'" in out
