"""Every member of the organization has an identity in the company's directory."""

from typing import Any

import pytest

from tests.snippets.github_programs import FAULTS, HOST, CannotSee, GitHubProgram
from tests.snippets.programs import HOSTILE


def organization(members: list[str], linked: list[str | None], more: str | None = None) -> dict[str, Any]:
    """One answer of GitHub's; *more* names the list that goes on after this page."""

    def page(name: str) -> dict[str, Any]:
        return {"hasNextPage": more == name, "endCursor": f"after-{name}"}

    identities = [{"user": {"login": login} if login else None} for login in linked]
    provider = {
        "ssoUrl": "https://login.microsoftonline.com/",
        "externalIdentities": {"nodes": identities, "pageInfo": page("identities")},
    }
    people = {"nodes": [{"login": login} for login in members], "pageInfo": page("members")}
    return {"data": {"organization": {"membersWithRole": people, "samlIdentityProvider": provider}}}


@pytest.fixture
def program(code_host: GitHubProgram) -> GitHubProgram:
    resources = {"graphql": organization(["ana", "ben"], ["ana", None, "ben", "gone"])}
    return code_host.prepare("organization_sign_on.py", "contoso", resources=resources)


class TestCannotSee(CannotSee):
    """Whatever goes wrong on the way to GitHub."""

    @pytest.mark.parametrize("fault", [name for name in FAULTS if "page on" not in name])
    def test_refuses_to_judge_after(self, program: GitHubProgram, fault: str) -> None:
        super().test_refuses_to_judge_after(program, fault)


def test_accepts_linked_members(program):
    assert program.run().code == 0


@pytest.mark.parametrize("linked", [["ana"], ["ana", None], ["ana", "ben2"], []], ids=str)
def test_refuses_a_member_without_identity(program, linked):
    program.resources["graphql"] = organization(["ana", f"ben{HOSTILE}"], linked)
    done = program.run()
    assert done.code == 1
    assert "linked to no identity" in done.out


def test_refuses_an_organization_without_provider(program):
    program.resources["graphql"]["data"]["organization"]["samlIdentityProvider"] = None
    done = program.run()
    assert done.code == 1
    assert "no identity provider" in done.out


@pytest.mark.parametrize("more", ["members", "identities"])
def test_reads_on_to_the_last_page(program, more):
    first = organization(["ana"], ["ana"], more)
    program.entra.faults.add("/graphql", host=HOST, status=200, body=first)
    program.resources["graphql"] = organization(["ben"], ["ben"])
    assert program.run().code == 0
    assert f"after-{more}" in str(program.entra.log.find("/graphql")[-1].request.body)
    program.entra.faults.add("/graphql", host=HOST, status=200, body=first)
    program.resources["graphql"] = organization(["mallory"], ["ben"])
    assert program.run().code == 1


@pytest.mark.parametrize(
    "answer",
    [
        {"data": {"organization": None}},
        {"errors": [{"message": HOSTILE}], **organization(["ana"], ["ana"])},
        organization([], []),
        organization(["ana"], ["ana"], "members"),
    ],
    ids=["no organization", "errors beside data", "no member shown", "pages without end"],
)
def test_refuses_to_judge(program, answer):
    program.resources["graphql"] = answer
    assert program.run().code == 2
