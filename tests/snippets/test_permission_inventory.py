"""Every declared permission has a reason in the inventory, under its API and its name."""

from pathlib import Path

import pytest

from tests.snippets.graph_programs import HOSTILE, CannotSee, Program
from ztcheck.authority.directory import GRAPH

READ, SEND, ROLE = (f"0000000{n}-0000-4000-8000-000000000000" for n in (1, 2, 3))
GOOD = """
Microsoft Graph:
  User.Read: shows the user's name in the header
  Mail.Send: tells the customer that the order is on its way
contoso-orders:
  Orders.Read.All: the nightly report
"""


def declares(program: Program, **access: list[tuple[str, str]]) -> None:
    apis = {"graph": GRAPH, "orders": program.tenant.registrations[program.caller.app_id].app_id}
    program.app.extra["requiredResourceAccess"] = [
        {"resourceAppId": apis[name], "resourceAccess": [{"id": i, "type": kind} for i, kind in entries]}
        for name, entries in access.items()
    ]


@pytest.fixture
def inventory(tmp_path: Path) -> Path:
    path = tmp_path / "permissions.yml"
    path.write_text(GOOD, encoding="utf-8")
    return path


@pytest.fixture
def program(contoso: Program, inventory: Path, monkeypatch: pytest.MonkeyPatch) -> Program:
    scopes = [{"id": READ, "value": "User.Read"}, {"id": SEND, "value": "Mail.Send"}]
    shown = {"displayName": "Microsoft Graph", "oauth2PermissionScopes": scopes}
    monkeypatch.setitem(contoso.entra.microsoft[GRAPH].extra, "servicePrincipal", shown)
    roles = [{"id": ROLE, "value": "Orders.Read.All"}]
    contoso.caller.extra["servicePrincipal"] = {"displayName": "contoso-orders", "appRoles": roles}
    declares(contoso, graph=[(READ, "Scope"), (SEND, "Scope")], orders=[(ROLE, "Role")])
    return contoso.prepare("permission_inventory.py", contoso.app.app_id, str(inventory))


class TestCannotSee(CannotSee):
    """Whatever goes wrong on the way to Microsoft Graph."""


MISSING = {
    "no line": GOOD.replace("  Mail.Send: tells the customer that the order is on its way\n", ""),
    "an empty reason": GOOD.replace("tells the customer that the order is on its way", ""),
    "a reason of blanks": GOOD.replace("tells the customer that the order is on its way", "'  '"),
    "false as reason": GOOD.replace("tells the customer that the order is on its way", "false"),
    "another spelling": GOOD.replace("Mail.Send", "Mail.send"),
    "another API": GOOD.replace("contoso-orders", "contoso-stock"),
    "numbers for names beside it": GOOD.replace("Mail.Send", "5") + "7:\n  8: nine\n  ten: eleven\n",
    "a reason for a broader permission": GOOD.replace("Mail.Send", "Mail.ReadWrite"),
}


@pytest.mark.parametrize("text", MISSING.values(), ids=MISSING)
def test_refuses_an_inventory_with(program, inventory, text):
    inventory.write_text(text, encoding="utf-8")
    done = program.run()
    assert done.code == 1
    assert done.out.count("BAD no reason for") == 1


def test_refuses_a_permission_that_the_api_does_not_know(program):
    declares(program, graph=[(READ, "Scope"), ("99999999-0000-4000-8000-000000000000", "Scope")])
    done = program.run()
    assert done.code == 1
    assert "BAD no reason for '99999999-0000-4000-8000-000000000000' of 'Microsoft Graph'" in done.out


UNREADABLE = {
    "a list": "- User.Read",
    "a text": "User.Read",
    "nothing": "",
    "names without reasons": "Microsoft Graph: [User.Read, Mail.Send]",
    "no YAML": "Microsoft Graph: {User.Read: a",
    "another encoding": b"Microsoft Graph:\n  User.Read: \xff\n",
    "control characters": f"a: {HOSTILE}",
}


@pytest.mark.parametrize("content", UNREADABLE.values(), ids=UNREADABLE)
def test_refuses_to_judge_by_a_file_with(program, inventory, content):
    inventory.write_bytes(content if isinstance(content, bytes) else content.encode())
    assert program.run().code == 2


def test_refuses_to_run_what_the_file_asks_for(program, inventory):
    made = inventory.parent / "made"
    inventory.write_text(f"{GOOD}\nnext: !!python/object/apply:os.mkdir [{made}]\n", encoding="utf-8")
    assert program.run().code == 2
    assert not made.exists()


def test_refuses_to_judge_by_a_file_that_is_not_there(program, inventory):
    inventory.unlink()
    assert program.run().code == 2


def test_points_out_reasons_for_what_is_not_declared(program):
    declares(program, orders=[(ROLE, "Role")])
    done = program.run()
    assert done.code == 0
    assert "'Mail.Send' of 'Microsoft Graph' has a reason, and is not declared" in done.out
