"""An API offers described permissions, keeps broad ones for administrators, and preauthorizes its own clients only."""

from collections.abc import Sequence

import pytest

from tests.snippets.graph_programs import HOSTILE, CannotSee, Program

CLIENT = "0f1e2d3c-4b5a-4978-8695-a4b3c2d1e0f1"


def scope(value: str, kind: str = "User", text: object = None, **more: object) -> dict[str, object]:
    text = f"Allows the app to {value}.{HOSTILE}" if text is None else text
    shown = {"adminConsentDisplayName": text, "adminConsentDescription": text}
    return {"value": value, "type": kind, "isEnabled": True} | shown | more


def role(value: str, text: object = None, **more: object) -> dict[str, object]:
    text = f"Lets the app {value}." if text is None else text
    shown = {"displayName": value, "description": text}
    return {"value": value, "allowedMemberTypes": ["Application"], "isEnabled": True} | shown | more


def offers(
    program: Program, scopes: Sequence[object], roles: Sequence[object] = (), clients: Sequence[str] = ()
) -> None:
    preauthorized = [{"appId": client, "delegatedPermissionIds": []} for client in clients]
    api = {"oauth2PermissionScopes": list(scopes), "preAuthorizedApplications": preauthorized}
    program.app.extra |= {"api": api, "appRoles": list(roles)}


GOOD = [scope("Orders.Read"), scope("Orders.ReadWrite", "Admin")]


@pytest.fixture
def program(contoso: Program) -> Program:
    offers(contoso, GOOD, [role("Orders.Process.All")], (CLIENT.upper(),))
    return contoso.prepare("exposed_permissions.py", contoso.app.app_id, "--own-client", CLIENT)


class TestCannotSee(CannotSee):
    """Whatever goes wrong on the way to Microsoft Graph."""


BAD = {
    "all by one scope": ([scope("user_impersonation")], [], "only scope"),
    "all by one scope, a disabled one beside": (
        [scope("access_as_user"), scope("Orders.Read", isEnabled=False)],
        [],
        "only scope",
    ),
    "an empty text": ([*GOOD, scope("Stock.Read", text=" ")], [], "does not say"),
    "no name": ([*GOOD, scope("Stock.Read", adminConsentDisplayName=None)], [], "does not say"),
    "no description": ([*GOOD, scope("Stock.Read", adminConsentDescription="")], [], "does not say"),
    "a role without description": (GOOD, [role("Stock.Read.All", text="")], "does not say"),
    "two alike": ([*GOOD, scope("A.Read", text="Reads."), scope("B.Read", text="Reads.")], [], "same words"),
    "a role like a scope": ([*GOOD, scope("A.Read", text="Reads.")], [role("A.Read.All", text="Reads.")], "same words"),
    "users grant all data": ([*GOOD, scope("Orders.Read.All")], [], "any user may grant"),
    "users grant changes": ([*GOOD, scope("Stock.ReadWrite")], [], "any user may grant"),
    "users grant deletion": ([*GOOD, scope("Orders.Delete")], [], "any user may grant"),
    "users grant management": ([*GOOD, scope("manage_orders")], [], "any user may grant"),
}


@pytest.mark.parametrize(("scopes", "roles", "fault"), BAD.values(), ids=BAD)
def test_refuses(program, scopes, roles, fault):
    offers(program, scopes, roles)
    done = program.run()
    assert done.code == 1
    assert fault in done.out
    assert done.out.count("BAD") == 1


@pytest.mark.parametrize("own", [[], ["--own-client", "00000000-0000-4000-8000-000000000001"]], ids=["none", "another"])
def test_refuses_a_preauthorized_client_that_is_not_on_the_list(program, own):
    done = program.run(program.app.app_id, *own)
    assert done.code == 1
    assert CLIENT.upper() in done.out


def test_accepts_a_broad_scope_for_users_only_by_its_name(program):
    offers(program, [*GOOD, scope("Profile.ReadWrite"), scope("Orders.Manage", "Admin")])
    assert program.run(program.app.app_id, "--for-users", "Profile.ReadWrite").code == 0
    assert program.run(program.app.app_id, "--for-users", "Profile.Read").code == 1


def test_accepts_a_disabled_scope_whatever_it_is(program):
    offers(
        program, [*GOOD, scope("Old.ReadWrite.All", text="", isEnabled=False)], [role("Old", text="", isEnabled=False)]
    )
    assert program.run().code == 0
