"""No secret or certificate of the app outlives the limit, or ends before its successor is there."""

from datetime import UTC, datetime, timedelta

import pytest

from tests.snippets.graph_programs import HOSTILE, CannotSee, Program

NOW = datetime.now(UTC)


def written(days: float | None, digits: str = "") -> str | None:
    return None if days is None else f"{NOW + timedelta(days=days):%Y-%m-%dT%H:%M:%S}{digits}Z"


def secret(start: float, end: float | None, key_id: str = "1", digits: str = "") -> dict[str, object]:
    return {
        "displayName": HOSTILE,
        "keyId": key_id,
        "startDateTime": written(start, digits),
        "endDateTime": written(end, digits),
        "secretText": None,
        "hint": "abc",
    }


def certificate(start: float, end: float | None, usage: str = "Verify", key_id: str = "2") -> dict[str, object]:
    plain = {name: value for name, value in secret(start, end, key_id).items() if name not in ("secretText", "hint")}
    return plain | {"type": "AsymmetricX509Cert", "usage": usage, "key": None}


def holds(program: Program, kind: str, *credentials: dict[str, object]) -> None:
    shown = {
        "passwordCredentials": [entry for entry in credentials if "secretText" in entry],
        "keyCredentials": [entry for entry in credentials if "secretText" not in entry],
    }
    if kind == "application":
        program.app.extra |= shown
    else:
        program.app.extra["servicePrincipal"] = shown


@pytest.fixture
def program(contoso: Program) -> Program:
    holds(contoso, "application", secret(-10, 80, digits=".1234567"), certificate(-10, 170))
    return contoso.prepare("credential_expiry.py", contoso.app.app_id)


class TestCannotSee(CannotSee):
    """Whatever goes wrong on the way to Microsoft Graph."""


BAD = {
    "a secret for a year": secret(-1, 364),
    "a secret for a day too long": secret(-1, 180.5),
    "a secret without an end": secret(-1, None),
    "a certificate for two years": certificate(-300, 430),
    "a secret that ends within the month": secret(-60, 29),
    "a certificate that ends today": certificate(-60, 0.5),
}


@pytest.mark.parametrize("kind", ["application", "service principal"])
@pytest.mark.parametrize("bad", BAD.values(), ids=BAD)
def test_refuses(program, kind, bad):
    holds(program, kind, secret(-10, 80, "3"), bad, secret(-10, 80, "4"))
    done = program.run()
    assert done.code == 1
    assert f"BAD {'secret' if 'secretText' in bad else 'certificate'}" in done.out
    assert done.out.count("BAD") == 1


@pytest.mark.parametrize("arguments", [["--most", "90"], ["--soon", "81"]], ids=" ".join)
def test_refuses_by_the_limits_it_is_given(program, arguments):
    holds(program, "application", secret(-15, 80))
    assert program.run(program.app.app_id).code == 0
    assert program.run(program.app.app_id, *arguments).code == 1


def test_refuses_a_long_lived_certificate_beside_one_that_signs_for_saml(program):
    holds(program, "service principal", certificate(-1, 900, "Sign", "7"), certificate(-1, 900, "Verify", "8"))
    assert program.run().code == 1


def test_accepts_what_signs_for_saml_or_has_ended(program):
    signs = [certificate(-1, 900, "Sign", "7"), certificate(-1, 900, "Verify", "7"), secret(-1, 900, "7")]
    holds(program, "service principal", *signs, secret(-900, -1, "9"))
    assert program.run().code == 0


def test_accepts_an_app_without_credentials(program):
    holds(program, "application")
    assert program.run().code == 0
