"""Settings that do not fit the registration are refused."""

import pytest

from tests.snippets.graph_programs import CannotSee, Program

LOGIN = "https://login.microsoftonline.com"
URI = "https://orders.contoso.com/auth"


@pytest.fixture
def program(contoso: Program) -> Program:
    contoso.app.audience = "AzureADMultipleOrgs"
    contoso.app.redirect_uris["web"] = [URI]
    return contoso.prepare("registration_match.py", contoso.app.app_id, f"{LOGIN}/organizations", "--redirect-uri", URI)


class TestCannotSee(CannotSee):
    """Whatever goes wrong on the way to Microsoft Graph."""


@pytest.mark.parametrize(
    ("tenant", "audience"),
    [
        ("common", "AzureADMyOrg"),
        ("common", "PersonalMicrosoftAccount"),
        ("organizations", "AzureADMyOrg"),
        ("organizations/v2.0", "PersonalMicrosoftAccount"),
        ("Common/", "AzureADMyOrg"),
        ("consumers", "AzureADMyOrg"),
        ("consumers", "AzureADMultipleOrgs"),
        ("contoso.onmicrosoft.com", "PersonalMicrosoftAccount"),
        ("72f988bf-86f1-41af-91ab-2d7cd011db47", "PersonalMicrosoftAccount"),
        ("common", None),
    ],
)
def test_refuses_an_authority_for_other_accounts(program, tenant, audience):
    program.app.audience = audience
    done = program.run(program.app.app_id, f"{LOGIN}/{tenant}")
    assert done.code == 1
    assert "does not fit" in done.out


@pytest.mark.parametrize("authority", [LOGIN, f"{LOGIN}/", "http://login.microsoftonline.com/common", "common", ""])
def test_refuses_an_authority_without_tenant_or_tls(program, authority):
    done = program.run(program.app.app_id, authority)
    assert done.code == 1
    assert "names no tenant" in done.out


@pytest.mark.parametrize("uri", [URI + "/", URI.upper(), URI[:-1], "https://orders.contoso.com"])
def test_refuses_a_redirect_uri_that_is_not_registered_to_the_letter(program, uri):
    assert program.run(program.app.app_id, f"{LOGIN}/common", "--redirect-uri", uri).code == 1


@pytest.mark.parametrize("platform", ["spa", "publicClient"])
def test_refuses_a_redirect_uri_under_another_platform(program, platform):
    arguments = (program.app.app_id, f"{LOGIN}/common", "--redirect-uri", URI, "--platform")
    assert program.run(*arguments, "web").code == 0
    assert program.run(*arguments, platform).code == 1
    program.app.redirect_uris[{"publicClient": "public"}.get(platform, platform)] = [URI]
    assert program.run(*arguments, "web").code == 1


@pytest.mark.parametrize(("expected", "found"), [("2", 1), ("2", None), ("1", 2)])
def test_refuses_tokens_of_another_version(program, expected, found):
    program.app.extra["api"] = {"requestedAccessTokenVersion": found}
    assert program.run(program.app.app_id, f"{LOGIN}/common", "--token-version", expected).code == 1


@pytest.mark.parametrize(
    ("tenant", "audience"),
    [
        ("72f988bf-86f1-41af-91ab-2d7cd011db47", "AzureADMyOrg"),
        ("72f988bf-86f1-41af-91ab-2d7cd011db47/v2.0", "AzureADMultipleOrgs"),
        ("organizations", "AzureADMultipleOrgs"),
        ("common", "AzureADandPersonalMicrosoftAccount"),
        ("consumers", "PersonalMicrosoftAccount"),
    ],
)
def test_accepts(program, tenant, audience):
    program.app.audience = audience
    program.app.extra["api"] = {"requestedAccessTokenVersion": 2}
    assert program.run(program.app.app_id, f"{LOGIN}/{tenant}", "--token-version", "2").code == 0
