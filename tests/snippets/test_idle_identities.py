"""An identity or credential that is older than the limit and was not used since is refused."""

from datetime import UTC, datetime, timedelta

import pytest

from tests.snippets.graph_programs import HOST, HOSTILE, CannotSee, Program

NOW = datetime.now(UTC)


def ago(days: float) -> str:
    return f"{NOW - timedelta(days=days):%Y-%m-%dT%H:%M:%SZ}"


def credential(key: str = "key-1", start: float = 100, end: float | None = -100) -> dict[str, object]:
    name = f"nightly{HOSTILE}"
    return {"keyId": key, "displayName": name, "startDateTime": ago(start), "endDateTime": end and ago(end)}


def last(days: float | None) -> dict[str, object] | None:
    return None if days is None else {"lastSignInDateTime": ago(days), "lastSignInRequestId": "1"}


def reported(program: Program, sign_in: dict[str, object] | None, **uses: dict[str, object] | None) -> None:
    """What the reports say of the app, and of other apps that are busy."""
    stranger = "00000000-0000-4000-8000-00000000000f"
    principals = [{"id": "1", "appId": stranger, "lastSignInActivity": last(0)}]
    principals += [{"id": "2", "appId": program.app.app_id, "lastSignInActivity": sign_in}]
    keys = [{"id": "3", "appId": stranger, "keyId": "key-9", "signInActivity": last(0)}]
    for key, use in uses.items():
        keys.append({"id": key, "appId": program.app.app_id, "keyId": key.replace("_", "-"), "signInActivity": use})
    program.entra.graph.seed(
        {"reports/servicePrincipalSignInActivities": principals, "reports/appCredentialSignInActivities": keys}
    )


@pytest.fixture
def program(contoso: Program) -> Program:
    contoso.app.extra |= {"createdDateTime": ago(400), "passwordCredentials": [credential()], "keyCredentials": []}
    reported(contoso, last(3), key_1=last(3))
    permissions = ("Application.Read.All", "AuditLog.Read.All")
    return contoso.prepare("idle_identities.py", contoso.app.app_id, permissions=permissions)


class TestCannotSee(CannotSee):
    """Whatever goes wrong on the way to Microsoft Graph."""


@pytest.mark.parametrize("permission", ["Application.Read.All", "AuditLog.Read.All"])
def test_refuses_to_judge_with_half_of_the_permissions(program, permission):
    program.permissions = (permission,)
    assert program.run().code == 2


@pytest.mark.parametrize(
    "sign_in",
    [last(91), last(399), None, {"lastSignInDateTime": None}],
    ids=["91 days ago", "399 days ago", "never", "at no time"],
)
def test_refuses_an_identity_that_last_signed_in(program, sign_in):
    reported(program, sign_in, key_1=last(3))
    done = program.run()
    assert done.code == 1
    assert "has not signed in" in done.out


@pytest.mark.parametrize("position", [1, 2])
def test_refuses_to_judge_when_one_report_is_an_empty_object(program, position):
    program.entra.faults.add(host=HOST, status=200, body={}, after=position)
    assert program.run().code == 2


def test_refuses_an_identity_that_no_report_knows(program):
    program.entra.graph.seed({"reports/servicePrincipalSignInActivities": []})
    assert program.run().code == 1


def test_refuses_to_take_the_use_of_another_app_for_its_own(program):
    stranger = {"appId": "00000000-0000-4000-8000-00000000000f", "lastSignInActivity": last(0)}
    path = "/beta/reports/servicePrincipalSignInActivities"
    program.entra.faults.add(path, host=HOST, status=200, body={"value": [stranger]})
    done = program.run()
    assert done.code == 1
    assert "has not signed in" in done.out


@pytest.mark.parametrize("kind", ["passwordCredentials", "keyCredentials"])
@pytest.mark.parametrize(
    "use", [last(91), None, {"lastSignInDateTime": None}], ids=["91 days ago", "never", "at no time"]
)
def test_refuses_a_credential_beside_one_in_use_that_was_last_used(program, kind, use):
    program.app.extra[kind] = [*program.app.extra[kind], credential("key-2")]
    reported(program, last(3), key_1=last(3), key_2=use)
    done = program.run()
    assert done.code == 1
    assert "'key-2'" in done.out
    assert done.out.count("BAD") == 1


@pytest.mark.parametrize("end", [-1, -4000, None])
def test_refuses_an_unused_credential_that_still_works(program, end):
    program.app.extra["passwordCredentials"] = [credential(), credential("key-2", end=end)]
    assert program.run().code == 1


def test_refuses_when_one_of_several_is_idle(program):
    busy = program.app.app_id
    idle = program.tenant.register("pilot", extra={"createdDateTime": ago(500)}).app_id
    assert program.run(busy).code == 0
    assert program.run(busy, idle).code == 1
    assert program.run(idle, busy).code == 1


def test_refuses_by_the_days_it_is_given(program):
    reported(program, last(20), key_1=last(20))
    assert program.run(program.app.app_id, "--days", "30").code == 0
    assert program.run(program.app.app_id, "--days", "14").code == 1


def test_accepts_what_is_younger_than_the_limit(program):
    program.app.extra |= {"createdDateTime": ago(10), "passwordCredentials": [credential(start=10)]}
    reported(program, None)
    assert program.run().code == 0


def test_accepts_an_unused_credential_that_has_ended(program):
    program.app.extra["passwordCredentials"] = [credential(), credential("key-2", start=300, end=100)]
    assert program.run().code == 0
