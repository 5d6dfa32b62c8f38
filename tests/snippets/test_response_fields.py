"""A caller sees only the fields of its scope and can set only the fields that are meant to be set."""

from decimal import Decimal
from types import SimpleNamespace

import pytest
from pydantic import ValidationError

from response_fields import changes, visible
from tests.snippets.issuer import APP_ONLY, DELEGATED, changed

ORDER = SimpleNamespace(
    id="1", status="open", total=Decimal("9.50"), customer_name="Adele", delivery_address="1 Main St", cost=Decimal(3)
)
FULL = "Orders.Read.All"


@pytest.mark.parametrize(
    "claims",
    [
        changed(DELEGATED, {"scp": "Orders.Read"}),
        changed(DELEGATED, {"scp": "Orders.Read.Alle"}),
        changed(DELEGATED, {"scp": "Orders.Read", "roles": [FULL]}),
        changed(APP_ONLY, {"roles": [FULL]}),
    ],
    ids=["lesser-scope", "longer-scope", "role-of-the-same-name", "app-role-of-the-same-name"],
)
def test_refuses_to_show_personal_data(claims):
    assert visible(ORDER, claims).model_dump() == {"id": "1", "status": "open", "total": Decimal("9.50")}


def test_shows_personal_data_to_the_full_scope_and_internal_fields_to_nobody():
    shown = visible(ORDER, changed(DELEGATED, {"scp": f"Orders.Read {FULL}"})).model_dump()
    assert set(shown) == {"id", "status", "total", "customer_name", "delivery_address"}


@pytest.mark.parametrize(
    "body",
    [
        b'{"owner_id": "me"}',
        b'{"total": 0}',
        b'{"status": "paid"}',
        b'{"quantity": 2, "tenant_id": "x"}',
        b'{"note": "x", "__class__": "y"}',
        b'{"Quantity": 2}',
        b'{"quantity": "2"}',
        b'{"quantity": true}',
        b'{"quantity": 2.5}',
        b'{"quantity": 0}',
        b'{"quantity": -1}',
        b'{"quantity": 1001}',
        b'{"note": 5}',
        b'{"note": "' + b"x" * 501 + b'"}',
        b"[]",
        b"null",
        b"not json",
        b"",
        b"[" * 10_000,
    ],
    ids=lambda body: body[:40].decode() or "empty",
)
def test_refuses_the_input(body):
    with pytest.raises(ValidationError):
        changes(body)


def test_passes_only_what_was_sent():
    assert changes(b'{"note": "ring twice"}') == {"note": "ring twice"}
    assert changes(b"{}") == {}
