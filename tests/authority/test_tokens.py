"""Tokens say what Entra's say: the members of app-only, delegated, v1.0 and ID tokens, and where each comes from."""

from __future__ import annotations

from typing import Any

import pytest

from tests.authority.conftest import Contoso, claims_of
from tests.authority.test_refusals import client_credentials
from ztcheck.authority.directory import GRAPH
from ztcheck.authority.keys import peek
from ztcheck.authority.variants import many_groups

CAPTURED = "aio aud azp azpacr exp iat iss nbf oid rh sub tid uti ver xms_ftd"
"""Claims of a real app-only v2.0 token (capture of 2026-09-08)."""


def test_an_app_only_token_has_the_captured_members_and_no_others(contoso: Contoso) -> None:
    response = client_credentials(contoso)
    assert set(response.json()) == {"token_type", "expires_in", "ext_expires_in", "access_token"}
    header, claims = peek(response.json()["access_token"])
    assert set(header) == {"alg", "typ", "kid"}
    assert sorted(claims) == CAPTURED.split()
    principal = contoso.tenant.service_principal_id(contoso.web)
    assert claims["oid"] == claims["sub"] == principal
    assert (claims["aud"], claims["azp"], claims["azpacr"], claims["ver"]) == (
        contoso.api.app_id,
        contoso.web.app_id,
        "1",
        "2.0",
    )
    assert claims["iss"] == f"https://login.microsoftonline.com/{contoso.tenant.id}/v2.0"
    assert claims["exp"] - claims["iat"] == 3599 + 300


def test_a_role_that_is_not_assigned_is_not_in_the_token(contoso: Contoso) -> None:
    assert "roles" not in claims_of(client_credentials(contoso))
    contoso.tenant.assign(contoso.web, contoso.api, "Orders.Process.All")
    assert claims_of(client_credentials(contoso))["roles"] == ["Orders.Process.All"]
    contoso.api.app_roles[0].enabled = False
    assert "roles" not in claims_of(client_credentials(contoso))


def test_an_unknown_role_cannot_be_assigned(contoso: Contoso) -> None:
    with pytest.raises(KeyError, match="Nope"):
        contoso.tenant.assign(contoso.web, contoso.api, "Nope")


def test_a_delegated_token_names_the_user_and_only_the_granted_scopes(contoso: Contoso) -> None:
    claims = claims_of(contoso.redeem(contoso.code()))
    assert (claims["oid"], claims["scp"]) == (contoso.ana.id, "Orders.Read")
    assert claims["preferred_username"] == contoso.ana.upn
    assert set(claims) == {*CAPTURED.split(), "name", "preferred_username", "scp", "sid"}


def test_a_users_roles_come_from_the_user_and_the_users_groups(contoso: Contoso) -> None:
    api, tenant = contoso.api, contoso.tenant
    group = tenant.group("processors")
    contoso.ana.groups.append(group)
    assert "roles" not in claims_of(contoso.redeem(contoso.code()))
    tenant.assign(group, api, "Orders.Process.All")
    assert claims_of(contoso.redeem(contoso.code()))["roles"] == ["Orders.Process.All"]


def test_the_subject_differs_from_app_to_app_and_never_within_one(contoso: Contoso) -> None:
    other = contoso.tenant.register("other", identifier_uri=f"https://other.{contoso.tenant.name}.com", scopes=["A"])

    def mint(api: Any) -> dict[str, Any]:
        return peek(contoso.entra.mint(api, user=contoso.ana, scopes=["A"]))[1]

    assert mint(contoso.api)["sub"] == mint(contoso.api)["sub"] != mint(other)["sub"]
    assert mint(contoso.api)["oid"] == mint(other)["oid"]


def test_every_token_has_an_identifier_of_its_own(contoso: Contoso) -> None:
    values = {peek(contoso.entra.mint(contoso.api))[1]["uti"] for _ in range(20)}
    assert len(values) == 20


def test_a_v1_token_has_the_v1_members(contoso: Contoso) -> None:
    contoso.api.token_version = 1
    header, claims = peek(contoso.redeem(contoso.code()).json()["access_token"])
    assert header["x5t"] == header["kid"]
    assert claims["iss"] == f"https://sts.windows.net/{contoso.tenant.id}/"
    assert claims["aud"] == contoso.api.identifier_uris[0]
    assert (claims["appid"], claims["appidacr"], claims["ver"]) == (contoso.web.app_id, "1", "1.0")
    assert {"acr", "amr", "upn", "unique_name", "family_name", "given_name", "ipaddr"} <= set(claims)
    assert not {"azp", "azpacr", "preferred_username"} & set(claims)


def test_the_version_is_the_apis_choice_not_the_endpoints(contoso: Contoso) -> None:
    answer = contoso.post(
        "oauth2/token",
        grant_type="client_credentials",
        client_id=contoso.web.app_id,
        client_secret=contoso.secret,
        resource=contoso.api.identifier_uris[0],
    ).json()
    assert peek(answer["access_token"])[1]["ver"] == "2.0"
    assert isinstance(answer["expires_in"], str)
    assert int(answer["expires_on"]) > int(answer["not_before"])


def test_microsoft_graph_tokens_are_v1(contoso: Contoso) -> None:
    claims = claims_of(client_credentials(contoso, scope="https://graph.microsoft.com/.default"))
    assert (claims["aud"], claims["ver"]) == ("https://graph.microsoft.com", "1.0")
    assert contoso.entra.microsoft[GRAPH].token_version == 1


@pytest.mark.parametrize("kind", ["None", "SecurityGroup", "ApplicationGroup", "All"])
def test_groups_follow_the_registrations_choice(contoso: Contoso, kind: Any) -> None:
    tenant = contoso.tenant
    security, unified, assigned = tenant.group("security"), tenant.group("team", unified=True), tenant.group("assigned")
    contoso.ana.groups = [security, unified, assigned]
    tenant.assign(assigned, contoso.api)
    contoso.api.group_claims = kind
    expected = {
        "None": None,
        "SecurityGroup": [security.id, assigned.id],
        "ApplicationGroup": [assigned.id],
        "All": [security.id, unified.id, assigned.id],
    }
    claims = peek(contoso.entra.mint(contoso.api, user=contoso.ana))[1]
    assert claims.get("groups") == expected[kind]
    assert ("wids" in claims) is (kind == "All")


def test_more_than_200_groups_are_overage(contoso: Contoso) -> None:
    contoso.api.group_claims = "SecurityGroup"
    contoso.ana.groups = many_groups(contoso.tenant, 200)
    assert len(peek(contoso.entra.mint(contoso.api, user=contoso.ana))[1]["groups"]) == 200
    contoso.ana.groups = many_groups(contoso.tenant, 201)
    claims = peek(contoso.entra.mint(contoso.api, user=contoso.ana))[1]
    assert "groups" not in claims
    assert claims["_claim_names"] == {"groups": "src1"}
    assert contoso.ana.id in claims["_claim_sources"]["src1"]["endpoint"]


def test_idtyp_is_there_only_when_asked_for(contoso: Contoso) -> None:
    mint = contoso.entra.mint
    assert "idtyp" not in peek(mint(contoso.api))[1]
    contoso.api.optional_claims = {"idtyp": ()}
    assert peek(mint(contoso.api))[1]["idtyp"] == "app"
    assert "idtyp" not in peek(mint(contoso.api, user=contoso.ana))[1]
    contoso.api.optional_claims = {"idtyp": ("include_user_token",)}
    assert peek(mint(contoso.api, user=contoso.ana))[1]["idtyp"] == "user"


def test_a_guest_is_marked_by_the_home_tenant(contoso: Contoso) -> None:
    home = contoso.entra.tenant("fabrikam")
    guest = contoso.tenant.user("eve", guest_of=home)
    contoso.api.optional_claims = {"acct": ()}
    claims = peek(contoso.entra.mint(contoso.api, user=guest))[1]
    assert claims["idp"] == f"https://sts.windows.net/{home.id}/"
    assert (claims["tid"], claims["acct"]) == (contoso.tenant.id, 1)


def test_an_id_token_is_for_the_client_and_answers_the_nonce(contoso: Contoso) -> None:
    contoso.tenant.assign(contoso.ana, contoso.api, "Orders.Process.All")
    claims = claims_of(contoso.redeem(contoso.code(nonce="once")), "id_token")
    assert (claims["aud"], claims["nonce"], claims["ver"]) == (contoso.web.app_id, "once", "2.0")
    assert {"oid", "tid", "name", "preferred_username", "sub", "sid"} <= set(claims)
    assert not {"scp", "azp", "roles", "email"} & set(claims)


def test_without_the_profile_scope_the_id_token_says_little(contoso: Contoso) -> None:
    back = contoso.entra.sign_in(contoso.authorize_url(scope="openid", response_type="id_token"), contoso.ana)
    claims = peek(back["id_token"])[1]
    assert not {"oid", "name", "preferred_username"} & set(claims)
    assert claims["sub"]


def test_a_refresh_token_is_not_a_jwt_and_comes_only_with_offline_access(contoso: Contoso) -> None:
    assert "refresh_token" not in contoso.redeem(contoso.code(scope=f"openid {contoso.scope}")).json()
    assert contoso.redeem(contoso.code()).json()["refresh_token"].count(".") == 1
