"""A user whom the directory disables is out, in whichever form that arrives."""

from collections.abc import Callable
from typing import Any

import pytest

from scim_deactivate import PATCH, patch_user
from tests.snippets.issuer import PARTNER, STRANGER, TENANT, USER


class Store:
    """Two users under one ID in two tenants, and what has been ended."""

    def __init__(self) -> None:
        self.active = {(TENANT, USER): True, (PARTNER, USER): True}
        self.ended: list[tuple[str, str, str]] = []

    def set_active(self, tenant_id: str, user_id: str, active: bool) -> bool:
        if (tenant_id, user_id) not in self.active:
            return False
        self.active[tenant_id, user_id] = active
        return True

    def ending(self, name: str) -> Callable[[str, str], None]:
        def end(tenant_id: str, user_id: str) -> None:
            assert not self.active[tenant_id, user_id], "a new session could begin in between"
            self.ended.append((name, tenant_id, user_id))

        return end

    def apply(self, body: Any, tenant: str = TENANT, user: str = USER) -> bool | None:
        return patch_user(tenant, user, body, self, [self.ending("sessions"), self.ending("keys")])


@pytest.fixture
def store() -> Store:
    return Store()


def patch(*operations: Any, **more: Any) -> dict[str, Any]:
    return {"schemas": [PATCH], "Operations": list(operations), **more}


DEACTIVATES = {
    "boolean": patch({"op": "replace", "path": "active", "value": False}),
    "text-as-entra-sends-it": patch({"op": "Replace", "path": "active", "value": "False"}),
    "text-in-lower-case": patch({"op": "replace", "path": "active", "value": "false"}),
    "without-path": patch({"op": "replace", "value": {"active": False}}),
    "without-path-as-text": patch({"op": "Replace", "value": {"active": "False"}}),
    "empty-path": patch({"op": "replace", "path": "", "value": {"active": False}}),
    "add": patch({"op": "Add", "path": "active", "value": "False"}),
    "name-in-upper-case": patch({"op": "replace", "path": "ACTIVE", "value": False}),
    "whole-name": patch({"op": "replace", "path": "urn:ietf:params:scim:schemas:core:2.0:User:active", "value": False}),
    "among-others": patch(
        {"op": "Replace", "path": "displayName", "value": "Ben"},
        {"op": "Replace", "path": "active", "value": "False"},
        {"op": "Replace", "path": "title", "value": "True"},
    ),
    "after-true": patch({"op": "add", "path": "active", "value": True}, {"op": "replace", "value": {"active": False}}),
}


@pytest.mark.parametrize("name", DEACTIVATES)
def test_refuses_the_user_from_then_on(name, store):
    assert store.apply(DEACTIVATES[name]) is False
    assert store.active == {(TENANT, USER): False, (PARTNER, USER): True}
    assert store.ended == [("sessions", TENANT, USER), ("keys", TENANT, USER)]


NOT_UNDERSTOOD = {
    "word": patch({"op": "replace", "path": "active", "value": "no"}),
    "empty-text": patch({"op": "replace", "path": "active", "value": ""}),
    "text-with-blank": patch({"op": "replace", "path": "active", "value": "False "}),
    "zero": patch({"op": "replace", "path": "active", "value": 0}),
    "null": patch({"op": "replace", "path": "active", "value": None}),
    "no-value": patch({"op": "replace", "path": "active"}),
    "list": patch({"op": "replace", "path": "active", "value": [False]}),
    "object": patch({"op": "replace", "path": "active", "value": {"value": False}}),
    "remove": patch({"op": "remove", "path": "active"}),
    "unknown-operation": patch({"op": "set", "path": "active", "value": False}),
    "no-operation-name": patch({"path": "active", "value": False}),
    "twice-in-two-spellings": patch({"op": "replace", "value": {"active": True, "Active": False}}),
    "text-without-path": patch({"op": "replace", "value": "False"}),
    "operation-that-is-none": patch("active=false"),
    "operations-as-object": {"schemas": [PATCH], "Operations": {"op": "replace"}},
    "no-operations": {"schemas": [PATCH]},
    "another-schema": patch({"op": "replace", "path": "active", "value": False}, schemas=["urn:x"]),
    "no-schema": {"Operations": [{"op": "replace", "path": "active", "value": False}]},
    "list-as-body": [patch()],
    "nothing": None,
}


@pytest.mark.parametrize("name", NOT_UNDERSTOOD)
def test_refuses_to_guess(name, store):
    with pytest.raises(ValueError, match=r"."):
        store.apply(NOT_UNDERSTOOD[name])
    assert store.active[TENANT, USER]
    assert not store.ended


@pytest.mark.parametrize(("tenant", "user"), [(STRANGER, USER), (TENANT, STRANGER), ("", USER)])
def test_refuses_a_user_whom_the_tenant_does_not_have(tenant, user, store):
    with pytest.raises(LookupError):
        store.apply(DEACTIVATES["boolean"], tenant, user)
    assert all(store.active.values())
    assert not store.ended


def test_refuses_to_call_it_done_while_an_ending_failed(store):
    def broken(*_: str) -> None:
        raise ConnectionError("the session store is away")

    with pytest.raises(ExceptionGroup, match="inactive"):
        patch_user(TENANT, USER, DEACTIVATES["boolean"], store, [broken, store.ending("keys")])
    assert not store.active[TENANT, USER]
    assert store.ended == [("keys", TENANT, USER)]


@pytest.mark.parametrize("value", [True, "True", "true"], ids=repr)
def test_activates_without_ending_anything(value, store):
    store.apply(DEACTIVATES["boolean"])
    store.ended.clear()
    assert store.apply(patch({"op": "Replace", "path": "active", "value": value})) is True
    assert store.active[TENANT, USER]
    assert not store.ended


@pytest.mark.parametrize(
    "body",
    [
        patch({"op": "replace", "path": "displayName", "value": "False"}),
        patch({"op": "replace", "value": {"title": "x"}}),
        patch(),
    ],
    ids=["other-path", "other-attribute", "no-operation"],
)
def test_leaves_the_user_alone_where_nothing_is_said(body, store):
    assert store.apply(body) is None
    assert store.active[TENANT, USER]
