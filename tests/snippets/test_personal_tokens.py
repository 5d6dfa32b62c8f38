"""Personal access tokens end soon and may change little."""

from datetime import UTC, datetime, timedelta

import pytest

from tests.snippets.github_programs import CannotSee, GitHubProgram
from tests.snippets.programs import HOSTILE

TOKENS = "orgs/contoso/personal-access-tokens"


def after(days: int) -> str:
    return (datetime.now(UTC) + timedelta(days=days)).strftime("%Y-%m-%dT%H:%M:%SZ")


def token(**members: object) -> dict[str, object]:
    return {
        "id": 1,
        "token_name": f"build{HOSTILE}",
        "owner": {"login": "ana"},
        "token_expires_at": after(89),
        "repository_selection": "subset",
        "permissions": {"repository": {"contents": "write", "metadata": "read"}, "organization": {"members": "read"}},
        **members,
    }


@pytest.fixture
def program(code_host: GitHubProgram) -> GitHubProgram:
    reader = token(repository_selection="all", permissions={"repository": {"metadata": "read"}})
    return code_host.prepare("personal_tokens.py", "contoso", resources={TOKENS: [token(), reader]})


class TestCannotSee(CannotSee):
    """Whatever goes wrong on the way to GitHub."""


def test_accepts_tokens_that_end_and_are_narrow(program):
    assert program.run().code == 0


@pytest.mark.parametrize(
    ("members", "fault"),
    [
        ({"token_expires_at": None}, "never expires"),
        ({"token_expires_at": after(91)}, "more than 90 days"),
        ({"repository_selection": "all"}, "all repositories"),
        ({"permissions": {"organization": {"members": "write"}}}, "of the organization"),
        ({"permissions": {"organization": {"organization_administration": "admin"}}}, "of the organization"),
    ],
    ids=["no end", "a far end", "writes everywhere", "writes the organization", "administers the organization"],
)
def test_refuses_a_token(program, members, fault):
    program.entra.github.page_size = 1
    program.resources[TOKENS].append(token(**members))
    done = program.run()
    assert done.code == 1
    assert done.out.count("BAD") == 1
    assert fault in done.out


def test_refuses_by_the_days_that_are_given(program):
    assert program.run("--days", "30").code == 1
