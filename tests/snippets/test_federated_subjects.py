"""Every federated credential is bound to one exact subject of an issuer on https, for one audience."""

import pytest

from tests.snippets.graph_programs import HOSTILE, CannotSee, Program

GITHUB = "https://token.actions.githubusercontent.com"
EXACT = "repo:contoso@1234/orders@5678:environment:production"


@pytest.fixture
def program(contoso: Program) -> Program:
    contoso.app.trust(GITHUB, EXACT, name=f"deploy{HOSTILE}")
    return contoso.prepare("federated_subjects.py", contoso.app.app_id)


class TestCannotSee(CannotSee):
    """Whatever goes wrong on the way to Microsoft Graph."""


BAD = {
    "any branch": (GITHUB, "repo:contoso/orders:ref:refs/heads/*", 1, "exact subject"),
    "any repository": (GITHUB, "repo:contoso/*:environment:production", 1, "exact subject"),
    "one character open": (GITHUB, "repo:contoso/order?:ref:refs/heads/main", 1, "exact subject"),
    "no subject": (GITHUB, "", 1, "exact subject"),
    "null as subject, as with a flexible credential": (GITHUB, None, 1, "exact subject"),
    "any pull request": (GITHUB, "repo:contoso@1/orders@2:pull_request", 1, "pull request"),
    "two audiences": (GITHUB, EXACT, 2, "2 audiences"),
    "an issuer without TLS": ("http://gitlab.contoso.com", "project_path:contoso/orders", 1, "https"),
}


@pytest.mark.parametrize(("issuer", "subject", "audiences", "fault"), BAD.values(), ids=BAD)
def test_refuses_a_credential_with(program, issuer, subject, audiences, fault):
    program.app.trust(issuer, subject, *[f"api://audience{n}" for n in range(audiences)], name=HOSTILE)
    done = program.run()
    assert done.code == 1
    assert done.out.count("BAD") == 1
    assert fault in done.out


def test_refuses_a_loose_one_on_the_last_page(program):
    program.entra.graph.page_size = 1
    program.app.trust(GITHUB, EXACT, name="second")
    program.app.trust(GITHUB, "repo:contoso/*", name="third")
    assert program.run().code == 1


def test_points_out_subjects_of_names_that_others_can_take_over(program):
    program.app.trust(GITHUB, "repo:contoso/orders:environment:production", name="by-name")
    program.app.trust("https://gitlab.com", "project_path:contoso/orders:ref:main", name="elsewhere")
    done = program.run()
    assert done.code == 0
    assert done.out.count("names without ids") == 1


def test_accepts_a_registration_that_trusts_nobody(program):
    program.app.federated.clear()
    assert program.run().code == 0
