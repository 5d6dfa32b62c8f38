# /// script
# requires-python = ">=3.11"
# dependencies = []
# ///
"""Handles the SCIM patch that deactivates a user, in each form Entra ID sends, and ends all of that user's access."""

import logging
from collections.abc import Callable, Mapping, Sequence
from typing import Any, Protocol

log = logging.getLogger(__name__)
PATCH = "urn:ietf:params:scim:api:messages:2.0:PatchOp"
USER = "urn:ietf:params:scim:schemas:core:2.0:user:"
NONE = object()


class Users(Protocol):
    """Your store; it looks for a user within one tenant and nowhere else."""

    def set_active(self, tenant_id: str, user_id: str, active: bool) -> bool:
        """Whether there is such a user; an inactive one cannot sign in from here on."""


def patch_user(
    tenant_id: str,  # of the SCIM client, from its verified token: never from the path or the body
    user_id: str,
    body: Any,
    users: Users,
    endings: Sequence[Callable[[str, str], object]],  # sessions, refresh tokens, API keys, scheduled work, shares
) -> bool | None:
    """Apply what a PATCH says about `active`; gives the new value, or None if it says nothing about it.

    Raises ValueError (answer 400) for a body that cannot be understood, LookupError (404) for a user whom this tenant
    does not have. If an ending fails the others still run, and the ExceptionGroup (answer 500) has Entra ID try again.
    """
    active = active_in(body)
    if active is None:
        return None
    if not users.set_active(tenant_id, user_id, active):
        raise LookupError("no such user in this tenant")
    faults = []
    for end in () if active else endings:
        try:
            end(tenant_id, user_id)
        except Exception as fault:
            log.warning("access of a deactivated user has not ended", exc_info=True)
            faults.append(fault)
    if faults:
        raise ExceptionGroup("the user is inactive, but some access has not ended", faults)
    return active


def active_in(body: Any) -> bool | None:
    """What the operations of a SCIM patch set `active` to in the end; None if no operation names it."""
    if not isinstance(body, Mapping) or body.get("schemas") != [PATCH] or not isinstance(body.get("Operations"), list):
        raise ValueError("not a SCIM patch")
    active = None
    for operation in body["Operations"]:
        value = named_active(operation)
        if value is not NONE:
            if str(operation.get("op")).lower() not in ("add", "replace"):
                raise ValueError("active cannot be removed")
            active = to_bool(value)
    return active


def named_active(operation: Any) -> Any:
    """The value that an operation holds for `active`, with or without a path, or NONE; names have no case in SCIM."""
    if not isinstance(operation, Mapping):
        raise ValueError("not an operation")
    path = operation.get("path")
    if path:
        return operation.get("value") if str(path).lower().removeprefix(USER) == "active" else NONE
    values = operation.get("value")
    if not isinstance(values, Mapping):
        raise ValueError("an operation without path holds attributes")
    named = [value for name, value in values.items() if name.lower().removeprefix(USER) == "active"]
    if len(named) > 1:
        raise ValueError("active is there twice")
    return named[0] if named else NONE


def to_bool(value: Any) -> bool:
    """True or false from a boolean, or from the text that Entra ID sends without the flag aadOptscim062020."""
    if isinstance(value, str) and value.lower() in ("true", "false"):
        return value.lower() == "true"
    if not isinstance(value, bool):
        raise ValueError("active is true or false")
    return value
