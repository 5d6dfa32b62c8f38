"""Users consent at most to low-risk permissions of known publishers, and can ask for the rest."""

from typing import Any

import pytest

from tests.snippets.graph_programs import HOSTILE, CannotSee, Program
from ztcheck.authority.directory import GRAPH

WORKFLOW = "policies/adminConsentRequestPolicy"
AUTHORIZATION = "policies/authorizationPolicy"
SELF = "ManagePermissionGrantsForSelf."
NEEDED = ("Policy.Read.All", "Policy.Read.PermissionGrant", "Application.Read.All")
NARROW: dict[str, Any] = {
    "permissionClassification": "low",
    "clientApplicationIds": ["all"],
    "clientApplicationTenantIds": ["all"],
    "clientApplicationsFromVerifiedPublisherOnly": True,
}


def assign(program: Program, *policies: str) -> None:
    rights = {"permissionGrantPoliciesAssigned": list(policies)}
    program.entra.graph.seed({AUTHORIZATION: {"id": "authorizationPolicy", "defaultUserRolePermissions": rights}})


@pytest.fixture
def program(contoso: Program) -> Program:
    principal = contoso.tenant.service_principal_id(contoso.entra.microsoft[GRAPH])
    contoso.entra.graph.seed(
        {
            WORKFLOW: {"isEnabled": True, "reviewers": [{"query": "/users/1"}]},
            f"servicePrincipals/{principal}/delegatedPermissionClassifications": [
                {"classification": "low", "permissionName": f"User.Read{HOSTILE}"}
            ],
            "policies/permissionGrantPolicies/contoso/includes": [NARROW],
        }
    )
    assign(contoso, f"{SELF}microsoft-user-default-low", f"{SELF}contoso", "ManagePermissionGrantsForOwnedResource.x")
    return contoso.prepare("consent_policy.py", permissions=NEEDED)


class TestCannotSee(CannotSee):
    """Whatever goes wrong on the way to Microsoft Graph."""


def test_accepts_narrow_policies(program):
    done = program.run()
    assert done.code == 0
    assert "'low': 'User.Read" in done.out


def test_accepts_no_consent_of_users(program):
    assign(program, "ManagePermissionGrantsForOwnedResource.x")
    assert program.run().code == 0


@pytest.mark.parametrize(
    "workflow",
    [{"isEnabled": False, "reviewers": [{}]}, {"isEnabled": True, "reviewers": []}],
    ids=["turned off", "no reviewers"],
)
def test_refuses_a_workflow(program, workflow):
    program.entra.graph.seed({WORKFLOW: workflow})
    assert program.run().code == 1


@pytest.mark.parametrize("name", ["microsoft-user-default-legacy", "microsoft-user-default-recommended"])
def test_refuses_the_policy(program, name):
    assign(program, f"{SELF}microsoft-user-default-low", SELF + name)
    assert program.run().code == 1


@pytest.mark.parametrize(
    "members",
    [
        {"permissionClassification": "all"},
        {"permissionClassification": "medium"},
        {"clientApplicationsFromVerifiedPublisherOnly": False},
    ],
    ids=["any permission", "medium risk", "any publisher"],
)
def test_refuses_a_custom_policy_with(program, members):
    program.entra.graph.seed({"policies/permissionGrantPolicies/contoso/includes": [NARROW, NARROW | members]})
    assert program.run().code == 1


@pytest.mark.parametrize("member", ["clientApplicationIds", "clientApplicationTenantIds"])
def test_accepts_apps_that_the_policy_names(program, member):
    named = NARROW | {"clientApplicationsFromVerifiedPublisherOnly": False, member: ["contoso"]}
    program.entra.graph.seed({"policies/permissionGrantPolicies/contoso/includes": [named]})
    assert program.run().code == 0
