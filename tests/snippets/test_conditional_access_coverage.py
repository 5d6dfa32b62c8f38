"""A policy that reaches the app demands enough of everybody, and nothing weaker takes its place."""

import copy
from typing import Any

import pytest

from tests.snippets.graph_programs import HOSTILE, CannotSee, Program

POLICIES = "identity/conditionalAccess/policies"
APP = "11111111-1111-4111-8111-111111111111"
OTHER = "22222222-2222-4222-8222-222222222222"
POLICY: dict[str, Any] = {
    "id": "33333333-3333-4333-8333-333333333333",
    "displayName": f"Strong sign-in{HOSTILE}",
    "state": "enabled",
    "conditions": {
        "clientAppTypes": ["all"],
        "applications": {"includeApplications": ["All"], "excludeApplications": []},
        "users": {"includeUsers": ["All"], "excludeUsers": [], "excludeGroups": [OTHER]},
        "locations": None,
        "clientApplications": None,
    },
    "grantControls": {
        "operator": "OR",
        "builtInControls": [],
        "customAuthenticationFactors": [],
        "termsOfUse": [],
        "authenticationStrength": {"allowedCombinations": ["fido2", "windowsHelloForBusiness"]},
    },
}
DEVICE = {"operator": "OR", "builtInControls": ["compliantDevice", "domainJoinedDevice"]}
BLOCKED = {
    "conditions": {
        "clientAppTypes": ["all"],
        "applications": {"includeApplications": ["All"], "excludeApplications": []},
        "users": {"includeUsers": ["None"]},
        "locations": {"includeLocations": ["All"], "excludeLocations": [OTHER]},
        "clientApplications": {"includeServicePrincipals": [APP], "excludeServicePrincipals": []},
    },
    "grantControls": {"operator": "OR", "builtInControls": ["block"]},
}


def changed(policy: dict[str, Any], **members: Any) -> dict[str, Any]:
    """A copy with members replaced, at paths whose parts stand between double underscores."""
    new = copy.deepcopy(policy)
    for path, value in members.items():
        *parents, name = path.split("__")
        at = new
        for parent in parents:
            at = at[parent]
        at[name] = value
    return new


def seed(program: Program, demand: str, *policies: dict[str, Any]) -> Program:
    program.entra.graph.seed({POLICIES: list(policies)})
    return program.prepare("conditional_access_coverage.py", demand, APP, permissions=("Policy.Read.All",))


@pytest.fixture
def program(contoso: Program) -> Program:
    return seed(contoso, "phishing-resistant", POLICY)


class TestCannotSee(CannotSee):
    """Whatever goes wrong on the way to Microsoft Graph."""


BAD = {
    "report-only": changed(POLICY, state="enabledForReportingButNotEnforced"),
    "disabled": changed(POLICY, state="disabled"),
    "another app": changed(POLICY, conditions__applications__includeApplications=[OTHER]),
    "the app left out": changed(POLICY, conditions__applications__excludeApplications=[APP]),
    "some users": changed(POLICY, conditions__users__includeUsers=[OTHER]),
    "browsers only": changed(POLICY, conditions__clientAppTypes=["browser"]),
    "one platform": changed(POLICY, conditions__platforms={"includePlatforms": ["iOS"]}),
    "some locations": changed(POLICY, conditions__locations={"includeLocations": ["All"], "excludeLocations": [OTHER]}),
    "risky sign-ins only": changed(POLICY, conditions__signInRiskLevels=["high"]),
    "device code flow only": changed(POLICY, conditions__authenticationFlows={"transferMethods": "deviceCodeFlow"}),
    "or any second factor": changed(POLICY, grantControls__builtInControls=["mfa"]),
    "or terms of use": changed(POLICY, grantControls__termsOfUse=[OTHER]),
    "a weaker method too": changed(
        POLICY, grantControls__authenticationStrength={"allowedCombinations": ["fido2", "password,sms"]}
    ),
    "no strength": changed(POLICY, grantControls__authenticationStrength=None),
    "session controls only": changed(POLICY, grantControls=None),
}


@pytest.mark.parametrize("policy", BAD.values(), ids=BAD)
def test_refuses_as_phishing_resistant(contoso, policy):
    assert seed(contoso, "phishing-resistant", policy).run().code == 1


def test_accepts_one_strict_policy_of_many(contoso):
    contoso.entra.graph.page_size = 1
    done = seed(contoso, "phishing-resistant", *BAD.values(), POLICY).run()
    assert done.code == 0
    assert done.out.count("ok ") == 1
    assert "'excludeGroups': 1" in done.out


def test_accepts_more_demands_beside_it(contoso):
    strict = changed(POLICY, grantControls__builtInControls=["mfa"], grantControls__operator="AND")
    assert seed(contoso, "phishing-resistant", strict).run().code == 0


def test_accepts_a_managed_device(contoso):
    assert seed(contoso, "device", changed(POLICY, grantControls=DEVICE)).run().code == 0


@pytest.mark.parametrize(
    "grant",
    [
        POLICY["grantControls"],
        {**DEVICE, "builtInControls": ["compliantDevice", "mfa"]},
        {**DEVICE, "authenticationStrength": {"allowedCombinations": ["fido2"]}},
    ],
    ids=["no device", "or a second factor", "or a strength"],
)
def test_refuses_as_managed_device(contoso, grant):
    assert seed(contoso, "device", changed(POLICY, grantControls=grant)).run().code == 1


LOCATION = {**POLICY, **BLOCKED}


def test_accepts_named_locations(contoso):
    assert seed(contoso, "location", LOCATION).run().code == 0


@pytest.mark.parametrize(
    "policy",
    [
        POLICY,
        changed(LOCATION, conditions__clientApplications={"includeServicePrincipals": [OTHER]}),
        changed(LOCATION, conditions__clientApplications__excludeServicePrincipals=[APP]),
        changed(LOCATION, conditions__locations__excludeLocations=[]),
        changed(LOCATION, conditions__locations__includeLocations=[OTHER]),
        changed(LOCATION, grantControls__builtInControls=["mfa"]),
        changed(LOCATION, conditions__servicePrincipalRiskLevels=["high"]),
        changed(LOCATION, state="disabled"),
    ],
    ids=["users only", "another", "left out", "no location", "one location", "no block", "risky only", "disabled"],
)
def test_refuses_as_limited_to_locations(contoso, policy):
    assert seed(contoso, "location", policy).run().code == 1
