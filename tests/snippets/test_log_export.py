"""Every log category that an investigation needs goes to a store."""

from typing import Any

import pytest

from tests.snippets.graph_programs import HOSTILE, CannotSee, Program

SETTINGS = "providers/microsoft.aadiam/diagnosticSettings"
NEEDED = (
    "AuditLogs",
    "SignInLogs",
    "NonInteractiveUserSignInLogs",
    "ServicePrincipalSignInLogs",
    "ManagedIdentitySignInLogs",
)


def setting(*categories: str, enabled: bool = True, store: str | None = f"/logs{HOSTILE}") -> dict[str, Any]:
    logs = [{"category": name, "enabled": enabled} for name in categories]
    return {"name": "export", "properties": {"workspaceId": store, "storageAccountId": None, "logs": logs}}


@pytest.fixture
def program(contoso: Program) -> Program:
    contoso.host = "management.azure.com"
    contoso.entra.management.seed({SETTINGS: [setting(*NEEDED[:2]), setting(*NEEDED[2:], "RiskyUsers")]})
    return contoso.prepare("log_export.py", permissions=())


class TestCannotSee(CannotSee):
    """Whatever goes wrong on the way to Azure."""

    @pytest.mark.parametrize("missing", ["secret", "tenant"])
    def test_refuses_to_judge_without(self, program: Program, missing: str) -> None:
        super().test_refuses_to_judge_without(program, missing)


def test_accepts_what_several_settings_export(program):
    program.entra.management.page_size = 1
    done = program.run()
    program.entra.management.page_size = 100
    assert done.code == 0
    assert done.out.count("ok ") == 5


@pytest.mark.parametrize("gone", NEEDED)
@pytest.mark.parametrize(
    "other", [None, {"enabled": False}, {"store": None}], ids=["not listed", "not enabled", "without a store"]
)
def test_refuses_a_category(program, gone, other):
    kept = setting(*(name for name in NEEDED if name != gone))
    program.entra.management.seed({SETTINGS: [kept] if other is None else [kept, setting(gone, **other)]})
    done = program.run()
    assert done.code == 1
    assert f"BAD {gone}: exported nowhere" in done.out


def test_refuses_a_tenant_without_settings(program):
    program.entra.management.seed({SETTINGS: []})
    assert program.run().out.count("BAD") == 5
