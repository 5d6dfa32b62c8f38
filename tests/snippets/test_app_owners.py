"""A registration has two to five owners, and people with a live account among them."""

import pytest

from tests.snippets.graph_programs import HOSTILE, CannotSee, Program


def owned_by(program: Program, *names: str) -> None:
    program.app.owners = [program.tenant.user(name) for name in names]
    for owner in program.app.owners:
        owner.display_name = owner.name + HOSTILE


def programs(program: Program, count: int) -> None:
    program.entra.graph.seed(
        {
            f"applications/{program.app.object_id}/owners": [
                {"@odata.type": "#microsoft.graph.servicePrincipal", "id": f"0000000{n}-0000-4000-8000-00000000000{n}"}
                for n in range(count)
            ]
        }
    )


@pytest.fixture
def program(contoso: Program) -> Program:
    owned_by(contoso, "ana", "ben")
    return contoso.prepare("app_owners.py", contoso.app.app_id, permissions=("Directory.Read.All",))


class TestCannotSee(CannotSee):
    """Whatever goes wrong on the way to Microsoft Graph."""


@pytest.mark.parametrize("names", ["", "ana", "ana ben cem dan eva fay"], ids=["nobody", "one", "six"])
def test_refuses_a_registration_owned_by(program, names):
    owned_by(program, *names.split())
    assert program.run().code == 1


def test_refuses_a_disabled_owner_beside_enough_others(program):
    owned_by(program, "ana", "ben", "cem")
    program.app.owners[2].enabled = False
    done = program.run()
    assert done.code == 1
    assert "BAD disabled 'cem" in done.out


def test_refuses_one_person_and_a_service_principal(program):
    owned_by(program, "ana")
    programs(program, 1)
    assert program.run().code == 1


def test_refuses_six_owners_of_which_some_are_service_principals(program):
    owned_by(program, "ana", "ben", "cem")
    programs(program, 3)
    assert program.run().code == 1


def test_refuses_to_judge_owners_whose_accounts_it_may_not_read(program):
    program.entra.graph.seed(
        {
            f"applications/{program.app.object_id}/owners": [
                {"@odata.type": "#microsoft.graph.user", "id": owner.id, "displayName": None, "accountEnabled": None}
                for owner in program.app.owners
            ]
        }
    )
    assert program.run().code == 2


def test_counts_owners_on_every_page(program):
    owned_by(program, *["ana", "ben", "cem", "dan", "eva", "fay"])
    program.entra.graph.page_size = 2
    done = program.run()
    assert (done.code, done.out.count("ok ")) == (1, 6)


@pytest.mark.parametrize("names", ["ana ben", "ana ben cem dan eva"])
def test_accepts_two_to_five(program, names):
    owned_by(program, *names.split())
    assert program.run().code == 0
