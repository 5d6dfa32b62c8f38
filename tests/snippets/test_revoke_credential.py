"""A leaked credential stops working, its successor works, and whatever cannot be done is said."""

import json
import uuid

import pytest

from tests.snippets.certificates import certificate
from tests.snippets.graph_programs import HOST, Program, contoso, local_entra
from ztcheck.authority.graph import application

__all__ = ["contoso", "local_entra"]
WRITES = ("Application.ReadWrite.OwnedBy",)


def successor(program: Program) -> list[str]:
    """A vault of its own for each tenant: the client remembers for a vault's address which tenant it belongs to."""
    program.entra.vault.tenants[program.tenant.name] = program.tenant
    return ["--vault", f"https://{program.tenant.name}.vault.azure.net", "--secret-name", "orders-daemon"]


def leaked(program: Program) -> str:
    return program.app.secrets[0].key_id


@pytest.fixture
def program(contoso: Program) -> Program:
    contoso.app.add_secret(name="leaked")
    contoso.app.add_secret(name="other")
    return contoso.prepare("revoke_credential.py", contoso.app.app_id, leaked(contoso), permissions=WRITES)


def names(program: Program) -> list[str]:
    return [secret.name for secret in program.app.secrets]


def written(program: Program) -> int:
    return len([each for each in program.entra.log.find(host=HOST) if each.request.method != "GET"])


@pytest.mark.parametrize("key_id", [str(uuid.UUID(int=7)), "all"], ids=["unknown", "not-an-id"])
def test_refuses_a_credential_that_the_app_does_not_have(program, key_id):
    before = written(program)
    done = program.run(program.app.app_id, key_id, "--disable", *successor(program))
    assert done.code == (1 if "-" in key_id else 2)
    assert written(program) == before
    assert names(program) == ["leaked", "other"]
    assert program.app.enabled


FAULTS = {
    "forbidden": {"status": 403, "body": {"error": {"code": "Authorization_RequestDenied"}}},
    "no-such-app": {"status": 404, "body": {"error": {"code": "Request_ResourceNotFound"}}},
    "out-of-order": {"status": 503, "body": b""},
    "throttled-for-ever": {"status": 429, "body": b"", "headers": {"Retry-After": "3"}},
    "moved-to-another-server": {"status": 302, "body": b"", "headers": {"Location": "https://stranger.example/"}},
    "a-page-of-html": {"status": 200, "body": b"<!DOCTYPE html><title>Sign in to the network</title>"},
    "an-empty-object": {"status": 200, "body": {}},
    "a-list": {"status": 200, "body": b"[]"},
    "a-cut-connection": {"status": None, "cut": 20},
}


@pytest.mark.parametrize("name", FAULTS)
def test_refuses_to_go_on_after(program, name):
    program.entra.faults.add(host=HOST, times=None, **FAULTS[name])  # type: ignore[arg-type]
    done = program.run(program.app.app_id, leaked(program), "--disable", *successor(program))
    assert done.code == 2
    assert "stopped here" in done.err
    assert done.out == ""
    assert names(program) == ["leaked", "other"]


@pytest.mark.parametrize("variable", ["AZURE_CLIENT_SECRET", "AZURE_TENANT_ID"])
def test_refuses_without_a_sign_in(program, variable):
    program.environment.setenv(variable, "00000000-0000-4000-8000-000000000000")
    assert program.run().code == 2
    assert names(program) == ["leaked", "other"]


@pytest.mark.parametrize("app_id", ["x')/owners", "../users", ""], ids=repr)
def test_refuses_a_client_id_that_is_none(program, app_id):
    assert program.run(app_id, leaked(program)).code == 2
    assert names(program) == ["leaked", "other"]


@pytest.mark.parametrize("permissions", [(), ("Application.Read.All",)], ids=["none", "reads-only"])
def test_refuses_without_the_permission_and_says_so(program, permissions):
    program.permissions = permissions
    done = program.run()
    assert done.code == 2
    assert "403" in done.err
    assert "removed" not in done.out


def test_refuses_to_remove_before_the_successor_is_in_the_vault(program):
    program.entra.vault.readers[program.tenant.name] = set()
    done = program.run(program.app.app_id, leaked(program), *successor(program))
    program.entra.vault.readers.clear()
    assert done.code == 2
    assert "leaked" in names(program)


def test_refuses_to_revoke_sessions_without_the_permission(program):
    done = program.run(program.app.app_id, leaked(program), "--revoke-user", program.tenant.user("ana").id)
    assert done.code == 2
    assert "is removed" in done.out
    assert "revoked" not in done.out


def test_refuses_to_print_the_successor(program):
    done = program.run(program.app.app_id, leaked(program), *successor(program))
    assert done.code == 0
    assert program.app.secrets[-1].value not in done.out + done.err


def test_removes_the_leaked_secret_and_no_other(program):
    assert program.run().code == 0
    assert names(program) == ["other"]


def test_puts_the_successor_into_the_vault(program):
    assert program.run(program.app.app_id, leaked(program), *successor(program)).code == 0
    assert names(program) == ["other", "successor of a leaked one"]
    answer = program.entra.log.find("/secrets/*")[-1].response
    assert json.loads(answer.body)["value"] == program.app.secrets[-1].value


def test_removes_a_certificate_and_no_other(program):
    program.app.add_certificate(certificate("leaked").public, name="leaked")
    program.app.add_certificate(certificate("other").public, name="other")
    assert program.run(program.app.app_id, program.app.certificates[0].key_id).code == 0
    assert [key["displayName"] for key in application(program.app)["keyCredentials"]] == ["other"]
    assert names(program) == ["leaked", "other"]


def test_disables_the_app_and_ends_sessions_on_request(program):
    ana = program.tenant.user("ana")
    before = ana.valid_from
    program.permissions = (*WRITES, "User.RevokeSessions.All")
    done = program.run(program.app.app_id, leaked(program), "--disable", "--revoke-user", ana.id)
    assert done.code == 0, done.err
    assert not program.app.enabled
    assert ana.valid_from > before


def test_waits_when_throttled(program):
    program.entra.faults.throttle("/v1.0/*", retry_after=3)
    assert program.run().code == 0
    assert program.slept == [3]
