import pytest
from fastapi.testclient import TestClient
from orders_api import create_app

pytest_plugins = ["ztcheck.authority.pytest_plugin"]


@pytest.fixture
def client(entra, tenant, app_registration, monkeypatch):
    monkeypatch.setenv("SSL_CERT_FILE", str(entra.ca_file))
    return TestClient(create_app(tenant=tenant.id, audience=app_registration.app_id, authority_host=entra.base))
