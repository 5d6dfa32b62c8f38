"""Ordinary users register no apps."""

import pytest

from tests.snippets.graph_programs import CannotSee, Program

POLICY = "policies/authorizationPolicy"


def seed(program: Program, allowed: object) -> None:
    program.entra.graph.seed({POLICY: {"defaultUserRolePermissions": {"allowedToCreateApps": allowed}}})


@pytest.fixture
def program(contoso: Program) -> Program:
    seed(contoso, allowed=False)
    return contoso.prepare("registration_settings.py", permissions=("Policy.Read.All",))


class TestCannotSee(CannotSee):
    """Whatever goes wrong on the way to Microsoft Graph."""


def test_accepts_users_without_the_right(program):
    assert program.run().code == 0


def test_refuses_users_with_the_right(program):
    seed(program, allowed=True)
    done = program.run()
    assert done.code == 1
    assert done.out == "BAD every user may register apps: True\n"


@pytest.mark.parametrize("value", [None, 0, "false"])
def test_refuses_to_judge_what_is_neither_true_nor_false(program, value):
    seed(program, value)
    assert program.run().code == 2
