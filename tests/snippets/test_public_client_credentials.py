"""A registration that only browsers and devices use holds no credential."""

import pytest

from tests.snippets.graph_programs import HOSTILE, CannotSee, Program

SECRET = {"passwordCredentials": [{"keyId": "1"}], "keyCredentials": []}
CERTIFICATE = {"passwordCredentials": [], "keyCredentials": [{"keyId": "2"}]}


@pytest.fixture
def program(contoso: Program) -> Program:
    contoso.app.redirect_uris["spa"] = ["https://orders.contoso.com/"]
    return contoso.prepare("public_client_credentials.py")


class TestCannotSee(CannotSee):
    """Whatever goes wrong on the way to Microsoft Graph."""


@pytest.mark.parametrize("credential", [SECRET, CERTIFICATE, SECRET | {"keyCredentials": [{}, {}]}], ids=str)
@pytest.mark.parametrize("platforms", [["spa"], ["public"], ["spa", "public"]], ids="+".join)
def test_refuses_a_public_client_with(program, platforms, credential):
    program.app.redirect_uris = {"web": [], "spa": [], "public": []} | {
        name: ["https://a.example"] for name in platforms
    }
    program.app.extra |= credential
    done = program.run()
    assert done.code == 1
    assert "BAD 'Contoso Orders" in done.out


def test_refuses_one_on_the_last_page(program):
    program.entra.graph.page_size = 2
    for number in range(5):
        program.tenant.register(f"web-{number}", redirect_uris=["https://orders.contoso.com/auth"], secret=True)
    program.tenant.register(f"cli{HOSTILE}", public_redirect_uris=["http://localhost"], secret=True)
    done = program.run()
    assert done.code == 1
    assert "2 of 8 registrations" in done.out


def test_refuses_to_judge_a_tenant_that_shows_no_registration(program):
    program.tenant.registrations.clear()
    program.tenant.registrations[program.caller.app_id] = program.caller
    program.entra.faults.add(host="graph.microsoft.com", body={"value": []}, status=200)
    assert program.run().code == 2


@pytest.mark.parametrize("more", ["web", "api"])
def test_accepts_a_credential_where_a_server_can_keep_it(program, more):
    program.app.extra |= SECRET
    if more == "web":
        program.app.redirect_uris["web"] = ["https://orders.contoso.com/auth"]
    else:
        program.app.extra["api"] = {"oauth2PermissionScopes": [{"value": "Orders.Read"}]}
    assert program.run().code == 0
