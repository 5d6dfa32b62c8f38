"""Tokens carry no claim that no code names, not all groups, and no claims that strangers map."""

from pathlib import Path

import pytest

from tests.snippets.graph_programs import HOSTILE, CannotSee, Program


def claims(**named: list[str]) -> dict[str, object]:
    return {token: [{"name": name, "essential": False} for name in names] for token, names in named.items()}


@pytest.fixture
def source(tmp_path: Path) -> Path:
    (tmp_path / "app").mkdir()
    (tmp_path / "app" / "views.py").write_text('user = claims["email"]\n', encoding="utf-8")
    (tmp_path / "app" / "page.ts").write_text("greet(account.idTokenClaims.given_name)\n", encoding="utf-8")
    return tmp_path


@pytest.fixture
def program(contoso: Program, source: Path) -> Program:
    contoso.app.audience = "AzureADMultipleOrgs"
    contoso.app.extra |= {
        "optionalClaims": claims(idToken=["email", "given_name"], accessToken=[], saml2Token=[]),
        "groupMembershipClaims": "ApplicationGroup",
    }
    return contoso.prepare("token_claims.py", contoso.app.app_id, str(source))


class TestCannotSee(CannotSee):
    """Whatever goes wrong on the way to Microsoft Graph."""


@pytest.mark.parametrize("token", ["idToken", "accessToken", "saml2Token"])
@pytest.mark.parametrize("name", ["upn", "mail", "given", "user", f"ipaddr{HOSTILE}"])
def test_refuses_a_claim_that_no_code_names(program, token, name):
    program.app.extra["optionalClaims"] = claims(**{token: ["email", name]})
    done = program.run()
    assert done.code == 1
    assert done.out.count("BAD") == 1


@pytest.mark.parametrize("hidden", ["node_modules/lib/index.js", "README.md", "app.log"])
def test_refuses_a_claim_that_only_other_files_name(program, source, hidden):
    path = source / hidden
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text('claims["upn"]', encoding="utf-8")
    program.app.extra["optionalClaims"] = claims(accessToken=["upn"])
    assert program.run().code == 1


def test_refuses_a_claim_that_only_code_outside_the_folder_names(program, source, tmp_path_factory):
    outside = tmp_path_factory.mktemp("outside") / "other.py"
    outside.write_text('claims["upn"]', encoding="utf-8")
    (source / "linked.py").symlink_to(outside)
    (source / "folder").symlink_to(outside.parent)
    program.app.extra["optionalClaims"] = claims(accessToken=["upn"])
    assert program.run().code == 1


@pytest.mark.parametrize("groups", ["All", "SecurityGroup", "DirectoryRole, SecurityGroup", "ApplicationGroup,All"])
def test_refuses_tokens_with_all_groups(program, groups):
    program.app.extra["groupMembershipClaims"] = groups
    assert program.run().code == 1


def test_refuses_mapped_claims_of_any_tenant(program):
    program.app.extra["api"] = {"acceptMappedClaims": True}
    assert program.run().code == 1
    program.app.audience = "AzureADMyOrg"
    assert program.run().code == 0


@pytest.mark.parametrize("folder", ["empty", "missing"])
def test_refuses_to_judge_without_code(program, source, folder):
    if folder == "empty":
        (source / folder).mkdir()
    done = program.run(program.app.app_id, str(source / folder))
    assert done.code == 2


@pytest.mark.parametrize("groups", [None, "None", "DirectoryRole", "ApplicationGroup"])
def test_accepts_a_registration_that_adds_nothing(program, groups):
    program.app.extra |= {"optionalClaims": None, "groupMembershipClaims": groups}
    assert program.run().code == 0
