"""The tenant forbids or limits client secrets, for every app."""

from typing import Any

import pytest

from tests.snippets.graph_programs import HOSTILE, CannotSee, Program

DEFAULT = "policies/defaultAppManagementPolicy"
CUSTOM = "policies/appManagementPolicies"


def secrets(kind: str = "passwordLifetime", state: str = "enabled") -> dict[str, Any]:
    entry = {
        "restrictionType": kind,
        "state": state,
        "maxLifetime": f"P90D{HOSTILE}",
        "restrictForAppsCreatedAfterDateTime": "2026-01-01T00:00:00Z",
    }
    return {"passwordCredentials": [entry], "keyCredentials": []}


def seed(program: Program, *custom: dict[str, Any], **members: Any) -> None:
    policy = {"isEnabled": True, "applicationRestrictions": secrets(), "servicePrincipalRestrictions": secrets()}
    program.entra.graph.seed({DEFAULT: policy | members, CUSTOM: list(custom)})


@pytest.fixture
def program(contoso: Program) -> Program:
    seed(contoso, {"displayName": "Vendor", "isEnabled": True, "restrictions": secrets("passwordAddition")})
    return contoso.prepare("app_management_policy.py", permissions=("Policy.Read.All",))


class TestCannotSee(CannotSee):
    """Whatever goes wrong on the way to Microsoft Graph."""


def test_accepts_limited_secrets(program):
    done = program.run()
    assert done.code == 0
    assert "P90D" in done.out


@pytest.mark.parametrize("kind", ["applicationRestrictions", "servicePrincipalRestrictions"])
@pytest.mark.parametrize(
    "restrictions",
    [
        {"passwordCredentials": []},
        secrets(state="disabled"),
        secrets("customPasswordAddition"),
        secrets("symmetricKeyLifetime"),
    ],
    ids=["none", "a disabled one", "one of chosen passwords only", "one of keys only"],
)
def test_refuses_restrictions(program, kind, restrictions):
    seed(program, **{kind: restrictions})
    assert program.run().code == 1


def test_refuses_a_policy_that_is_turned_off(program):
    seed(program, isEnabled=False)
    assert program.run().code == 1


@pytest.mark.parametrize(
    "members",
    [{"isEnabled": False}, {"restrictions": {"passwordCredentials": []}}, {"restrictions": secrets(state="disabled")}],
    ids=["turned off", "without restriction", "with a disabled one"],
)
def test_refuses_an_exception(program, members):
    seed(program, {"displayName": f"Vendor{HOSTILE}", "isEnabled": True, "restrictions": secrets(), **members})
    assert program.run().code == 1
