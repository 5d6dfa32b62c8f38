"""The daemon gets app-only tokens in the tenant it names, once, and never shows its credential."""

import time
from dataclasses import dataclass

import jwt
import pytest

from client_credentials import AppTokens, TokenRefusedError
from tests.snippets.certificates import certificate
from token_errors import OutageError
from ztcheck.authority import Entra, Registration, Tenant

API = "https://orders.contoso.com"


@dataclass
class Daemon:
    entra: Entra
    contoso: Tenant
    api: Registration
    app: Registration
    tokens: AppTokens

    def requests(self) -> int:
        return len(self.entra.log.find("*/token"))


@pytest.fixture
def daemon(entra: Entra) -> Daemon:
    contoso = entra.tenant("contoso")
    api = contoso.register("orders-api", identifier_uri=API, app_roles=["Orders.Process.All"])
    app = contoso.register("orders-daemon", certificate=certificate().public, audience="AzureADMultipleOrgs")
    contoso.assign(app, api, "Orders.Process.All")
    return Daemon(entra, contoso, api, app, AppTokens(app.app_id, certificate().credential))


def claims(token: str) -> dict[str, object]:
    return jwt.decode(token, options={"verify_signature": False})


def test_gets_a_token_with_the_assigned_app_role(daemon):
    token = claims(daemon.tokens.get(daemon.contoso.id, API))
    assert (token["aud"], token["roles"]) == (daemon.api.app_id, ["Orders.Process.All"])
    assert "scp" not in token


def test_reuses_the_token(daemon):
    assert len({daemon.tokens.get(daemon.contoso.id, API) for _ in range(5)}) == 1
    assert daemon.requests() == 1


def test_asks_again_when_the_token_is_over(daemon):
    daemon.entra.lifetime = 100  # MSAL does not hand out a token with less than five minutes left
    assert daemon.tokens.get(daemon.contoso.id, API) != daemon.tokens.get(daemon.contoso.id, API)


@pytest.mark.parametrize("fault", ["throttle", "unavailable", "html", "cut"])
def test_goes_on_with_a_valid_token_while_entra_is_unavailable(fault, daemon, monkeypatch):
    daemon.entra.lifetime = 9000  # to be renewed at half the time
    first = daemon.tokens.get(daemon.contoso.id, API)
    true_time = time.time
    monkeypatch.setattr(time, "time", lambda: true_time() + 5000)
    getattr(daemon.entra.faults, fault)("*/token", times=None)
    assert daemon.tokens.get(daemon.contoso.id, API) == first


def test_refuses_a_page_in_entras_place_as_an_outage(daemon):
    daemon.entra.faults.html("*/token")
    with pytest.raises(OutageError, match="JSONDecodeError"):
        daemon.tokens.get(daemon.contoso.id, API)


def test_keeps_tenants_apart(daemon):
    fabrikam = daemon.entra.tenant("fabrikam")
    fabrikam.installed |= {daemon.app.app_id, daemon.api.app_id}
    daemon.api.audience = "AzureADMultipleOrgs"
    tenants = [daemon.contoso.id, fabrikam.id, daemon.contoso.id]
    assert [claims(daemon.tokens.get(tenant, API))["tid"] for tenant in tenants] == tenants


@pytest.mark.parametrize("tenant", ["common", "organizations", "consumers", "contoso.onmicrosoft.com", "", "../x"])
def test_refuses_to_ask_without_one_tenant(tenant, daemon):
    with pytest.raises(ValueError, match="one tenant"):
        daemon.tokens.get(tenant, API)
    assert len(daemon.entra.log) == 0


def test_refuses_a_secret(daemon):
    with pytest.raises(TypeError, match="not a secret"):
        AppTokens(daemon.app.app_id, "a-client-secret")  # type: ignore[arg-type]


def _wrong_certificate(daemon: Daemon) -> str:
    daemon.tokens = AppTokens(daemon.app.app_id, certificate("other").credential)
    return API


def _blocked(daemon: Daemon) -> str:
    daemon.contoso.require("block", workloads=(daemon.app,))
    return API


def _not_assigned(daemon: Daemon) -> str:
    daemon.api.assignment_required = True
    daemon.contoso.assignments.clear()
    return API


def _disabled(daemon: Daemon) -> str:
    daemon.app.enabled = False
    return API


REFUSED = {
    "wrong-certificate": (_wrong_certificate, "invalid_client"),
    "blocked-by-policy": (_blocked, "access_denied"),
    "not-assigned": (_not_assigned, "invalid_grant"),
    "disabled": (_disabled, "invalid_client"),
    "unknown-api": (lambda _: "https://shipping.contoso.com", "invalid_resource"),
    "delegated-scope": (lambda _: f"{API}/Orders.Read", "invalid_resource"),
}


@pytest.mark.parametrize("name", REFUSED)
def test_says_why_entra_refuses(name, daemon):
    arrange, error = REFUSED[name]
    api = arrange(daemon)
    with pytest.raises(TokenRefusedError) as refused:
        daemon.tokens.get(daemon.contoso.id, api)
    assert refused.value.error == error
    assert len(refused.value.correlation_id) == 36


def test_refuses_to_show_the_credential(daemon):
    """Neither the error's text nor the object's."""
    _wrong_certificate(daemon)
    with pytest.raises(TokenRefusedError) as refused:
        daemon.tokens.get(daemon.contoso.id, API)
    for text in (str(refused.value), repr(refused.value), repr(daemon.tokens)):
        assert "PRIVATE KEY" not in text
        assert "eyJ" not in text
