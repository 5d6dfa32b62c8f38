# /// script
# requires-python = ">=3.11"
# dependencies = []
# ///
"""Writes an audit record of an access decision from verified claims, without tokens, names or forged lines."""

import ipaddress
import json
import logging
import re
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any, Literal

log = logging.getLogger("audit")
GUID = re.compile(r"[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}")
WORD = re.compile(r"[\w.:/-]{1,100}", re.ASCII)
WHO = ("tid", "oid", "sub", "azp", "uti")


def audit_record(
    claims: Mapping[str, Any] | None,
    decision: Literal["allowed", "denied"],
    *,
    rule: str,  # what decided, such as "require_app_role"
    operation: str,  # what was asked for, such as "order.approve"
    object_id: str = "",
    correlation_id: str = "",  # from the request
    address: str = "",  # of the connection, or from a header that your own proxy sets
) -> dict[str, str]:
    """The record; *claims* come from a token that was verified, None stands for a caller without one.

    What a caller can write is kept if it has the form that the field should have, and is else replaced by "invalid".
    """
    if decision not in ("allowed", "denied"):
        raise ValueError("a decision is allowed or denied")
    record = {
        "time": datetime.now(UTC).isoformat(timespec="milliseconds"),
        "decision": decision,
        "rule": rule,
        "operation": operation,
        "object_id": formed(object_id, WORD),
        "correlation_id": formed(correlation_id, GUID),
        "address": formed_address(address),
    }
    return record | {name: formed(claims[name], WORD) for name in WHO if claims and name in claims}


def write_audit_record(record: Mapping[str, str]) -> None:
    """Logs a record as one line of JSON in ASCII, denials as warnings."""
    log.log(logging.WARNING if record["decision"] == "denied" else logging.INFO, "%s", json.dumps(record))


def formed(value: object, pattern: re.Pattern[str]) -> str:
    """The value if it is empty or of this form."""
    text = value if isinstance(value, str) else "?"
    return text if not text or pattern.fullmatch(text) else "invalid"


def formed_address(address: str) -> str:
    """The IP address in its normal form, without the zone of a link, which can be any text."""
    try:
        return str(ipaddress.ip_address(address.partition("%")[0])) if address else ""
    except ValueError:
        return "invalid"
