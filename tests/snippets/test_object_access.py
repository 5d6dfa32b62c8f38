"""An order is given only to a caller with the scope and a right to this very order, in the caller's own tenant."""

import pytest

from object_access import NEEDED, Order, order_for
from tests.snippets.issuer import ABSENT, APP_ONLY, DELEGATED, STRANGER, TENANT, USER, changed

COLLEAGUE = "77777777-1111-4222-8333-444444444444"
OURS = Order("1", TENANT, USER)
SHARED = Order("2", TENANT, COLLEAGUE, frozenset({USER}))
COLLEAGUES = Order("3", TENANT, COLLEAGUE)
FOREIGN = Order("4", STRANGER, USER, frozenset({USER}))


class Store:
    """Finds an order by tenant and id, as it should."""

    def find(self, tenant_id: str, order_id: str) -> Order | None:
        return next(
            (o for o in (OURS, SHARED, COLLEAGUES, FOREIGN) if (o.tenant_id, o.id) == (tenant_id, order_id)), None
        )


class CarelessStore:
    """Forgets to look within the tenant."""

    def find(self, tenant_id: str, order_id: str) -> Order | None:  # noqa: ARG002
        return next(o for o in (OURS, SHARED, COLLEAGUES, FOREIGN) if o.id == order_id)


ALL = changed(DELEGATED, {"scp": "Orders.Read Orders.ReadWrite"})


@pytest.mark.parametrize("action", NEEDED)
@pytest.mark.parametrize(
    "order", [COLLEAGUES, FOREIGN, Order("99", TENANT, USER)], ids=["colleague's", "other-tenant's", "none"]
)
def test_refuses(order, action):
    with pytest.raises(LookupError, match=r"^no such order$"):
        order_for(ALL, action, order.id, Store())


@pytest.mark.parametrize("action", ["change", "delete"])
def test_refuses_to_change_a_shared_order(action):
    with pytest.raises(LookupError, match=r"^no such order$"):
        order_for(ALL, action, SHARED.id, Store())


@pytest.mark.parametrize("action", NEEDED)
def test_refuses_another_tenants_order_that_a_careless_store_finds(action):
    with pytest.raises(LookupError, match=r"^no such order$"):
        order_for(ALL, action, FOREIGN.id, CarelessStore())


@pytest.mark.parametrize(
    ("action", "claims"),
    [
        ("read", changed(DELEGATED, {"scp": "Other"})),
        ("change", changed(DELEGATED, {"scp": "Orders.Read"})),
        ("delete", changed(DELEGATED, {"scp": "Orders.Read"})),
        ("read", changed(APP_ONLY, {"oid": USER})),
        ("delete", changed(APP_ONLY, {"oid": USER, "roles": ["Orders.ReadWrite"]})),
    ],
    ids=["read-without-scope", "change-with-read", "delete-with-read", "app-reads", "app-deletes"],
)
def test_refuses_the_users_own_order_without_the_scope(action, claims):
    with pytest.raises(PermissionError):
        order_for(claims, action, OURS.id, Store())


def test_refuses_an_action_that_it_does_not_know():
    with pytest.raises(KeyError):
        order_for(ALL, "approve", OURS.id, Store())


def test_refuses_every_order_to_a_token_without_object_id():
    with pytest.raises(LookupError):
        order_for(changed(DELEGATED, {"oid": ABSENT}), "read", SHARED.id, Store())


@pytest.mark.parametrize("action", NEEDED)
def test_gives_the_owner_the_order(action):
    assert order_for(ALL, action, OURS.id, Store()) == OURS


def test_gives_a_reader_the_shared_order():
    assert order_for(ALL, "read", SHARED.id, Store()) == SHARED
