# /// script
# requires-python = ">=3.11"
# dependencies = []
# ///
"""Checks the scope and then the user's right to one object, in one place that every operation goes through."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Protocol


@dataclass(frozen=True)
class Order:
    """An order belongs to one tenant and one user of it; others read it if it was shared with them."""

    id: str
    tenant_id: str
    owner_id: str
    readers: frozenset[str] = frozenset()


class Orders(Protocol):
    """Your store; it looks for an order within one tenant and nowhere else."""

    def find(self, tenant_id: str, order_id: str) -> Order | None: ...


NEEDED = {
    "read": frozenset({"Orders.Read", "Orders.ReadWrite"}),
    "change": frozenset({"Orders.ReadWrite"}),
    "delete": frozenset({"Orders.ReadWrite"}),
}


def order_for(claims: Mapping[str, Any], action: str, order_id: str, orders: Orders) -> Order:
    """The order, if this caller may do this to it; *claims* come from a token that was verified.

    Raises PermissionError (answer 403) if the app lacks the scope, LookupError (answer 404) if there is no such order
    or the user has no right to it: the two look alike, so that nobody learns which orders exist.
    """
    if NEEDED[action].isdisjoint(claims.get("scp", "").split(" ")):
        raise PermissionError(f"no scope to {action} orders")
    user, order = claims.get("oid"), orders.find(claims["tid"], order_id)
    if order is None or order.tenant_id != claims["tid"]:
        raise LookupError("no such order")
    if user != order.owner_id and not (action == "read" and user in order.readers):
        raise LookupError("no such order")
    return order
