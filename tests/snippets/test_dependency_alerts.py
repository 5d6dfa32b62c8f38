"""No vulnerable dependency stays longer than its severity allows."""

from datetime import UTC, datetime, timedelta

import pytest

from tests.snippets.github_programs import CannotSee, GitHubProgram
from tests.snippets.programs import HOSTILE

ALERTS = "repos/contoso/orders/dependabot/alerts"
DAYS = {"critical": 7, "high": 30, "medium": 90, "low": 180}


def alert(severity: str, days: int, state: str = "open") -> dict[str, object]:
    since = datetime.now(UTC) - timedelta(days=days, hours=1)
    return {
        "number": 3,
        "state": state,
        "created_at": since.strftime("%Y-%m-%dT%H:%M:%SZ"),
        "security_advisory": {"severity": severity},
        "dependency": {"package": {"name": f"requests{HOSTILE}"}},
    }


@pytest.fixture
def program(code_host: GitHubProgram) -> GitHubProgram:
    young = [alert(severity, days) for severity, days in DAYS.items()]
    return code_host.prepare(
        "dependency_alerts.py", "contoso/orders", resources={ALERTS: [*young, alert("critical", 400, "dismissed")]}
    )


class TestCannotSee(CannotSee):
    """Whatever goes wrong on the way to GitHub."""


def test_accepts_alerts_within_their_deadline(program):
    assert program.run().code == 0


@pytest.mark.parametrize("severity", DAYS)
def test_refuses_an_overdue_alert(program, severity):
    program.entra.github.page_size = 2
    program.resources[ALERTS].append(alert(severity, DAYS[severity] + 1))
    done = program.run()
    assert done.code == 1
    assert done.out.count("BAD") == 1


def test_refuses_by_the_deadline_that_is_given(program):
    assert program.run("--low", "100").code == 1


@pytest.mark.parametrize("severity", ["severe", "repository", None])
def test_refuses_to_judge_a_severity_without_deadline(program, severity):
    program.resources[ALERTS].append(alert(severity, 400))
    assert program.run().code == 2
