# /// script
# requires-python = ">=3.11"
# dependencies = ["sqlalchemy>=2.1"]
# ///
"""Limits every query of a database session to the caller's tenant, and refuses what could not be limited."""

import re
from collections.abc import Mapping
from typing import Any

from sqlalchemy import Engine, Table, TableClause, TextClause, event
from sqlalchemy.orm import Mapped, ORMExecuteState, Session, mapped_column, with_loader_criteria
from sqlalchemy.sql.visitors import iterate

GUID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")


class OwnedByTenant:
    """Base of each mapped class whose records belong to a tenant; the tenant ID leads the primary key."""

    tenant_id: Mapped[str] = mapped_column(primary_key=True, sort_order=-1)


def tenant_session(engine: Engine, claims: Mapping[str, Any]) -> Session:
    """The one way to the data: a session for the tenant of a verified token, to be used as a context manager.

    Every select, update and delete of classes, joins and subqueries included, finds records of that tenant only; new
    records get its tenant ID. SQL text, tables without class, classes that no tenant owns, inserts and updates in bulk,
    updates of tenant_id and records of another tenant raise PermissionError. Do not take `session.connection()`:
    what runs there is not limited, and neither is a subquery over `Order.__table__` instead of `Order`. Prefixes,
    suffixes, hints and `op()` add SQL text that is not looked at: never build it from input.
    """
    tenant = claims.get("tid")
    if not isinstance(tenant, str) or not GUID.fullmatch(tenant):
        raise PermissionError("the token names no tenant")
    session = Session(engine)
    for name in ("bulk_save_objects", "bulk_insert_mappings", "bulk_update_mappings"):
        setattr(session, name, refuse)  # they ask none of the listeners below

    @event.listens_for(session, "do_orm_execute")
    def limit(state: ORMExecuteState) -> None:
        owned = all(issubclass(mapper.class_, OwnedByTenant) for mapper in state.all_mappers)
        if not state.is_orm_statement or state.is_insert or not owned or not can_be_limited(state.statement):
            refuse()
        if state.is_from_statement or (state.is_update and (state.parameters or sets_tenant(state.statement))):
            refuse()  # the first two are not limited by what follows, and the third gives records away
        state.statement = state.statement.options(
            with_loader_criteria(OwnedByTenant, lambda cls: cls.tenant_id == tenant, include_aliases=True)
        )

    @event.listens_for(session, "before_flush")
    def stamp(session: Session, *_: object) -> None:
        for record in session.new:
            if isinstance(record, OwnedByTenant) and record.tenant_id is None:
                record.tenant_id = tenant
        for record in (*session.new, *session.dirty, *session.deleted):
            if not isinstance(record, OwnedByTenant) or record.tenant_id != tenant:
                raise PermissionError("the record belongs to another tenant")

    @event.listens_for(session, "after_attach")
    def only_own(_: Session, record: object) -> None:
        if getattr(record, "tenant_id", tenant) not in (tenant, None):
            raise PermissionError("the record belongs to another tenant")

    return session


def refuse(*_: object, **__: object) -> None:
    """Raise PermissionError."""
    raise PermissionError("this statement cannot be limited to one tenant")


def sets_tenant(update: Any) -> bool:
    """Whether an update names tenant_id outside its condition."""

    def named(clause: Any) -> int:
        return sum(getattr(part, "key", None) == "tenant_id" for part in iterate(clause))

    return named(update) > named(update.whereclause)


def can_be_limited(statement: Any) -> bool:
    """Whether a statement is made of tables that tenants own, and holds no SQL text, which could undo the limit."""
    parts = list(iterate(statement))
    tables = [part for part in parts if isinstance(part, TableClause)]
    owned = all(isinstance(table, Table) and "tenant_id" in table.primary_key.columns for table in tables)
    literal = any(getattr(part, "is_literal", False) and str(part) != "*" for part in parts)
    return bool(tables) and owned and not literal and not any(isinstance(part, TextClause) for part in parts)
