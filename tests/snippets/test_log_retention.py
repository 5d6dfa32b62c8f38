"""Logs are kept for a year, and one store of them cannot be shortened."""

from typing import Any

import pytest

from tests.snippets.graph_programs import HOSTILE, CannotSee, Program

GROUP = "subscriptions/1/resourceGroups/security logs/providers"
WORKSPACE = f"{GROUP}/Microsoft.OperationalInsights/workspaces/soc"
ACCOUNT = f"{GROUP}/Microsoft.Storage/storageAccounts/archive"


def seed(
    program: Program, *, workspace: Any = 365, days: Any = 365, state: str = "Locked", enabled: Any = True
) -> None:
    policy = {"immutabilityPeriodSinceCreationInDays": days, "state": state}
    immutable = {"immutableStorageWithVersioning": {"enabled": enabled, "immutabilityPolicy": policy}}
    program.entra.management.seed(
        {
            WORKSPACE: {"name": f"soc{HOSTILE}", "properties": {"retentionInDays": workspace}},
            ACCOUNT: {"name": "archive", "properties": immutable},
        }
    )


@pytest.fixture
def program(contoso: Program) -> Program:
    contoso.host = "management.azure.com"
    seed(contoso)
    return contoso.prepare("log_retention.py", f"/{WORKSPACE}", f"/{ACCOUNT}", permissions=())


class TestCannotSee(CannotSee):
    """Whatever goes wrong on the way to Azure."""

    @pytest.mark.parametrize("missing", ["secret", "tenant"])
    def test_refuses_to_judge_without(self, program: Program, missing: str) -> None:
        super().test_refuses_to_judge_without(program, missing)


@pytest.mark.parametrize("workspace", [365, 730, -1], ids=["a year", "two years", "for ever"])
def test_accepts_a_year_and_a_lock(program, workspace):
    seed(program, workspace=workspace)
    assert program.run().code == 0


@pytest.mark.parametrize(
    "members",
    [
        {"workspace": 90},
        {"workspace": 0},
        {"days": 30},
        {"days": None},
        {"state": "Unlocked"},
        {"state": "Disabled"},
        {"enabled": False},
        {"enabled": None},
    ],
    ids=str,
)
def test_refuses(program, members):
    seed(program, **members)
    assert program.run().code == 1


def test_refuses_a_workspace_alone_which_its_owner_can_shorten(program):
    done = program.run(f"/{WORKSPACE}")
    assert done.code == 1
    assert "policy: False" in done.out


def test_refuses_by_the_days_that_are_given(program):
    assert program.run(*program.arguments, "--days", "366").code == 1


@pytest.mark.parametrize("store", ["soc", f"/{GROUP}/Microsoft.Web/sites/soc", f"/{WORKSPACE}2"])
def test_refuses_to_judge_another_resource(program, store):
    assert program.run(store).code == 2


def test_refuses_a_lock_that_ends_before_the_logs_do(program):
    seed(program, days=30)
    done = program.run()
    assert done.code == 1
    assert "a store keeps them for 365 days under a locked immutability policy: False" in done.out
