# /// script
# requires-python = ">=3.11"
# dependencies = ["pydantic>=2.11"]
# ///
"""Chooses the fields of an answer by the granted scope and refuses input fields that a caller may not set."""

from collections.abc import Mapping
from decimal import Decimal
from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field


class OrderSummary(BaseModel):
    """What Orders.Read shows."""

    model_config = ConfigDict(from_attributes=True)

    id: str
    status: str
    total: Decimal


class OrderDetails(OrderSummary):
    """What Orders.Read.All shows on top: personal data, so an administrator consents to it."""

    customer_name: str
    delivery_address: str


class OrderChange(BaseModel):
    """What a caller may set; any other field (owner, price, status) is an error, never passed over in silence."""

    model_config = ConfigDict(extra="forbid", strict=True)

    quantity: Annotated[int, Field(ge=1, le=1000)] | None = None
    note: Annotated[str, Field(max_length=500)] | None = None


def visible(order: object, claims: Mapping[str, Any]) -> OrderDetails | OrderSummary:
    """The order with just the fields that the scopes of a verified delegated token cover."""
    full = "Orders.Read.All" in claims.get("scp", "").split(" ")
    return OrderDetails.model_validate(order) if full else OrderSummary.model_validate(order)


def changes(body: bytes) -> dict[str, Any]:
    """The fields to change, from the JSON body of a request; raises pydantic.ValidationError for anything else."""
    return OrderChange.model_validate_json(body).model_dump(exclude_unset=True)
