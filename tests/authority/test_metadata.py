"""Discovery, signing keys, issuers of every cloud, and what MSAL asks before it trusts a host."""

from __future__ import annotations

from typing import Any

import httpx
import jwt
import pytest

from tests.authority.conftest import Contoso
from ztcheck.authority import Entra, Tenant
from ztcheck.authority.loopback import loopback

REQUIRED = """issuer authorization_endpoint token_endpoint jwks_uri userinfo_endpoint device_authorization_endpoint
end_session_endpoint response_types_supported response_modes_supported subject_types_supported scopes_supported
id_token_signing_alg_values_supported token_endpoint_auth_methods_supported claims_supported tenant_region_scope
cloud_instance_name cloud_graph_host_name msgraph_host rbac_url http_logout_supported frontchannel_logout_supported"""
"""Members of the real discovery document (2026-07-13)."""


def metadata(url: str) -> dict[str, Any]:
    response = httpx.get(f"{url}/v2.0/.well-known/openid-configuration")
    assert response.status_code == 200, response.text
    body: dict[str, Any] = response.json()
    return body


def test_discovery_of_an_unknown_tenant_is_refused(contoso: Contoso) -> None:
    response = httpx.get(f"{contoso.entra.base}/nowhere.example/v2.0/.well-known/openid-configuration")
    assert (response.status_code, response.json()["error_codes"]) == (400, [90002])


def test_discovery_has_the_members_and_values_of_the_real_one(contoso: Contoso) -> None:
    body = metadata(contoso.authority)
    assert set(REQUIRED.split()) <= set(body)
    assert body["issuer"] == contoso.entra.issuer(contoso.tenant)
    assert body["subject_types_supported"] == ["pairwise"]
    assert body["id_token_signing_alg_values_supported"] == ["RS256"]
    assert body["request_uri_parameter_supported"] is False
    assert not {"revocation_endpoint", "introspection_endpoint"} & set(body), "Entra has neither"
    for name in ("token_endpoint", "jwks_uri", "authorization_endpoint"):
        assert body[name].startswith(f"{contoso.authority}/")


@pytest.mark.parametrize("word", ["common", "organizations"])
def test_the_issuer_of_many_tenants_is_a_template(contoso: Contoso, word: str) -> None:
    assert metadata(contoso.entra.authority(word))["issuer"] == "https://login.microsoftonline.com/{tenantid}/v2.0"
    keys = httpx.get(contoso.entra.jwks_url(word)).json()["keys"]
    assert {key["issuer"] for key in keys} == {"https://login.microsoftonline.com/{tenantid}/v2.0"}


def test_the_issuer_of_consumers_names_their_tenant(contoso: Contoso) -> None:
    issuer = metadata(contoso.entra.authority("consumers"))["issuer"]
    assert issuer == "https://login.microsoftonline.com/9188040d-6c67-4c5b-b112-36a304b66dad/v2.0"


def test_a_tenant_goes_by_id_and_by_domain(contoso: Contoso) -> None:
    assert metadata(f"{contoso.entra.base}/{contoso.tenant.domain}")["issuer"] == contoso.entra.issuer(contoso.tenant)


@pytest.mark.parametrize(
    ("cloud", "v2", "v1"),
    [
        ("public", "https://login.microsoftonline.com/{}/v2.0", "https://sts.windows.net/{}/"),
        ("usgov", "https://login.microsoftonline.us/{}/v2.0", "https://sts.windows.net/{}/"),
        ("china", "https://login.partner.microsoftonline.cn/{}/v2.0", "https://sts.chinacloudapi.cn/{}/"),
    ],
)
def test_every_cloud_has_its_issuers(cloud: Any, v2: str, v1: str) -> None:
    with Entra(cloud=cloud) as entra, loopback(entra):
        tenant = entra.tenant("contoso")
        assert metadata(entra.authority(tenant))["issuer"] == v2.format(tenant.id)
        plain = httpx.get(f"{entra.authority(tenant)}/.well-known/openid-configuration").json()
        assert plain["issuer"] == v1.format(tenant.id)


def test_an_external_tenant_has_a_host_and_an_issuer_of_its_own(entra: Entra) -> None:
    tenant: Tenant = entra.tenant("shop", kind="external")
    body = metadata(entra.authority(tenant))
    assert body["issuer"] == f"https://{tenant.id}.ciamlogin.com/{tenant.id}/v2.0"
    assert body["token_endpoint"] == f"https://shop.ciamlogin.com/{tenant.id}/oauth2/v2.0/token"
    api = tenant.register("shop-api", scopes=["A"])
    keys = httpx.get(body["jwks_uri"]).json()
    token = entra.mint(api, user=tenant.user("ana"), scopes=["A"])
    key = next(k for k in jwt.PyJWKSet.from_dict(keys).keys if k.key_id == jwt.get_unverified_header(token)["kid"])
    assert jwt.decode(token, key.key, algorithms=["RS256"], audience=api.app_id, issuer=body["issuer"])


def test_under_localhost_everything_is_under_localhost() -> None:
    with Entra() as entra:
        tenant = entra.tenant("contoso")
        with httpx.Client(verify=entra.ssl_context()) as client:
            body = client.get(entra.metadata_url(tenant)).json()
            assert body["issuer"] == f"https://localhost:{entra.port}/{tenant.id}/v2.0"
            assert client.get(body["jwks_uri"]).json()["keys"]


# Keys


def test_a_key_says_whose_it_is_but_not_its_algorithm(contoso: Contoso) -> None:
    keys = httpx.get(contoso.entra.jwks_url(contoso.tenant)).json()["keys"]
    assert len(keys) == 2
    for key in keys:
        assert set(key) == {"kty", "use", "kid", "x5t", "n", "e", "x5c", "cloud_instance_name", "issuer"}
        assert key["issuer"] == contoso.entra.issuer(contoso.tenant)
        assert key["kid"] == key["x5t"]


def kids(entra: Entra, tenant: Tenant) -> list[str]:
    return [key["kid"] for key in httpx.get(entra.jwks_url(tenant)).json()["keys"]]


def test_rotation_adds_a_key_and_withdrawal_leaves_it_alone() -> None:
    with Entra(cloud="public") as entra, loopback(entra):
        tenant = entra.tenant("contoso")
        api = tenant.register("api")
        before = kids(entra, tenant)
        old = entra.mint(api)
        new = entra.rotate_keys()
        assert kids(entra, tenant) == [new.kid, *before]
        assert jwt.get_unverified_header(entra.mint(api))["kid"] == new.kid
        newest = entra.rotate_keys(withdraw=True)
        assert kids(entra, tenant) == [newest.kid]
        assert jwt.get_unverified_header(old)["kid"] not in kids(entra, tenant)


def test_pyjwt_finds_the_key_of_a_token(contoso: Contoso) -> None:
    token = contoso.entra.mint(contoso.api, user=contoso.ana, scopes=["Orders.Read"])
    key = jwt.PyJWKClient(contoso.entra.jwks_url(contoso.tenant), timeout=5).get_signing_key_from_jwt(token)
    claims = jwt.decode(token, key, algorithms=["RS256"], audience=contoso.api.app_id)
    assert claims["scp"] == "Orders.Read"


# Instance discovery and user realm


def test_an_unknown_instance_is_refused(contoso: Contoso) -> None:
    where = "https://login.evil.example/x/oauth2/v2.0/authorize"
    url = f"{contoso.entra.base}/common/discovery/instance"
    response = httpx.get(url, params={"authorization_endpoint": where, "api-version": "1.1"})
    assert (response.status_code, response.json()["error"]) == (400, "invalid_instance")


def test_a_known_instance_names_its_aliases(contoso: Contoso) -> None:
    where = "https://login.microsoftonline.com/common/oauth2/v2.0/authorize"
    url = f"{contoso.entra.base}/common/discovery/instance"
    body = httpx.get(url, params={"authorization_endpoint": where, "api-version": "1.1"}).json()
    assert body["tenant_discovery_endpoint"].startswith("https://login.microsoftonline.com/common/v2.0/")
    assert "login.windows.net" in body["metadata"][0]["aliases"]


def test_the_realm_of_a_stranger_is_unknown(contoso: Contoso) -> None:
    base = f"{contoso.entra.base}/common/userrealm"
    assert httpx.get(f"{base}/eve@nowhere.example").json()["account_type"] == "Unknown"
    assert httpx.get(f"{base}/{contoso.ana.upn}").json()["account_type"] == "Managed"
