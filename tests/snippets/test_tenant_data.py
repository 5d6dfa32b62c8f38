"""A session for one tenant finds, changes and makes records of that tenant alone."""

from collections.abc import Callable
from typing import Any

import pytest
from sqlalchemy import (
    column,
    create_engine,
    delete,
    exists,
    extract,
    func,
    insert,
    inspect,
    literal,
    literal_column,
    quoted_name,
    select,
    table,
    text,
    update,
)
from sqlalchemy.orm import (
    DeclarativeBase,
    Mapped,
    Session,
    aliased,
    contains_eager,
    joinedload,
    make_transient_to_detached,
    mapped_column,
    relationship,
    selectinload,
    with_loader_criteria,
)
from sqlalchemy.pool import StaticPool

from tenant_data import OwnedByTenant, tenant_session
from tests.snippets.issuer import ABSENT, DELEGATED, PARTNER, TENANT, changed


class Base(DeclarativeBase):
    pass


class Order(OwnedByTenant, Base):
    __tablename__ = "orders"
    id: Mapped[int] = mapped_column(primary_key=True)
    total: Mapped[int]
    lines: Mapped[list["Line"]] = relationship(primaryjoin="Order.id == foreign(Line.order_id)", viewonly=True)


class Line(OwnedByTenant, Base):
    __tablename__ = "lines"
    id: Mapped[int] = mapped_column(primary_key=True)
    order_id: Mapped[int]
    goods: Mapped[str]


class Setting(Base):
    __tablename__ = "settings"
    id: Mapped[int] = mapped_column(primary_key=True)
    value: Mapped[str]


@pytest.fixture
def engine():
    engine = create_engine("sqlite://", poolclass=StaticPool)
    Base.metadata.create_all(engine)
    with Session(engine) as session:
        for tenant, goods in ((TENANT, "ours"), (PARTNER, "theirs")):
            session.add(Order(tenant_id=tenant, id=17, total=100))
            session.add(Line(tenant_id=tenant, id=1, order_id=17, goods=goods))
        session.add(Order(tenant_id=PARTNER, id=18, total=200))
        session.add(Setting(id=1, value="secret"))
        session.commit()
    yield engine
    engine.dispose()


@pytest.fixture
def session(engine):
    with tenant_session(engine, changed(DELEGATED, {})) as session:
        yield session


def everything(engine: Any) -> list[tuple[str, int, int]]:
    with engine.connect() as connection:
        return [tuple(row) for row in connection.execute(text("SELECT tenant_id, id, total FROM orders ORDER BY 1, 2"))]


ORDERS: Any = Order.__table__
NOT_A_CONDITION = text("1 = 1 OR 1 = 1")
Other = aliased(Order)

READS = {
    "all": select(Order.tenant_id),
    "by-number": select(Order.tenant_id).where(Order.id == 18),
    "by-the-other-tenant": select(Order.tenant_id).where(Order.tenant_id == PARTNER),
    "whatever-is-true": select(Order.tenant_id).where(literal(True) | (Order.id == 1)),
    "alias": select(Other.tenant_id),
    "join": select(Line.tenant_id).join(Order, Order.id == Line.order_id),
    "join-from-own-to-foreign": select(Other.tenant_id).join(Order, Order.id == Other.id),
    "outer-join": select(Line.tenant_id).select_from(Order).outerjoin(Line, Order.id == Line.order_id),
    "subquery": select(select(Order.tenant_id).subquery().c.tenant_id),
    "scalar-subquery": select(select(func.max(Order.tenant_id)).scalar_subquery()).select_from(Order),
    "where-exists": select(Order.tenant_id).where(exists().where(Line.goods == "theirs")),
    "where-exists-by-condition": select(Order.tenant_id).where(exists(Line).where(Line.goods == "theirs")),
    "where-any-of-a-relation": select(Order.tenant_id).where(Order.lines.any(Line.goods == "theirs")),
    "common-table-expression": select(select(Order.tenant_id).cte().c.tenant_id),
    "alias-of-a-table": select(aliased(Order, ORDERS.alias()).tenant_id),
    "union": select(Order.tenant_id).union(select(Order.tenant_id)),
}


@pytest.mark.parametrize("name", READS)
def test_refuses_to_show_another_tenant(name, session):
    try:
        rows = session.execute(READS[name]).all()
    except PermissionError:
        return
    assert {row[0] for row in rows} <= {TENANT}


COUNTS = {
    "count": (select(func.count()).select_from(Order), 1),
    "sum": (select(func.sum(Order.total)), 100),
    "greatest": (select(func.max(Order.id)), 17),
    "class-in-a-condition-alone": (select(func.count()).where(Line.id < Order.id, Order.total == 200), 0),
    "class-in-a-subquerys-condition-alone": (select(select(func.count()).where(Order.id == 18).scalar_subquery()), 0),
    "its-own-table-in-a-condition": (select(func.count(Order.id)).where(ORDERS.c.total >= 100), 1),
    "its-own-table-to-select-from": (select(func.count(Order.id)).select_from(ORDERS), 1),
    "count-of-a-join": (select(func.count()).select_from(Order).join(Line, Order.id == Line.order_id), 1),
}


@pytest.mark.parametrize("name", COUNTS)
def test_refuses_to_count_another_tenant(name, session):
    statement, expected = COUNTS[name]
    assert session.scalar(statement) == expected


@pytest.mark.parametrize("key", [(PARTNER, 17), (PARTNER, 18), (TENANT, 18), ("", 17)], ids=str)
def test_refuses_to_get_by_primary_key(key, session):
    assert session.get(Order, key) is None


LOADS = {
    "lazily": select(Order),
    "joined": select(Order).options(joinedload(Order.lines)),
    "by-a-second-select": select(Order).options(selectinload(Order.lines)),
    "joined-by-hand": select(Order).join(Order.lines).options(contains_eager(Order.lines)),
}


@pytest.mark.parametrize("how", LOADS)
def test_refuses_to_follow_a_relation_into_another_tenant(how, session):
    (order,) = session.scalars(LOADS[how]).unique()
    assert [line.goods for line in order.lines] == ["ours"]


UNLIMITED = {
    "text": text("SELECT * FROM orders"),
    "text-for-a-class": select(Order).from_statement(text("SELECT * FROM orders")),
    "table-for-a-class": select(Order).from_statement(select(Order.__table__)),
    "statement-for-a-class": select(Order).from_statement(select(Order)),
    "text-in-a-condition": select(Order).where(text("1 = 1 OR 1 = 1")),
    "text-as-a-column": select(Order.id, literal_column("(SELECT max(total) FROM orders)")),
    "no-table": select(literal(1)),
    "subquery-over-what-no-tenant-owns": select(Order).where(Order.id.in_(select(Setting.id))),
    "table-without-class": select(Order.__table__),
    "table-by-name": select(text("*")).select_from(table("orders")),
    "class-that-no-tenant-owns": select(Setting),
    "join-of-owned-and-not-owned": select(Order, Setting),
    "bulk-insert": insert(Order).values(tenant_id=PARTNER, id=99, total=0),
    "update-that-gives-away": update(Order).values(tenant_id=PARTNER),
    "update-that-gives-away-by-an-expression": update(Order).values(tenant_id=func.lower(PARTNER)),
    "update-that-gives-away-in-order": update(Order).ordered_values((Order.tenant_id, PARTNER)),
    "update-that-gives-away-under-a-condition": update(Order).where(Order.tenant_id == TENANT).values(tenant_id="x"),
    "delete-of-a-table": delete(Order.__table__),  # type: ignore[arg-type]
    "table-in-a-scalar-subquery": select(Order.id, select(func.max(ORDERS.c.total)).scalar_subquery()),
    "table-in-a-condition": select(Order.id).where(Order.id.in_(select(ORDERS.c.id))),
    "table-beside-an-alias": select(Other.id).where(ORDERS.c.total == 200),
    "table-counted": select(Order.id, select(func.count()).select_from(ORDERS.alias()).scalar_subquery()),
    "table-beside-a-class": select(Order.id, ORDERS.alias().c.total),
    "table-in-a-common-table-expression": select(Order.id).where(Order.id.in_(select(select(ORDERS.c.id).cte().c.id))),
    "table-in-what-is-set": update(Order).values(total=select(func.max(ORDERS.c.total)).scalar_subquery()),
    "delete-inside-a-query": select(Order.id).add_cte(delete(Order).cte()),
    "update-inside-a-query": select(update(Order).values(total=0).returning(Order.id).cte().c.id),
    "table-dressed-up-as-ours": select(
        aliased(
            Order,
            select(literal(TENANT).label("tenant_id"), ORDERS.c.id, ORDERS.c.total).subquery(),
            adapt_on_names=True,
        ).total
    ),
    "prefix": select(Order.total).prefix_with("max(tenant_id),"),
    "suffix": select(Order.id).where(Order.id > 0).suffix_with("OR 1 = 1"),
    "suffix-of-a-subquery": select(Order.id).where(Order.id.in_(select(Line.id).suffix_with("OR 1 = 1"))),
    "hint": select(Order.id).with_hint(Order, "OR 1 = 1"),
    "hint-for-the-statement": select(Order.id).with_statement_hint("UNION SELECT tenant_id FROM orders"),
    "operator-of-ones-own": select(Order.id).where(Order.id.op("= 18 OR 1 = 1 OR 1 =")(1)),
    "logical-operator-of-ones-own": select(Order.id).where(Order.id.bool_op("= 18 OR 1 = 1 OR 1 =")(1)),
    "name-that-is-not-quoted": select(Order.id).where(column(quoted_name("1 = 1 OR 1", quote=False)) == 1),
    "field-of-a-date": select(Order.id, extract("year FROM max(total)) FROM orders --", Order.id)),
    "function-that-runs-sql": select(Order.id, func.query_to_xml("SELECT * FROM orders", True, True, "")),
    "text-in-a-join": select(Line.id).select_from(Order).join(Order.lines.and_(NOT_A_CONDITION)),
    "text-in-a-joined-load": select(Order).options(joinedload(Order.lines.and_(NOT_A_CONDITION))),
    "text-in-a-second-select": select(Order).options(selectinload(Order.lines.and_(NOT_A_CONDITION))),
    "text-as-a-criterion": select(Order).options(with_loader_criteria(Line, NOT_A_CONDITION)),
    "update-past-the-classes": update(Order).values(total=0).execution_options(dml_strategy="core_only"),
    "delete-past-the-classes": delete(Order).execution_options(dml_strategy="core_only"),
}


@pytest.mark.parametrize("name", UNLIMITED)
def test_refuses_what_it_cannot_limit(name, session, engine):
    before = everything(engine)
    with pytest.raises(PermissionError):
        session.execute(UNLIMITED[name])
    assert everything(engine) == before


BULK: dict[str, Callable[[Session], object]] = {
    "update-by-list-of-keys": lambda session: session.execute(
        update(Order), [{"tenant_id": PARTNER, "id": 18, "total": 0}]
    ),
    "update-by-one-set-of-keys": lambda session: session.execute(
        update(Order), {"tenant_id": PARTNER, "id": 18, "total": 0}
    ),
    "insert-of-a-list": lambda session: session.execute(insert(Order), [{"tenant_id": PARTNER, "id": 99, "total": 0}]),
    "bulk-save-objects": lambda session: session.bulk_save_objects([Order(tenant_id=PARTNER, id=99, total=0)]),
    "bulk-insert-mappings": lambda session: session.bulk_insert_mappings(
        inspect(Order), [{"tenant_id": PARTNER, "id": 99, "total": 0}]
    ),
    "bulk-update-mappings": lambda session: session.bulk_update_mappings(
        inspect(Order), [{"tenant_id": PARTNER, "id": 18, "total": 0}]
    ),
    "query-update": lambda session: session.query(Order).update({"tenant_id": PARTNER}),
}


@pytest.mark.parametrize("name", BULK)
def test_refuses_to_write_in_bulk(name, session, engine):
    before = everything(engine)
    with pytest.raises(PermissionError):
        BULK[name](session)
    session.commit()
    assert everything(engine) == before


WRITES = {
    "update": update(Order).values(total=0),
    "update-of-the-other-tenant": update(Order).where(Order.tenant_id == PARTNER).values(total=0),
    "delete": delete(Order),
    "delete-by-number": delete(Order).where(Order.id == 18),
}


@pytest.mark.parametrize("name", WRITES)
def test_refuses_to_write_to_another_tenant(name, session, engine):
    session.execute(WRITES[name])
    session.commit()
    assert [row for row in everything(engine) if row[0] == PARTNER] == [(PARTNER, 17, 100), (PARTNER, 18, 200)]


def test_refuses_a_new_record_for_another_tenant(session):
    with pytest.raises(PermissionError):
        session.add(Order(tenant_id=PARTNER, id=99, total=0))


def test_refuses_to_give_a_record_to_another_tenant(session):
    order = session.get(Order, (TENANT, 17))
    order.tenant_id = PARTNER
    with pytest.raises(PermissionError):
        session.commit()


def test_refuses_a_new_record_that_no_tenant_owns(session):
    session.add(Setting(id=2, value="x"))
    with pytest.raises(PermissionError):
        session.commit()


@pytest.mark.parametrize("act", ["add", "delete", "merge"])
def test_refuses_a_record_that_was_loaded_for_another_tenant(act, session, engine):
    with Session(engine) as theirs:
        order = theirs.get(Order, (PARTNER, 18))
        theirs.expunge(order)

    def hand_in() -> None:
        getattr(session, act)(order)
        session.flush()

    with pytest.raises(PermissionError):
        hand_in()


def test_refuses_to_hand_out_its_connection(session):
    with pytest.raises(PermissionError):
        session.connection()


DETACHED: dict[str, Callable[[Session, Order], object]] = {
    "added": lambda session, order: session.add(order),
    "merged-unread": lambda session, order: session.merge(order, load=False),
    "deleted": lambda session, order: session.delete(order),
}


@pytest.mark.parametrize("renamed", [False, True], ids=["as-it-is", "with-our-tenant-written-over"])
@pytest.mark.parametrize("name", DETACHED)
def test_refuses_a_record_that_only_claims_to_have_been_loaded(name, renamed, session, engine):
    """The identity decides which row is read, changed and deleted, whatever the attribute says by now."""
    order = Order(tenant_id=PARTNER, id=18, total=200)
    make_transient_to_detached(order)
    if renamed:
        order.tenant_id = TENANT
        if name == "merged-unread":
            return  # SQLAlchemy merges no changed record without reading
    before = everything(engine)
    with pytest.raises(PermissionError):
        DETACHED[name](session, order)
    session.commit()
    assert everything(engine) == before


@pytest.mark.parametrize(
    "tenant", [ABSENT, None, "", "{tenantid}", "common", TENANT.upper(), f"{TENANT}' OR '1'='1", [TENANT], 5], ids=repr
)
def test_refuses_a_token_without_a_tenant(tenant, engine):
    with pytest.raises(PermissionError):
        tenant_session(engine, changed(DELEGATED, {"tid": tenant}))


def test_reads_and_changes_records_of_its_own_tenant(session, engine):
    session.get(Order, (TENANT, 17)).total = 150
    session.add(Order(id=19, total=300))
    session.commit()
    assert session.scalars(select(Order.id).order_by(Order.id)).all() == [17, 19]
    assert [row for row in everything(engine) if row[0] == TENANT] == [(TENANT, 17, 150), (TENANT, 19, 300)]


def test_two_tenants_use_the_same_number_at_the_same_time(engine):
    for tenant, total in ((TENANT, 100), (PARTNER, 100)):
        with tenant_session(engine, changed(DELEGATED, {"tid": tenant})) as session:
            session.add(Order(id=40, total=total))
            session.commit()
            assert session.get(Order, (tenant, 40)).tenant_id == tenant  # type: ignore[union-attr]
