"""Real clients over TLS: MSAL and azure-identity get their tokens, and are refused, as they would be in production."""

from __future__ import annotations

import threading
import urllib.parse
import warnings
import webbrowser
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import azure.identity
import httpx
import msal
import pytest
import requests
from azure.core.exceptions import ClientAuthenticationError
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.serialization import pkcs12

from tests.authority.conftest import WEB, Contoso
from ztcheck.authority import SigningKey
from ztcheck.authority.keys import peek, process_key, thumbprints, unb64url


def confidential(contoso: Contoso, credential: Any = None, **more: Any) -> msal.ConfidentialClientApplication:
    return msal.ConfidentialClientApplication(
        contoso.web.app_id, client_credential=credential or contoso.secret, authority=contoso.authority, **more
    )


def public(contoso: Contoso, **more: Any) -> msal.PublicClientApplication:
    app = contoso.tenant.register("cli", allow_public_client=True, public_redirect_uris=["http://localhost"])
    return msal.PublicClientApplication(app.app_id, authority=contoso.authority, **more)


@pytest.fixture
def certificate() -> SigningKey:
    return process_key(50)


# Client credentials


def test_msal_refuses_to_go_on_with_a_wrong_secret(contoso: Contoso) -> None:
    answer = confidential(contoso, "wrong").acquire_token_for_client([contoso.default])
    assert (answer["error"], answer["error_codes"]) == ("invalid_client", [7000215])


def test_msal_gets_an_app_only_token_once_and_then_from_its_cache(contoso: Contoso) -> None:
    contoso.tenant.assign(contoso.web, contoso.api, "Orders.Process.All")
    app = confidential(contoso)
    first = app.acquire_token_for_client([contoso.default])
    claims = peek(first["access_token"])[1]
    assert (claims["aud"], claims["roles"]) == (contoso.api.app_id, ["Orders.Process.All"])
    assert "scp" not in claims
    assert app.acquire_token_for_client([contoso.default])["token_source"] == "cache"
    assert len(contoso.entra.log.find("*/oauth2/v2.0/token")) == 1


@pytest.mark.parametrize("form", ["x5t", "x5t and x5c", "x5t#S256", "pfx"])
def test_msal_proves_itself_with_a_certificate(
    contoso: Contoso, certificate: SigningKey, form: str, tmp_path: Path
) -> None:
    contoso.web.add_certificate(certificate.certificate_pem)
    sha1 = unb64url(thumbprints(certificate.certificate_pem)[0]).hex()
    pfx = tmp_path / "client.pfx"
    pfx.write_bytes(
        pkcs12.serialize_key_and_certificates(
            b"client", certificate.private, certificate.certificate, None, serialization.BestAvailableEncryption(b"p")
        )
    )
    credential: dict[str, dict[str, Any]] = {
        "x5t": {"private_key": certificate.pem, "thumbprint": sha1},
        "x5t and x5c": {
            "private_key": certificate.pem,
            "thumbprint": sha1,
            "public_certificate": certificate.certificate_pem,
        },
        "x5t#S256": {"private_key": certificate.pem, "public_certificate": certificate.certificate_pem},
        "pfx": {"private_key_pfx_path": str(pfx), "passphrase": "p"},
    }
    answer = confidential(contoso, credential[form]).acquire_token_for_client([contoso.default])
    assert peek(answer["access_token"])[1]["azpacr"] == "2"
    sent = contoso.entra.log.find("*/token")[-1].request.form["client_assertion"]
    shown = {str(peek(sent)[0].get(name)).rstrip("=") for name in ("x5t", "x5t#S256")}
    assert shown & set(thumbprints(certificate.certificate_pem))


def test_msal_with_a_certificate_that_was_removed_is_refused(contoso: Contoso, certificate: SigningKey) -> None:
    contoso.web.add_certificate(certificate.certificate_pem)
    credential = {"private_key": certificate.pem, "public_certificate": certificate.certificate_pem}
    app = confidential(contoso, credential)
    assert "access_token" in app.acquire_token_for_client([contoso.default])
    contoso.web.certificates.clear()
    contoso.web.add_secret()
    answer = app.acquire_token_for_client(["https://graph.microsoft.com/.default"])
    assert answer["error_codes"] == [700027]


def test_msal_proves_itself_with_a_workflow_token(contoso: Contoso) -> None:
    workflow = contoso.entra.workflow
    contoso.web.trust(workflow.issuer, "repo:contoso/orders:environment:production")
    asked: list[int] = []

    def assertion() -> str:
        asked.append(1)
        return workflow.token(environment="production")

    app = confidential(contoso, {"client_assertion": assertion})
    assert "access_token" in app.acquire_token_for_client([contoso.default])
    assert app.acquire_token_for_client([contoso.default])["token_source"] == "cache"
    assert len(asked) == 1


def test_a_managed_identity_serves_as_federated_credential(contoso: Contoso) -> None:
    identity = contoso.entra.identity.assign(contoso.tenant, f"{contoso.tenant.name}-vm", user_assigned=True)
    contoso.web.trust(contoso.entra.issuer(contoso.tenant), contoso.tenant.service_principal_id(identity))
    machine = msal.ManagedIdentityClient(
        msal.UserAssignedManagedIdentity(client_id=identity.app_id), http_client=requests.Session()
    )

    def assertion() -> str:
        return str(machine.acquire_token_for_client(resource="api://AzureADTokenExchange")["access_token"])

    answer = confidential(contoso, {"client_assertion": assertion}).acquire_token_for_client([contoso.default])
    assert peek(answer["access_token"])[1]["azp"] == contoso.web.app_id


# Authorization code


def flow_of(app: Any, contoso: Contoso, **more: Any) -> dict[str, Any]:
    flow: dict[str, Any] = app.initiate_auth_code_flow(
        [contoso.scope], redirect_uri=WEB, response_mode="form_post", **more
    )
    return flow


def back_from(contoso: Contoso, flow: dict[str, Any], **more: Any) -> dict[str, str]:
    back = contoso.entra.sign_in(flow["auth_uri"], contoso.ana, **more)
    assert back.pop("redirect_uri") == WEB
    return back


def test_msal_refuses_an_answer_with_another_state(contoso: Contoso) -> None:
    app = confidential(contoso)
    flow = flow_of(app, contoso)
    with pytest.raises(ValueError, match="state mismatch"):
        app.acquire_token_by_auth_code_flow(flow, back_from(contoso, flow) | {"state": "other"})


def test_msal_signs_a_user_in_with_code_and_pkce(contoso: Contoso) -> None:
    app = confidential(contoso)
    flow = flow_of(app, contoso)
    answer = app.acquire_token_by_auth_code_flow(flow, back_from(contoso, flow))
    assert answer["id_token_claims"]["aud"] == contoso.web.app_id
    assert answer["scope"].split() == [contoso.scope, "openid", "profile"]
    account = app.get_accounts()[0]
    assert account["home_account_id"] == f"{contoso.ana.id}.{contoso.tenant.id}"
    assert app.acquire_token_silent([contoso.scope], account)["token_source"] == "cache"


GRAPH = "https://graph.microsoft.com"


@pytest.mark.parametrize(
    ("asked", "named"),
    [
        ("User.Read", ["User.Read"]),
        (f"{GRAPH}/User.Read", [f"{GRAPH}/User.Read"]),
        (f"{GRAPH}/.default", [f"{GRAPH}/User.Read", f"{GRAPH}/.default"]),
    ],
    ids=["short", "whole", "default"],
)
def test_the_answer_spells_scopes_of_microsoft_graph_as_the_request_did(
    contoso: Contoso, asked: str, named: list[str]
) -> None:
    contoso.tenant.consent(contoso.web, contoso.entra.api(GRAPH), "User.Read")
    answer = contoso.redeem(contoso.code(scope=f"openid {asked}")).json()
    assert answer["scope"].split() == [*named, "openid"]
    assert peek(answer["access_token"])[1]["scp"].split() == ["User.Read", "openid"]


@pytest.mark.parametrize(
    "scope", ["User.Read", f"{GRAPH}/User.Read", f"{GRAPH}/.default"], ids=["short", "whole", "default"]
)
def test_msal_finds_again_in_its_cache_what_it_was_given(contoso: Contoso, scope: str) -> None:
    contoso.tenant.consent(contoso.web, contoso.entra.api(GRAPH), "User.Read")
    app = confidential(contoso)
    flow = app.initiate_auth_code_flow([scope], redirect_uri=WEB, response_mode="form_post")
    app.acquire_token_by_auth_code_flow(flow, back_from(contoso, flow))
    assert app.acquire_token_silent([scope], app.get_accounts()[0])["token_source"] == "cache"


def test_msal_uses_and_replaces_its_refresh_token(contoso: Contoso) -> None:
    app = confidential(contoso)
    flow = flow_of(app, contoso)
    first = app.acquire_token_by_auth_code_flow(flow, back_from(contoso, flow))
    account = app.get_accounts()[0]
    second = app.acquire_token_silent([contoso.scope], account, force_refresh=True)
    assert second["access_token"] != first["access_token"]
    kept = list(app.token_cache.search(msal.TokenCache.CredentialType.REFRESH_TOKEN))
    assert [each["secret"] for each in kept] != [first["refresh_token"]]
    assert contoso.refresh(first["refresh_token"]).status == 200, "Entra leaves the earlier one valid"


def test_after_revocation_msal_has_to_ask_the_user_again(contoso: Contoso) -> None:
    app = confidential(contoso)
    flow = flow_of(app, contoso)
    app.acquire_token_by_auth_code_flow(flow, back_from(contoso, flow))
    contoso.entra.skew = 5
    contoso.entra.revoke_sessions(contoso.ana)
    account = app.get_accounts()[0]
    answer = app.acquire_token_silent_with_error([contoso.scope], account, force_refresh=True)
    assert (answer["error"], answer["error_codes"]) == ("invalid_grant", [50173])


def test_msal_signs_in_at_common_and_organizations(contoso: Contoso) -> None:
    contoso.web.audience = "AzureADMultipleOrgs"
    for word in ("common", "organizations"):
        app = msal.ConfidentialClientApplication(
            contoso.web.app_id, client_credential=contoso.secret, authority=contoso.entra.authority(word)
        )
        flow = flow_of(app, contoso)
        answer = app.acquire_token_by_auth_code_flow(flow, back_from(contoso, flow))
        assert answer["id_token_claims"]["iss"] == contoso.entra.issuer(contoso.tenant)


def test_a_personal_account_signs_in_only_where_the_app_takes_one(contoso: Contoso) -> None:
    contoso.web.audience = "AzureADandPersonalMicrosoftAccount"
    contoso.api.audience = "AzureADandPersonalMicrosoftAccount"
    person = contoso.entra.consumers.user("mallory")
    for word in ("common", "consumers"):
        back = contoso.entra.sign_in(contoso.authorize_url(word, scope="openid profile"), person)
        claims = peek(contoso.redeem(back["code"], word=word).json()["id_token"])[1]
        assert claims["tid"] == "9188040d-6c67-4c5b-b112-36a304b66dad"


class Browser(webbrowser.BaseBrowser):
    """Signs in on a thread and posts the answer to the listener, as a browser would."""

    def __init__(self, contoso: Contoso) -> None:
        super().__init__("scripted")
        self.contoso = contoso

    def open(self, url: str, new: int = 0, autoraise: bool = True) -> bool:
        del new, autoraise

        def go() -> None:
            back = self.contoso.entra.sign_in(url, self.contoso.ana)
            httpx.post(back.pop("redirect_uri"), data=back)

        threading.Thread(target=go).start()
        return True


@pytest.fixture
def browser_of(contoso: Contoso) -> Iterator[None]:
    webbrowser.register("scripted", None, Browser(contoso), preferred=True)
    yield
    webbrowser._tryorder.remove("scripted")  # type: ignore[attr-defined]


@pytest.mark.usefixtures("browser_of")
def test_msal_signs_in_through_the_system_browser(contoso: Contoso) -> None:
    answer = public(contoso).acquire_token_interactive([contoso.scope], timeout=20)
    assert peek(answer["access_token"])[1]["azpacr"] == "0"


# Device code, on behalf of, password


def test_msal_waits_for_the_device_code(contoso: Contoso) -> None:
    contoso.entra.device_interval = 1
    app = public(contoso)
    flow = app.initiate_device_flow([contoso.scope])
    assert flow["verification_uri"] == "https://login.microsoft.com/device"
    flow["expires_at"] = 0
    assert app.acquire_token_by_device_flow(flow)["error"] == "authorization_pending"
    flow = app.initiate_device_flow([contoso.scope])
    contoso.entra.approve_device(flow["user_code"], contoso.ana)
    assert "access_token" in app.acquire_token_by_device_flow(flow)


def test_msal_exchanges_a_users_token_on_behalf_of_them(contoso: Contoso) -> None:
    secret = contoso.api.add_secret()
    uri = f"https://shipping.{contoso.tenant.name}.com"
    shipping = contoso.tenant.register("shipping", identifier_uri=uri, scopes=["Ship.Read"])
    contoso.tenant.consent(contoso.api, shipping, "Ship.Read")
    middle = msal.ConfidentialClientApplication(
        contoso.api.app_id, client_credential=secret, authority=contoso.authority
    )
    token = contoso.entra.mint(contoso.api, user=contoso.ana, client=contoso.web, scopes=["Orders.Read"])
    answer = middle.acquire_token_on_behalf_of(token, [f"{uri}/Ship.Read"])
    claims = peek(answer["access_token"])[1]
    assert (claims["aud"], claims["oid"], claims["azp"], claims["scp"]) == (
        shipping.app_id,
        contoso.ana.id,
        contoso.api.app_id,
        "Ship.Read",
    )


def test_msal_asks_for_the_users_realm_before_a_password(contoso: Contoso) -> None:
    app = public(contoso)
    contoso.tenant.consent(contoso.tenant.registrations[app.client_id], contoso.api, "Orders.Read")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)
        answer = app.acquire_token_by_username_password(contoso.ana.upn, contoso.ana.password, [contoso.scope])
    assert "access_token" in answer
    assert len(contoso.entra.log.find("/common/userrealm/*")) == 1


# azure-identity


def test_azure_identity_refuses_a_wrong_secret(contoso: Contoso) -> None:
    credential = azure.identity.ClientSecretCredential(contoso.tenant.id, contoso.web.app_id, "wrong")
    with pytest.raises(ClientAuthenticationError, match="AADSTS7000215"):
        credential.get_token(contoso.default)


def test_azure_identity_uses_secret_certificate_and_workload_identity(
    contoso: Contoso, certificate: SigningKey, tmp_path: Path
) -> None:
    tenant, client = contoso.tenant.id, contoso.web.app_id
    contoso.web.add_certificate(certificate.certificate_pem)
    contoso.web.trust(contoso.entra.workflow.issuer, "repo:contoso/orders:ref:refs/heads/main")
    token_file = tmp_path / "token"
    token_file.write_text(contoso.entra.workflow.token())
    pem = (certificate.pem + certificate.certificate_pem).encode()
    for credential in (
        azure.identity.ClientSecretCredential(tenant, client, contoso.secret),
        azure.identity.CertificateCredential(tenant, client, certificate_data=pem),
        azure.identity.WorkloadIdentityCredential(tenant_id=tenant, client_id=client, token_file_path=str(token_file)),
    ):
        token = credential.get_token(contoso.default).token
        assert peek(token)[1]["azp"] == client


def test_azure_identity_acts_on_behalf_of_the_user(contoso: Contoso) -> None:
    secret = contoso.api.add_secret()
    uri = f"https://shipping.{contoso.tenant.name}.com"
    shipping = contoso.tenant.register("shipping", identifier_uri=uri, scopes=["Ship.Read"])
    contoso.tenant.consent(contoso.api, shipping, "Ship.Read")
    credential = azure.identity.OnBehalfOfCredential(
        contoso.tenant.id,
        contoso.api.app_id,
        client_secret=secret,
        user_assertion=contoso.entra.mint(contoso.api, user=contoso.ana, client=contoso.web, scopes=["Orders.Read"]),
    )
    assert peek(credential.get_token(f"{uri}/Ship.Read").token)[1]["aud"] == shipping.app_id


# Logout


def test_sign_out_ends_the_browsers_session_and_sends_it_back_only_to_a_registered_address(contoso: Contoso) -> None:
    jar: dict[str, str] = {}
    contoso.entra.sign_in(contoso.authorize_url(), contoso.ana, cookies=jar)
    where = f"{contoso.authority}/oauth2/v2.0/logout?post_logout_redirect_uri="
    away = httpx.get(where + urllib.parse.quote("https://evil.example/"))
    assert away.status_code == 200
    cookie = "; ".join(f"{name}={value}" for name, value in jar.items())
    back = httpx.get(where + urllib.parse.quote(WEB), headers={"Cookie": cookie})
    assert (back.status_code, back.headers["Location"]) == (302, WEB)
    silent = contoso.entra.sign_in(contoso.authorize_url(prompt="none"), contoso.ana, cookies=jar)
    assert silent["error"] == "login_required"
