"""Only listed people and teams administer the repository."""

import pytest

from tests.snippets.github_programs import CannotSee, GitHubProgram
from tests.snippets.programs import HOSTILE

PEOPLE = "repos/contoso/orders/collaborators"
TEAMS = "repos/contoso/orders/teams"


def person(login: str, *, admin: bool) -> dict[str, object]:
    return {"login": login, "permissions": {"admin": admin, "push": True}}


@pytest.fixture
def program(code_host: GitHubProgram) -> GitHubProgram:
    resources = {
        PEOPLE: [person("Ana", admin=True), person("ben", admin=False)],
        TEAMS: [{"slug": "platform", "permission": "admin"}, {"slug": "orders", "permission": "push"}],
    }
    return code_host.prepare("repository_admins.py", "contoso/orders", "ana", "team:Platform", resources=resources)


class TestCannotSee(CannotSee):
    """Whatever goes wrong on the way to GitHub."""


def test_accepts_the_listed(program):
    program.entra.github.page_size = 1
    assert program.run().code == 0


@pytest.mark.parametrize("login", ["mallory", "ana2", f"eve{HOSTILE}", "team:platform2"], ids=ascii)
def test_refuses_an_unlisted_person(program, login):
    program.entra.github.page_size = 1
    program.resources[PEOPLE].append(person(login, admin=True))
    done = program.run()
    assert done.code == 1
    assert "is an administrator" in done.out


@pytest.mark.parametrize("slug", ["contractors", "ana"])
def test_refuses_an_unlisted_team(program, slug):
    program.resources[TEAMS].append({"slug": slug, "permission": "admin"})
    done = program.run()
    assert done.code == 1
    assert f"team 'team:{slug}'" in done.out


def test_refuses_a_list_with_names_that_are_no_administrators(program):
    done = program.run("ben")
    assert done.code == 1
    assert done.out == "BAD 'ben' is listed but is no administrator\n"
