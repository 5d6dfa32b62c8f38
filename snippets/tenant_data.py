# /// script
# requires-python = ">=3.11"
# dependencies = ["sqlalchemy>=2.1"]
# ///
"""Limits every query of a database session to the caller's tenant, and refuses what could not be limited."""

import re
from collections.abc import Iterator, Mapping
from typing import Any

from sqlalchemy import (
    Alias,
    ClauseElement,
    ColumnClause,
    Engine,
    Select,
    Table,
    TableClause,
    TextClause,
    UpdateBase,
    event,
    inspect,
)
from sqlalchemy.orm import Mapped, ORMExecuteState, Session, mapped_column, with_loader_criteria
from sqlalchemy.sql.functions import FunctionElement
from sqlalchemy.sql.operators import custom_op
from sqlalchemy.sql.visitors import iterate

GUID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")
FUNCTIONS = {"avg", "coalesce", "count", "lower", "max", "min", "sum", "upper"}  # add what reads its arguments alone


class OwnedByTenant:
    """Base of each mapped class whose records belong to a tenant; the tenant ID leads the primary key."""

    tenant_id: Mapped[str] = mapped_column(primary_key=True, sort_order=-1)


def tenant_session(engine: Engine, claims: Mapping[str, Any]) -> Session:
    """The one way to the data: a session for the tenant of a verified token, to be used as a context manager.

    Every select, update and delete of classes, joins and subqueries included, finds records of that tenant only; new
    records get its tenant ID. SQL text in any place, tables instead of classes, classes that no tenant owns, functions
    outside FUNCTIONS, inserts and updates in bulk, updates of tenant_id and records of another tenant raise
    PermissionError. The engine is not limited, and neither are its connections, nor what SQL a type, a mapping or a
    compiler extension of yours adds: put the row-level security of your database behind it.
    """
    tenant = claims.get("tid")
    if not isinstance(tenant, str) or not GUID.fullmatch(tenant):
        raise PermissionError("the token names no tenant")
    session = Session(engine)
    for name in ("bulk_save_objects", "bulk_insert_mappings", "bulk_update_mappings", "connection"):
        setattr(session, name, refuse)  # they ask none of the listeners below
    only = with_loader_criteria(OwnedByTenant, lambda cls: cls.tenant_id == tenant, include_aliases=True)

    @event.listens_for(session, "do_orm_execute")
    def limit(state: ORMExecuteState) -> None:
        owned = all(issubclass(mapper.class_, OwnedByTenant) for mapper in state.all_mappers)
        seen = state.is_relationship_load or can_be_limited(state.statement)  # the first is written by SQLAlchemy
        if not state.is_orm_statement or state.is_insert or not owned or not seen:
            refuse()
        if state.is_from_statement or (state.is_update and (state.parameters or sets_tenant(state.statement))):
            refuse()  # the first two are not limited by what follows, and the third gives records away
        if state.execution_options.get("dml_strategy", "auto") != "auto":
            refuse()  # the others do not look at options
        if any(option is not only and brings_clauses(option) for option in state.statement._with_options):
            refuse()
        state.statement = state.statement.options(only)

    @event.listens_for(session, "before_flush")
    def stamp(session: Session, *_: object) -> None:
        for record in session.new:
            if isinstance(record, OwnedByTenant) and record.tenant_id is None:
                record.tenant_id = tenant
        for record in (*session.new, *session.dirty, *session.deleted):
            if not isinstance(record, OwnedByTenant) or record.tenant_id != tenant:
                raise PermissionError("the record belongs to another tenant")

    @event.listens_for(session, "before_attach")
    def only_own(_: Session, record: object) -> None:
        state: Any = inspect(record)
        loaded_as = dict(zip((column.key for column in state.mapper.primary_key), state.identity or (), strict=False))
        if not {getattr(record, "tenant_id", tenant), loaded_as.get("tenant_id")} <= {tenant, None}:
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
    """Whether a statement reads classes alone, and holds no SQL text, which could undo the limit."""
    parts = list(parts_of(statement))
    read = {entity.local_table for part in parts if (entity := class_of(part)) is not None and entity.is_mapper}
    for part in parts:
        entity = class_of(part)
        bare = entity is None and isinstance(part, (Alias, TableClause)) and part not in read
        foreign = entity is not None and not issubclass(entity.mapper.class_, OwnedByTenant)
        function = isinstance(part, FunctionElement) and part.name not in FUNCTIONS
        if bare or foreign or function or isinstance(part, (TextClause, UpdateBase)) or holds_text(part):
            return False  # nothing limits a change inside of a query, either
        if isinstance(part, Select) and not can_be_limited(part):
            return False
    return not holds_text(statement)


def parts_of(clause: Any) -> Iterator[Any]:
    """Each part of a statement; what stands behind a class is left out, and subqueries are looked at by themselves."""
    children = [*ClauseElement.get_children(clause)]  # not the Select's own, which adds the tables behind all columns
    if isinstance(clause, ColumnClause) and clause.table is not None:
        children.append(clause.table)
    for child in children:
        yield child
        if class_of(child) is None and not isinstance(child, Select):
            yield from parts_of(child)


def class_of(part: Any) -> Any:
    """The mapped class, or alias of one, that a table or column of a statement stands for."""
    source = part.table if isinstance(part, ColumnClause) else part
    return part._annotations.get("parententity") if isinstance(source, (Alias, Table)) else None


def holds_text(part: Any) -> bool:
    """Whether a part of a statement adds text to the SQL as it is."""
    added = any(getattr(part, name, None) for name in ("_prefixes", "_suffixes", "_hints", "_statement_hints"))
    literal = getattr(part, "is_literal", False) and str(part) not in ("*", "1")
    unquoted = getattr(getattr(part, "name", ""), "quote", None) is False or not getattr(part, "field", "x").isalpha()
    operators = (getattr(part, "operator", None), getattr(part, "modifier", None))
    return added or literal or unquoted or any(isinstance(each, custom_op) for each in operators)


def brings_clauses(option: Any) -> bool:
    """Whether a loader option holds a condition or an expression, which `parts_of` does not see."""
    loads = getattr(option, "context", None)
    return loads is None or any(load._extra_criteria or "expression" in load.local_opts for load in loads)
