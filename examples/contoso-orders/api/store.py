"""Orders in PostgreSQL; a connection sees the rows of one tenant only."""

from collections.abc import Container
from dataclasses import dataclass
from typing import Protocol


class TenantOrders(Protocol):
    """The orders of one tenant."""

    def order(self, number: int, visible_to: str) -> dict[str, object] | None: ...
    def change_address(self, number: int, address: str, by: str) -> dict[str, object] | None: ...
    def book_shipments(self) -> int: ...


class Store(Protocol):
    """All customers' orders, reachable one tenant at a time."""

    @property
    def tenants(self) -> Container[str]: ...
    def of_tenant(self, tenant: str) -> TenantOrders: ...


@dataclass(frozen=True)
class PostgresOrders:
    """Row-level security keys on the setting `app.tenant`, which is set here and nowhere else."""

    url: str
    tenant: str

    def _rows(self, query: str, *values: object) -> list[dict[str, object]]:
        import psycopg
        from psycopg.rows import dict_row

        with psycopg.connect(self.url, row_factory=dict_row) as connection:
            connection.execute("select set_config('app.tenant', %s, false)", (self.tenant,))
            return connection.execute(query, values).fetchall()

    def order(self, number: int, visible_to: str) -> dict[str, object] | None:
        rows = self._rows("select * from orders where number = %s and %s = any(readers)", number, visible_to)
        return rows[0] if rows else None

    def change_address(self, number: int, address: str, by: str) -> dict[str, object] | None:
        query = "update orders set address = %s where number = %s and %s = any(editors) returning *"
        rows = self._rows(query, address, number, by)
        return rows[0] if rows else None

    def book_shipments(self) -> int:
        return len(self._rows("update orders set booked = now() where booked is null returning number"))


@dataclass(frozen=True)
class PostgresStore:
    """The store of production."""

    url: str
    tenants: Container[str]

    def of_tenant(self, tenant: str) -> PostgresOrders:
        return PostgresOrders(self.url, tenant)
