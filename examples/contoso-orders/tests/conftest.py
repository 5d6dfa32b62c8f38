import sys
from dataclasses import dataclass
from pathlib import Path

import pytest
from fastapi.testclient import TestClient

sys.path.insert(0, str(Path(__file__).parents[1] / "api"))
pytest_plugins = ["ztcheck.authority.pytest_plugin"]


@dataclass
class Orders:
    tenant: str

    def order(self, number, visible_to):
        return {"number": number, "tenant": self.tenant} if number == 17 else None

    def change_address(self, number, address, by):
        return {"number": number, "address": address} if number == 17 else None

    def book_shipments(self):
        return 1


@dataclass
class Store:
    tenants: set[str]

    def of_tenant(self, tenant):
        return Orders(tenant)


@pytest.fixture
def client(entra, tenant, app_registration, monkeypatch):
    from main import create_app

    monkeypatch.setenv("SSL_CERT_FILE", str(entra.ca_file))
    return TestClient(create_app(app_registration.app_id, Store({tenant.id}), authority=entra.base))
