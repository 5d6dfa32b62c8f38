"""The app is the managed identity that was named, and nobody that lies about in its environment."""

import jwt
import pytest
from azure.core.exceptions import AzureError

from managed_identity import orders_api as api_of
from tests.snippets.apis import OrdersApi
from ztcheck.authority import Entra, Registration

API = "https://orders.contoso.com"


@pytest.fixture
def identity(entra: Entra) -> Registration:
    contoso = entra.tenant("contoso")
    api = contoso.register("orders-api", identifier_uri=API, app_roles=["Orders.Process.All"])
    identity = entra.identity.assign(contoso, "orders-daemon", user_assigned=True)
    contoso.assign(identity, api, "Orders.Process.All")
    return identity


def claims_sent_to(api: OrdersApi) -> list[dict[str, object]]:
    return [jwt.decode(token, options={"verify_signature": False}) for token in api.tokens]


def test_calls_the_api_as_the_named_identity(identity, orders_api):
    api_of(identity.app_id).request("POST", "/orders/process")
    (claims,) = claims_sent_to(orders_api)
    assert (claims["azp"], claims["roles"]) == (identity.app_id, ["Orders.Process.All"])


def test_works_the_same_on_app_service(identity, orders_api, entra, monkeypatch):
    for name, value in entra.identity.app_service().items():
        monkeypatch.setenv(name, value)
    api_of(identity.app_id).request("POST", "/orders/process")
    assert claims_sent_to(orders_api)[0]["azp"] == identity.app_id
    assert entra.log.find("/msi/token")


def test_reuses_the_token(identity, orders_api, entra):
    api = api_of(identity.app_id)
    for _ in range(3):
        api.request("GET", "/orders")
    assert len(set(orders_api.tokens)) == 1
    assert len(entra.log.find("/metadata/identity/oauth2/token")) == 1


LYING_ABOUT = {
    "client-secret": {"AZURE_CLIENT_SECRET": "local~secret"},
    "certificate": {"AZURE_CLIENT_CERTIFICATE_PATH": "/tmp/orders.pem"},  # noqa: S108
    "user-and-password": {"AZURE_USERNAME": "svc@contoso.example", "AZURE_PASSWORD": "correct horse"},
}


@pytest.mark.parametrize("name", LYING_ABOUT)
def test_refuses_to_be_who_the_environment_says(name, identity, orders_api, entra, monkeypatch):
    other = entra.tenant("contoso").register("forgotten-app", secret="local~secret")
    found = {"AZURE_TENANT_ID": entra.tenant("contoso").id, "AZURE_CLIENT_ID": other.app_id} | LYING_ABOUT[name]
    for key, value in found.items():
        monkeypatch.setenv(key, value)
    api_of(identity.app_id).request("GET", "/orders")
    assert claims_sent_to(orders_api)[0]["azp"] == identity.app_id
    assert entra.log.find("*/oauth2/v2.0/token") == []


def test_refuses_to_take_another_identity_of_the_machine(identity, orders_api, entra):
    other = entra.identity.assign(entra.tenant("contoso"), "shared-vm")
    assert other.app_id != identity.app_id
    with pytest.raises(AzureError):
        api_of("99999999-0000-4000-8000-000000000000").request("GET", "/orders")
    assert orders_api.received == []


@pytest.mark.parametrize("name", ["", "orders-daemon", "system", "AZURE_CLIENT_ID", "../x"])
def test_refuses_an_identity_that_is_not_named_by_its_id(name):
    with pytest.raises(ValueError, match="client ID"):
        api_of(name)


def test_refuses_to_call_without_a_token(identity, orders_api, entra):
    entra.faults.add("/metadata/identity/oauth2/token", status=400, body={"error": "invalid_request"}, times=None)
    with pytest.raises(AzureError):
        api_of(identity.app_id).request("GET", "/orders")
    assert orders_api.received == []


def test_refuses_to_send_the_token_elsewhere(identity, orders_api):
    with pytest.raises(ValueError, match="slash"):
        api_of(identity.app_id).request("GET", "https://stranger.example/")
    assert orders_api.received == []
