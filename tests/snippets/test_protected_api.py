"""The API made of all pieces refuses at the first question whose answer is no."""

import pytest
from fastapi.testclient import TestClient

from object_access import Order
from protected_api import create_app
from tests.snippets.issuer import ABSENT, API, PARTNER, PUBLIC, STRANGER, TENANT, USER

COLLEAGUE = "77777777-1111-4222-8333-444444444444"
ORDERS = {"17": Order("17", TENANT, USER), "18": Order("18", TENANT, COLLEAGUE), "19": Order("19", PARTNER, USER)}


class Store:
    def find(self, tenant_id: str, order_id: str) -> Order | None:
        order = ORDERS.get(order_id)
        return order if order and order.tenant_id == tenant_id else None


@pytest.fixture
def client():
    return TestClient(create_app(API, {TENANT, PARTNER}, Store()))


def headers(token: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {token}"}


REFUSED = {
    "no-token": ("GET", "/orders/17", None, 401),
    "another-api": ("GET", "/orders/17", {"aud": STRANGER}, 401),
    "another-tenant": ("GET", "/orders/17", {"iss": f"{PUBLIC}/{STRANGER}/v2.0", "tid": STRANGER}, 401),
    "expired": ("GET", "/orders/17", {"exp": lambda now: now - 120}, 401),
    "no-scope": ("GET", "/orders/17", {"scp": "profile"}, 403),
    "role-of-the-same-name": ("GET", "/orders/17", {"scp": "profile", "roles": ["Orders.Read"]}, 403),
    "colleague's-order": ("GET", "/orders/18", {}, 404),
    "other-tenant's-order": ("GET", "/orders/19", {}, 404),
    "no-such-order": ("GET", "/orders/99", {}, 404),
    "user-processes": ("POST", "/orders/process", {}, 403),
    "user-with-the-app-role-processes": ("POST", "/orders/process", {"roles": ["Orders.Process.All"]}, 403),
    "documents": ("GET", "/docs", None, 401),
    "schema": ("GET", "/openapi.json", None, 401),
}


@pytest.mark.parametrize("name", REFUSED)
def test_refuses(name, client, signing_key):
    method, path, changes, status = REFUSED[name]
    sent = {} if changes is None else headers(signing_key.token(changes))
    assert client.request(method, path, headers=sent).status_code == status


@pytest.mark.parametrize(
    ("method", "path", "changes"),
    [
        ("GET", "/orders/17", {}),
        ("POST", "/orders/process", {"roles": ["Orders.Read.All"]}),
        ("POST", "/orders/process", {"roles": ABSENT}),
    ],
    ids=["daemon-reads", "daemon-with-another-role", "daemon-without-role"],
)
def test_refuses_the_daemon(method, path, changes, client, signing_key):
    answer = client.request(method, path, headers=headers(signing_key.app_token(changes)))
    assert answer.status_code in (401, 403)


def test_refuses_the_request_above_the_rate(client, signing_key):
    token = headers(signing_key.token())
    answers = (client.get("/orders/17", headers=token) for _ in range(200))
    refused = next(answer for answer in answers if answer.status_code != 200)
    assert refused.status_code == 429
    assert refused.headers["Retry-After"] == "1"


def test_answers_the_user_and_the_daemon(client, signing_key):
    assert client.get("/orders/17", headers=headers(signing_key.token())).json() == {"id": "17"}
    answer = client.post("/orders/process", headers=headers(signing_key.app_token()))
    assert answer.json() == {"processed": TENANT}


def test_answers_the_health_check_without_token_or_limit(client):
    assert {client.get("/health").status_code for _ in range(50)} == {200}
