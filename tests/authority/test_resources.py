"""Graph, GitHub, Key Vault, Azure Resource Manager, managed identities and workflow tokens, as clients meet them."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from typing import Any

import httpx
import jwt
import msal
import pytest
import requests

from tests.authority.conftest import Contoso
from tests.authority.test_refusals import client_credentials
from ztcheck.authority import Registration
from ztcheck.authority.directory import GRAPH, MANAGEMENT, VAULT
from ztcheck.authority.keys import peek, process_key
from ztcheck.authority.rest import FilterError, odata_filter

GUID = r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}"
Get = Callable[..., httpx.Response]


@pytest.fixture
def graph(contoso: Contoso) -> Iterator[Get]:
    """GET below v1.0 as an app with the permissions that the keyword names."""

    def get(path: str, roles: str = "Application.Read.All", method: str = "GET", **more: Any) -> httpx.Response:
        api = contoso.entra.microsoft[GRAPH]
        token = contoso.entra.mint(api, client=contoso.web, tenant=contoso.tenant, roles=roles.split())
        headers = {"Authorization": f"Bearer {token}"}
        url = path if path.startswith("https://") else f"https://graph.microsoft.com/v1.0/{path}"
        return httpx.request(method, url, headers=headers, **more)

    yield get
    contoso.entra.graph.clear()
    contoso.entra.graph.page_size = 100


# Who may ask


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda _: None, "Access token is empty."),
        (lambda _: "x.y.z", "CompactToken parsing failed with error code: 80049217"),
        (lambda c: c.entra.mint(c.api), "Access token validation failure. Invalid audience."),
        (
            lambda c: c.entra.mint(c.entra.microsoft[GRAPH], client=c.web, claims={"exp": 1}),
            "Lifetime validation failed, the token is expired.",
        ),
        (
            lambda c: c.entra.mint(c.entra.microsoft[GRAPH], client=c.web, key=process_key(51)),
            "CompactToken parsing failed with error code: 80049217",
        ),
    ],
    ids=["none", "no token", "another audience", "expired", "forged"],
)
def test_graph_refuses_a_caller_without_a_good_token(contoso: Contoso, make: Any, message: str) -> None:
    token = make(contoso)
    headers = {"Authorization": f"Bearer {token}"} if token else {}
    response = httpx.get("https://graph.microsoft.com/v1.0/users", headers=headers)
    assert response.status_code == 401
    error = response.json()["error"]
    assert (error["code"], error["message"]) == ("InvalidAuthenticationToken", message)
    assert set(error["innerError"]) == {"date", "request-id", "client-request-id"}


@pytest.mark.parametrize(
    ("path", "wrong", "right"),
    [
        ("applications", "User.Read.All", "Application.Read.All"),
        ("servicePrincipals", "User.Read.All", "Directory.Read.All"),
        ("users", "Application.Read.All", "User.Read.All"),
        ("oauth2PermissionGrants", "Application.Read.All", "Directory.Read.All"),
        ("identity/conditionalAccess/policies", "Directory.Read.All", "Policy.Read.All"),
    ],
)
def test_graph_refuses_a_caller_without_the_permission(graph: Get, path: str, wrong: str, right: str) -> None:
    refused = graph(path, wrong)
    assert (refused.status_code, refused.json()["error"]["code"]) == (403, "Authorization_RequestDenied")
    assert graph(path, right).status_code == 200


def test_graph_says_not_found_as_the_real_one_does(graph: Get) -> None:
    response = graph("applications/not-a-valid-object-id")
    assert response.status_code == 404
    assert response.json()["error"]["code"] == "Request_ResourceNotFound"
    assert "'not-a-valid-object-id' does not exist" in response.json()["error"]["message"]


# What it shows

APPLICATION = """@odata.context addIns api appId appRoles applicationTemplateId certification createdDateTime
defaultRedirectUri deletedDateTime description disabledByMicrosoftStatus displayName groupMembershipClaims id
identifierUris info isDeviceOnlyAuthSupported isFallbackPublicClient keyCredentials notes optionalClaims
parentalControlSettings passwordCredentials publicClient publisherDomain requestSignatureVerification
requiredResourceAccess samlMetadataUrl serviceManagementReference servicePrincipalLockConfiguration signInAudience spa
tags tokenEncryptionKeyId uniqueName verifiedPublisher web"""


def test_an_application_has_the_captured_members(contoso: Contoso, graph: Get) -> None:
    body = graph(f"applications/{contoso.web.object_id}").json()
    assert set(APPLICATION.split()) <= set(body)
    assert body["appId"] == contoso.web.app_id
    assert body["passwordCredentials"][0]["secretText"] is None
    assert graph(f"applications(appId='{contoso.web.app_id}')").json()["id"] == contoso.web.object_id


def test_the_directory_shows_up_without_seeding(contoso: Contoso, graph: Get) -> None:
    tenant = contoso.tenant
    tenant.assign(contoso.web, contoso.api, "Orders.Process.All")
    tenant.assign(contoso.ana, contoso.api)
    tenant.consent(contoso.web, contoso.api, "Orders.Read", user=contoso.ana)
    contoso.web.owners.append(contoso.ana)
    contoso.web.trust("https://issuer.example", "repo:x", name="pipeline")
    principal, resource = tenant.service_principal_id(contoso.web), tenant.service_principal_id(contoso.api)
    assigned = graph(f"servicePrincipals/{resource}/appRoleAssignedTo").json()["value"]
    assert {(row["principalType"], row["principalId"]) for row in assigned} == {
        ("ServicePrincipal", principal),
        ("User", contoso.ana.id),
    }
    held = graph(f"servicePrincipals/{principal}/appRoleAssignments").json()["value"]
    assert [row["appRoleId"] for row in held] == [contoso.api.app_roles[0].id]
    grants = graph("oauth2PermissionGrants", "Directory.Read.All").json()["value"]
    assert [(g["consentType"], g["principalId"], g["scope"]) for g in grants] == [
        ("Principal", contoso.ana.id, "Orders.Read")
    ]
    owners = graph(f"applications/{contoso.web.object_id}/owners").json()["value"]
    assert [owner["id"] for owner in owners] == [contoso.ana.id]
    trusted = graph(f"applications/{contoso.web.object_id}/federatedIdentityCredentials").json()["value"]
    assert [(t["name"], t["issuer"], t["subject"]) for t in trusted] == [
        ("pipeline", "https://issuer.example", "repo:x")
    ]


def test_one_tenant_never_sees_another(contoso: Contoso, graph: Get) -> None:
    other = contoso.entra.tenant("fabrikam").register("theirs")
    names = {app["appId"] for app in graph("applications").json()["value"]}
    assert names == {contoso.api.app_id, contoso.web.app_id}
    assert graph(f"applications/{other.object_id}").status_code == 404


def test_pages_end_and_hold_everything_once(contoso: Contoso, graph: Get) -> None:
    contoso.entra.graph.seed({"auditLogs/signIns": [{"id": str(number)} for number in range(25)]})
    contoso.entra.graph.page_size = 10
    url, seen, pages = "auditLogs/signIns?$top=999", [], 0
    while url:
        body = graph(url, "AuditLog.Read.All").json()
        seen += [row["id"] for row in body["value"]]
        pages += 1
        url = body.get("@odata.nextLink", "")
    assert (seen, pages) == ([str(number) for number in range(25)], 3)


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("$filter=appId eq 'b'", ["2"]),
        ("$filter=startswith(displayName,'or')", ["1", "2"]),
        ("$filter=createdDateTime ge 2026-02-01T00:00:00Z and kind ne 'x'", ["2"]),
        ("$filter=not (appId eq 'b') or nested/state eq 'on'", ["1", "3"]),
        ("$filter=appId in ('a','c')", ["1", "3"]),
        ("$filter=tags/any(t:t eq 'hot')", ["3"]),
        ("$filter=nested/state eq null", ["1", "2"]),
        ("$orderby=appId desc", ["3", "2", "1"]),
        ("$filter=count gt 1&$select=appId", ["2", "3"]),
    ],
)
def test_filters_pick_what_they_say(contoso: Contoso, graph: Get, query: str, expected: list[str]) -> None:
    rows = [
        {"id": "1", "appId": "a", "displayName": "Orders", "createdDateTime": "2026-01-01T00:00:00Z", "count": 1},
        {"id": "2", "appId": "b", "displayName": "Orange", "createdDateTime": "2026-02-01T00:00:00Z", "count": 2},
        {"id": "3", "appId": "c", "displayName": "Ship", "tags": ["hot"], "nested": {"state": "on"}, "count": 3},
    ]
    contoso.entra.graph.seed({"auditLogs/signIns": rows})
    body = graph(f"auditLogs/signIns?{query}", "AuditLog.Read.All").json()
    assert [row["id"] for row in body["value"]] == expected


@pytest.mark.parametrize("text", ["appId = 'b'", "appId eq", "eq 'b'", "appId eq 'b' and", "foo(x)", "a eq 'b' c", "#"])
def test_a_filter_that_is_not_understood_is_refused_not_ignored(text: str) -> None:
    with pytest.raises(FilterError):
        odata_filter(text)


def test_a_selection_leaves_the_rest_out_and_an_expansion_brings_more(contoso: Contoso, graph: Get) -> None:
    contoso.web.owners.append(contoso.ana)
    body = graph(f"applications/{contoso.web.object_id}?$select=appId&$expand=owners($select=id)").json()
    assert set(body) == {"@odata.context", "id", "appId", "owners"}
    assert body["owners"][0]["id"] == contoso.ana.id


def test_a_missing_seed_is_not_found_and_a_seeded_error_is_that_error(contoso: Contoso, graph: Get) -> None:
    assert graph("policies/authorizationPolicy", "Policy.Read.All").status_code == 404
    contoso.entra.graph.seed(
        {"policies/authorizationPolicy": {"id": "authorizationPolicy", "allowInvitesFrom": "none"}}
    )
    assert graph("policies/authorizationPolicy", "Policy.Read.All").json()["allowInvitesFrom"] == "none"
    contoso.entra.graph.seed(
        {"auditLogs/signIns": {"$error": 403, "code": "Authentication_RequestFromNonPremiumTenant"}}
    )
    assert graph("auditLogs/signIns", "AuditLog.Read.All").status_code == 403


def test_a_conditional_access_policy_is_shown_as_it_is_enforced(contoso: Contoso, graph: Get) -> None:
    contoso.tenant.require("mfa", apps=(contoso.api,))
    policy = graph("identity/conditionalAccess/policies", "Policy.Read.All").json()["value"][0]
    assert policy["grantControls"]["builtInControls"] == ["mfa"]
    assert policy["conditions"]["applications"]["includeApplications"] == [contoso.api.app_id]


# What it changes


def test_a_password_that_graph_adds_opens_the_door_and_one_that_it_removes_does_not(
    contoso: Contoso, graph: Get
) -> None:
    path = f"applications/{contoso.web.object_id}"
    assert graph(f"{path}/addPassword", method="POST", json={}).status_code == 403, "reading is not writing"
    write = "Application.ReadWrite.All"
    made = graph(f"{path}/addPassword", write, "POST", json={"passwordCredential": {"displayName": "new"}}).json()
    assert client_credentials(contoso, client_secret=made["secretText"]).status == 200
    assert graph(f"{path}/removePassword", write, "POST", json={"keyId": made["keyId"]}).status_code == 204
    assert client_credentials(contoso, client_secret=made["secretText"]).json()["error_codes"] == [7000215]


def test_sessions_that_graph_revokes_are_over(contoso: Contoso, graph: Get) -> None:
    refresh = contoso.redeem(contoso.code()).json()["refresh_token"]
    contoso.entra.skew = 5
    path = f"users/{contoso.ana.id}/revokeSignInSessions"
    assert graph(path, "User.Read.All", "POST").status_code == 403
    assert graph(path, "User.RevokeSessions.All", "POST").json()["value"] is True
    assert contoso.refresh(refresh).json()["error_codes"] == [50173]


def test_a_service_principal_that_graph_disables_gets_no_more_tokens(contoso: Contoso, graph: Get) -> None:
    path = f"servicePrincipals/{contoso.tenant.service_principal_id(contoso.web)}"
    answer = graph(path, "Application.ReadWrite.All", "PATCH", json={"accountEnabled": False})
    assert answer.status_code == 204
    assert client_credentials(contoso).json()["error_codes"] == [7000112]


def test_memberships_are_checked_for_the_groups_asked_about(contoso: Contoso, graph: Get) -> None:
    mine, other = contoso.tenant.group("mine"), contoso.tenant.group("other")
    contoso.ana.groups.append(mine)
    path = f"users/{contoso.ana.id}/checkMemberGroups"
    body = graph(path, "GroupMember.Read.All", "POST", json={"groupIds": [mine.id, other.id]}).json()
    assert body["value"] == [mine.id]
    many = graph(path, "GroupMember.Read.All", "POST", json={"groupIds": [mine.id] * 21})
    assert many.status_code == 400


def test_what_is_posted_patched_and_deleted_is_there_changed_and_gone(contoso: Contoso, graph: Get) -> None:
    contoso.entra.graph.seed({"policies/appManagementPolicies": []})
    made = graph("policies/appManagementPolicies", "x", "POST", json={"displayName": "no secrets"})
    assert made.status_code == 201
    path = f"policies/appManagementPolicies/{made.json()['id']}"
    assert graph(path, "x", "PATCH", json={"isEnabled": True}).status_code == 204
    assert graph(path, "Policy.Read.All").json()["isEnabled"] is True
    assert graph(path, "x", "DELETE").status_code == 204
    assert graph(path, "Policy.Read.All").status_code == 404


# GitHub


@pytest.fixture
def github(contoso: Contoso) -> Iterator[Get]:
    token = contoso.entra.github.token()

    def get(path: str, token: str | None = token, method: str = "GET", **more: Any) -> httpx.Response:
        headers = {"Authorization": f"Bearer {token}"} if token else {}
        return httpx.request(method, f"https://api.github.com/{path}", headers=headers, **more)

    yield get
    contoso.entra.github.clear()


@pytest.mark.parametrize(("token", "message"), [(None, "Requires authentication"), ("ghp_wrong", "Bad credentials")])
def test_github_refuses_a_caller_without_a_good_token(github: Get, token: str | None, message: str) -> None:
    response = github("repos/contoso/orders/rulesets", token)
    assert (response.status_code, response.json()["message"]) == (401, message)


def test_github_says_not_found_for_what_was_not_seeded(github: Get) -> None:
    response = github("repos/contoso/orders/rulesets")
    assert response.status_code == 404
    assert set(response.json()) == {"message", "documentation_url", "status"}


def test_github_pages_by_links(contoso: Contoso, github: Get) -> None:
    contoso.entra.github.seed({"repos/contoso/orders/dependabot/alerts": [{"number": n} for n in range(1, 8)]})
    url, seen = "https://api.github.com/repos/contoso/orders/dependabot/alerts?per_page=3", []
    while url:
        response = github(url.removeprefix("https://api.github.com/"))
        seen += [row["number"] for row in response.json()]
        url = response.links.get("next", {}).get("url", "")
    assert seen == [1, 2, 3, 4, 5, 6, 7]


def test_github_pages_lists_that_stand_beside_their_count(contoso: Contoso, github: Get) -> None:
    contoso.entra.github.seed(
        {"repos/contoso/orders/environments": {"total_count": 3, "environments": [{"name": n} for n in "abc"]}}
    )
    first = github("repos/contoso/orders/environments?per_page=2")
    assert [row["name"] for row in first.json()["environments"]] == ["a", "b"]
    assert first.json()["total_count"] == 3
    assert 'rel="next"' in first.headers["Link"]


def test_github_filters_by_state_and_severity(contoso: Contoso, github: Get) -> None:
    rows = [{"number": 1, "state": "open"}, {"number": 2, "state": "fixed"}]
    contoso.entra.github.seed({"repos/contoso/orders/dependabot/alerts": rows})
    assert [r["number"] for r in github("repos/contoso/orders/dependabot/alerts?state=open").json()] == [1]


def test_githubs_secondary_limit_says_when_to_come_back(contoso: Contoso, github: Get) -> None:
    contoso.entra.github.seed({"orgs/contoso": {"login": "contoso"}})
    contoso.entra.github.throttled(retry_after=3)
    refused = github("orgs/contoso")
    assert (refused.status_code, refused.headers["Retry-After"]) == (403, "3")
    assert github("orgs/contoso").status_code == 200


# Key Vault and Azure Resource Manager


def azure_token(contoso: Contoso, api: str) -> dict[str, str]:
    token = contoso.entra.mint(contoso.entra.microsoft[api], client=contoso.web, tenant=contoso.tenant)
    return {"Authorization": f"Bearer {token}"}


def test_a_vault_challenges_then_serves_and_shows_only_to_its_readers(contoso: Contoso) -> None:
    vault = contoso.entra.vault
    first = vault.set("orders", "db-password", "one")
    vault.set("orders", "db-password", "two")
    url = f"{vault.url('orders')}/secrets/db-password"
    bare = httpx.get(url, params={"api-version": "7.4"})
    assert bare.status_code == 401
    assert re.search(
        r'Bearer authorization="https://[^"]+", resource="https://vault.azure.net"', bare.headers["WWW-Authenticate"]
    )
    wrong = httpx.get(url, params={"api-version": "7.4"}, headers=azure_token(contoso, GRAPH))
    assert wrong.status_code == 401
    headers = azure_token(contoso, VAULT)
    assert httpx.get(url, params={"api-version": "7.4"}, headers=headers).json()["value"] == "two"
    assert httpx.get(f"{url}/{first}", params={"api-version": "7.4"}, headers=headers).json()["value"] == "one"
    missing = httpx.get(url + "x", params={"api-version": "7.4"}, headers=headers)
    assert (missing.status_code, missing.json()["error"]["code"]) == (404, "SecretNotFound")
    vault.readers["orders"] = set()
    assert httpx.get(url, params={"api-version": "7.4"}, headers=headers).status_code == 403
    del vault.readers["orders"]


def test_resource_manager_wants_a_token_of_its_own_and_a_version(contoso: Contoso) -> None:
    contoso.entra.management.seed({"providers/microsoft.aadiam/diagnosticSettings": [{"name": "export"}]})
    url = "https://management.azure.com/providers/microsoft.aadiam/diagnosticSettings"
    version = {"api-version": "2017-04-01"}
    assert httpx.get(url, params=version).status_code == 401
    assert httpx.get(url, params=version, headers=azure_token(contoso, GRAPH)).status_code == 401
    headers = azure_token(contoso, MANAGEMENT)
    assert httpx.get(url, headers=headers).json()["error"]["code"] == "MissingApiVersionParameter"
    assert httpx.get(url, params=version, headers=headers).json() == {"value": [{"name": "export"}]}


# Managed identities


@pytest.fixture
def identity(contoso: Contoso) -> Registration:
    return contoso.entra.identity.assign(contoso.tenant, f"{contoso.tenant.name}-app", user_assigned=True)


IMDS = "http://169.254.169.254/metadata/identity/oauth2/token"


@pytest.mark.parametrize(
    ("headers", "params", "text"),
    [
        ({}, {"api-version": "2018-02-01"}, "Required metadata header not specified"),
        ({"Metadata": "true", "X-Forwarded-For": "1.2.3.4"}, {"api-version": "2018-02-01"}, "forwarded"),
        ({"Metadata": "true"}, {}, "api-version"),
        ({"Metadata": "true"}, {"api-version": "2018-02-01", "client_id": "unknown"}, "Identity not found"),
    ],
    ids=["no header", "forwarded", "no version", "unknown identity"],
)
def test_the_metadata_service_refuses(
    headers: dict[str, str], params: dict[str, str], text: str, contoso: Contoso
) -> None:
    assert contoso.entra.metadata_port
    response = httpx.get(IMDS, headers=headers, params=params | {"resource": "https://vault.azure.net"})
    assert response.status_code == 400
    assert text in response.json()["error_description"]


def test_msal_gets_a_managed_identitys_token(contoso: Contoso, identity: Registration) -> None:
    contoso.tenant.assign(identity, contoso.api, "Orders.Process.All")
    client = msal.ManagedIdentityClient(
        msal.UserAssignedManagedIdentity(client_id=identity.app_id), http_client=requests.Session()
    )
    answer = client.acquire_token_for_client(resource=contoso.api.identifier_uris[0])
    claims = peek(answer["access_token"])[1]
    assert (claims["azp"], claims["azpacr"], claims["roles"]) == (identity.app_id, "2", ["Orders.Process.All"])
    assert claims["xms_mirid"].endswith(f"/userAssignedIdentities/{identity.name}")


def test_app_service_wants_its_header(contoso: Contoso, identity: Registration) -> None:
    environment = contoso.entra.identity.app_service()
    params = {
        "api-version": "2019-08-01",
        "resource": "https://vault.azure.net",
        "client_id": identity.app_id,
    }
    url = environment["IDENTITY_ENDPOINT"]
    refused = httpx.get(url, params=params, headers={"X-IDENTITY-HEADER": "guess"})
    assert (refused.status_code, set(refused.json())) == (401, {"statusCode", "message", "correlationId"})
    headers = {"X-IDENTITY-HEADER": environment["IDENTITY_HEADER"]}
    answer = httpx.get(url, params=params, headers=headers).json()
    assert set(answer) == {"access_token", "expires_on", "resource", "token_type", "client_id"}
    assert answer["expires_on"].isdigit()


# Workflow tokens


def test_a_job_gets_a_token_only_with_its_own_bearer(contoso: Contoso) -> None:
    job = contoso.entra.workflow.job(repository="contoso/orders", environment="production")
    url = job["ACTIONS_ID_TOKEN_REQUEST_URL"] + "&audience=api://AzureADTokenExchange"
    assert httpx.get(url, headers={"Authorization": "Bearer guess"}).status_code == 401
    bearer = {"Authorization": f"Bearer {job['ACTIONS_ID_TOKEN_REQUEST_TOKEN']}"}
    token = httpx.get(url, headers=bearer).json()["value"]
    issuer = "https://token.actions.githubusercontent.com"
    where = httpx.get(f"{issuer}/.well-known/openid-configuration").json()["jwks_uri"]
    key = jwt.PyJWKClient(where, timeout=5).get_signing_key_from_jwt(token)
    claims = jwt.decode(token, key, algorithms=["RS256"], audience="api://AzureADTokenExchange", issuer=issuer)
    assert claims["sub"] == "repo:contoso/orders:environment:production"


@pytest.mark.parametrize(
    ("job", "subject"),
    [
        ({}, "repo:contoso/orders:ref:refs/heads/main"),
        ({"ref": "refs/tags/v1"}, "repo:contoso/orders:ref:refs/tags/v1"),
        ({"event": "pull_request"}, "repo:contoso/orders:pull_request"),
    ],
)
def test_the_subject_of_a_job_says_what_it_runs_for(contoso: Contoso, job: dict[str, Any], subject: str) -> None:
    assert peek(contoso.entra.workflow.token(**job))[1]["sub"] == subject


def test_under_localhost_the_path_says_which_service() -> None:
    from ztcheck.authority import Entra

    with Entra() as entra, httpx.Client(verify=entra.ssl_context()) as client:
        tenant = entra.tenant("contoso")
        web = tenant.register("web")
        token = entra.mint(entra.microsoft[GRAPH], client=web, roles=["Application.Read.All"])
        graph = client.get(f"{entra.base}/v1.0/applications", headers={"Authorization": f"Bearer {token}"})
        assert re.fullmatch(GUID, graph.json()["value"][0]["id"])
        entra.github.seed({"orgs/contoso": {"login": "contoso"}})
        headers = {"Authorization": f"Bearer {entra.github.token()}"}
        assert client.get(f"{entra.github.url}/orgs/contoso", headers=headers).json() == {"login": "contoso"}
        assert client.get(f"{entra.vault.url('v')}/secrets/x?api-version=7.4").status_code == 401
        assert client.get(f"{entra.management.entra.base}/_management/x?api-version=1").status_code == 401
        assert client.get(f"{entra.workflow.issuer}/.well-known/jwks").json()["keys"][0]["alg"] == "RS256"
