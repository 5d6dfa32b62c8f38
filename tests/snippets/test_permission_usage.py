"""What is declared, what is granted and what the code does must be the same; everything more is refused."""

from pathlib import Path

import pytest

from tests.snippets.graph_programs import HOSTILE, CannotSee, Program
from ztcheck.authority.directory import GRAPH

NAMES = ["User.Read", "Mail.Read", "Mail.ReadWrite", "Mail.Send", "Sites.FullControl.All", "openid"]
SCOPES = {name: f"0000000{n}-0000-4000-8000-000000000000" for n, name in enumerate(NAMES)}
ROLES = {name: f"1000000{n}-0000-4000-8000-000000000000" for n, name in enumerate(NAMES)}
READS = 'requests.get("https://graph.microsoft.com/v1.0/me/messages")\n'
WRITES = 'graph_client.post("/me/sendMail", json=mail)\n'


def declares(program: Program, *scopes: str, roles: tuple[str, ...] = ()) -> None:
    access = [{"id": SCOPES[name], "type": "Scope"} for name in scopes]
    access += [{"id": ROLES[name], "type": "Role"} for name in roles]
    other = {"resourceAppId": "11111111-0000-4000-8000-000000000000", "resourceAccess": [{"id": "x", "type": "Scope"}]}
    program.app.extra["requiredResourceAccess"] = [other, {"resourceAppId": GRAPH, "resourceAccess": access}]


def grants(program: Program, *scopes: str, roles: tuple[str, ...] = ()) -> None:
    microsoft = program.entra.microsoft[GRAPH]
    program.tenant.consents.pop((program.app.app_id, GRAPH, None), None)
    if scopes:
        program.tenant.consent(program.app, microsoft, *scopes)
    principal, resource = (program.tenant.service_principal_id(app) for app in (program.app, microsoft))
    path = f"servicePrincipals/{principal}/appRoleAssignments"
    program.entra.graph.seed(
        {
            path: [
                {"id": name, "appRoleId": ROLES[name], "resourceId": resource, "principalId": principal}
                for name in roles
            ]
        }
    )


@pytest.fixture
def source(tmp_path: Path) -> Path:
    (tmp_path / "app").mkdir()
    (tmp_path / "app" / "mail.py").write_text(READS, encoding="utf-8")
    return tmp_path


@pytest.fixture
def program(contoso: Program, source: Path, monkeypatch: pytest.MonkeyPatch) -> Program:
    admin = ("Mail.Send", "Sites.FullControl.All")
    shown = {
        "appRoles": [{"id": ROLES[name], "value": name} for name in NAMES],
        "oauth2PermissionScopes": [
            {"id": SCOPES[name], "value": name, "type": "Admin" if name in admin else "User"} for name in NAMES
        ],
    }
    monkeypatch.setitem(contoso.entra.microsoft[GRAPH].extra, "servicePrincipal", shown)
    declares(contoso, "User.Read", "openid", roles=("Mail.Read",))
    grants(contoso, "User.Read", "openid", "offline_access", roles=("Mail.Read",))
    return contoso.prepare("permission_usage.py", contoso.app.app_id, str(source), permissions=("Directory.Read.All",))


class TestCannotSee(CannotSee):
    """Whatever goes wrong on the way to Microsoft Graph."""


def test_refuses_a_scope_that_is_granted_and_not_declared(program):
    declares(program, roles=("Mail.Read",))
    done = program.run()
    assert done.code == 1
    assert "delegated User.Read is granted, and not declared" in done.out


def test_refuses_a_scope_that_one_user_granted(program):
    ana = program.tenant.user("ana")
    program.tenant.consent(
        program.app, program.entra.microsoft[GRAPH], f"Notes.Read{HOSTILE.replace(' ', '')}", user=ana
    )
    done = program.run()
    assert done.code == 1
    assert "Notes.Read" in done.out


def test_refuses_a_role_that_is_granted_and_not_declared(program):
    declares(program, "User.Read", "Mail.Read")
    done = program.run()
    assert done.code == 1
    assert "application Mail.Read is granted, and not declared" in done.out


@pytest.mark.parametrize(
    ("scopes", "roles"), [(("Sites.FullControl.All",), ()), ((), ("Sites.FullControl.All",))], ids=["scope", "role"]
)
def test_refuses_what_waits_for_an_administrator(program, source, scopes, roles):
    (source / "app" / "mail.py").write_text(READS + WRITES, encoding="utf-8")
    declares(program, "User.Read", *scopes, roles=("Mail.Read", *roles))
    done = program.run()
    assert done.code == 1
    assert "Sites.FullControl.All is declared, and not granted" in done.out


@pytest.mark.parametrize("name", ["Mail.ReadWrite", "Mail.Send", "Sites.FullControl.All"])
def test_refuses_a_right_to_change_where_the_code_only_reads(program, source, name):
    declares(program, "User.Read", roles=("Mail.Read", name))
    grants(program, "User.Read", roles=("Mail.Read", name))
    done = program.run()
    assert done.code == 1
    assert f"application {name} is too much: only GET found" in done.out
    (source / "app" / "send.py").write_text(WRITES, encoding="utf-8")
    assert program.run().code == 0


NO_CALLS = {
    "no call": "print('orders')",
    "a call elsewhere": 'requests.post("https://api.contoso.com/orders")',
    "a comment": '# requests.get("https://graph.microsoft.com/v1.0/me")',
    "a text": 'PATH = "https://graph.microsoft.com/v1.0/me"',
}


@pytest.mark.parametrize("code", NO_CALLS.values(), ids=NO_CALLS)
def test_refuses_every_permission_of_code_with(program, source, code):
    (source / "app" / "mail.py").write_text(code, encoding="utf-8")
    done = program.run()
    assert done.code == 1
    assert done.out.count("is not used") == 2


def test_refuses_to_count_code_outside_the_folder(program, source, tmp_path_factory):
    outside = tmp_path_factory.mktemp("outside") / "send.py"
    outside.write_text(WRITES, encoding="utf-8")
    (source / "send.py").symlink_to(outside)
    declares(program, "User.Read", roles=("Mail.Read", "Mail.Send"))
    grants(program, "User.Read", roles=("Mail.Read", "Mail.Send"))
    assert program.run().code == 1


@pytest.mark.parametrize(
    "content", [None, b"def (", b"\xff\xfe", b"x = '\0'"], ids=["no file", "syntax", "encoding", "null"]
)
def test_refuses_to_judge_code_that_cannot_be_read(program, source, content):
    path = source / "app" / "mail.py"
    path.unlink() if content is None else path.write_bytes(content)
    assert program.run().code == 2


CALLS = {
    "httpx.post(f'{GRAPH}/me/sendMail')": "POST",
    "session.request('PATCH', 'https://graph.microsoft.com/v1.0/me')": "PATCH",
    "graph.delete(path)": "DELETE",
    "client.put(url=GRAPH_URL + '/drive')": "PUT",
}


@pytest.mark.parametrize("code", CALLS)
def test_accepts_a_right_to_change_where_the_code_calls(program, source, code):
    (source / "app" / "more.py").write_text(code, encoding="utf-8")
    declares(program, "User.Read", roles=("Mail.Read", "Mail.Send"))
    grants(program, "User.Read", roles=("Mail.Read", "Mail.Send"))
    done = program.run()
    assert done.code == 0
    assert f"{CALLS[code]} at " in done.out


def test_accepts_a_scope_that_each_user_grants_when_asked(program):
    declares(program, "User.Read", "Mail.Read", roles=("Mail.Read",))
    assert program.run().code == 0
