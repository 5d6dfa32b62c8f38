# /// script
# requires-python = ">=3.11"
# dependencies = ["azure-identity>=1.27", "requests>=2.34"]
# ///
"""Reads the Conditional Access policies that reach an app or service principal and says whether one demands enough.

Sign in first, for example with `az login`; the least permission is Policy.Read.All.
"""

import argparse
import sys
from collections.abc import Iterator
from typing import Any
from uuid import UUID

import requests
from azure.identity import DefaultAzureCredential
from requests.adapters import HTTPAdapter

GRAPH = "https://graph.microsoft.com/v1.0/"
RESISTANT = {"windowsHelloForBusiness", "fido2", "x509CertificateMultiFactor"}
DEVICE = {"compliantDevice", "domainJoinedDevice"}
CONDITIONS = (
    "platforms",
    "locations",
    "devices",
    "authenticationFlows",
    "signInRiskLevels",
    "userRiskLevels",
    "insiderRiskLevels",
    "servicePrincipalRiskLevels",
)


def graph(path: str) -> list[Any]:
    """The object at *path* of Microsoft Graph, or every item listed there."""
    token = DefaultAzureCredential().get_token("https://graph.microsoft.com/.default").token
    found, url = list[Any](), GRAPH + path
    with requests.Session() as session:
        session.mount(GRAPH, HTTPAdapter(max_retries=4))  # waits as long as Retry-After says
        for _ in range(100):
            if not url.startswith(GRAPH):
                raise ValueError(f"the next page is on another server: {url!r}")
            response = session.get(url, headers={"Authorization": f"Bearer {token}"}, timeout=30)
            response.raise_for_status()
            page = response.json()
            found += page.get("value", [page])
            if "@odata.nextLink" not in page:
                return found
            url = page["@odata.nextLink"]
    raise ValueError("more than 100 pages")


def reaches(policy: Any, resource: str, demand: str) -> bool:
    """Whether the policy is enabled and includes the app, or with the demand "location" the service principal."""
    if demand == "location":
        clients = policy["conditions"].get("clientApplications") or {}
        included = set(clients.get("includeServicePrincipals") or ())
        return policy["state"] == "enabled" and (
            not included.isdisjoint({"ServicePrincipalsInMyTenant", resource})
            and resource not in (clients.get("excludeServicePrincipals") or ())
        )
    apps = policy["conditions"]["applications"]
    return policy["state"] == "enabled" and (
        not {"All", resource}.isdisjoint(apps["includeApplications"]) and resource not in apps["excludeApplications"]
    )


def demands(policy: Any, demand: str) -> bool:
    """Whether the policy admits nothing but what is demanded."""
    grant = policy["grantControls"] or {"operator": "OR", "builtInControls": []}  # none: session controls only
    controls = set(grant["builtInControls"])
    if demand == "location":
        locations = policy["conditions"].get("locations") or {"includeLocations": [], "excludeLocations": []}
        return "block" in controls and locations["includeLocations"] == ["All"] and bool(locations["excludeLocations"])
    methods = set((grant.get("authenticationStrength") or {}).get("allowedCombinations") or ())
    others = {*(grant.get("customAuthenticationFactors") or ()), *(grant.get("termsOfUse") or ())}
    if demand == "device":
        strict, others = controls & DEVICE, others | (controls - DEVICE) | methods
    else:
        strict, others = methods if methods <= RESISTANT else set(), others | controls
    return bool(strict) and (grant["operator"] == "AND" or not others)


def limits(policy: Any, demand: str) -> list[str]:
    """The conditions that keep the policy from applying to every user, always."""
    conditions = policy["conditions"]
    found = [name for name in CONDITIONS if conditions.get(name)]
    if demand == "location":
        return [name for name in found if name != "locations"]
    if conditions["users"]["includeUsers"] != ["All"]:
        found.append("users")
    if conditions["clientAppTypes"] != ["all"]:
        found.append("clientAppTypes")
    return found


def coverage(resource: str, demand: str) -> Iterator[tuple[bool, str]]:
    """Each policy that reaches the resource, and whether it demands enough of everybody that it does not leave out."""
    for policy in graph("identity/conditionalAccess/policies"):
        if reaches(policy, resource, demand):
            narrowed = limits(policy, demand)
            users = policy["conditions"].get("users") or {}
            out = {name: len(who) for name, who in users.items() if "exclude" in name and who}
            text = f"{policy['displayName']!r}, only where: {narrowed}, left out: {out}"
            yield demands(policy, demand) and not narrowed, text


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("demand", choices=("phishing-resistant", "device", "location"))
    parser.add_argument("id", type=UUID, help="the app's client ID; for location the service principal's object ID")
    arguments = parser.parse_args()
    try:
        found = list(coverage(str(arguments.id), arguments.demand))
    except Exception as error:  # uncaught, it would end with 1, which says that the practice does not hold
        print(f"could not be checked: {error!r:.300}", file=sys.stderr)
        sys.exit(2)
    for good, text in found:
        print("ok " if good else "BAD", text)
    sys.exit(0 if any(good for good, _ in found) else 1)
