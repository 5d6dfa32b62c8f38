"""After a test user's sessions are revoked, the app refuses the token that it took before."""

import time
from dataclasses import dataclass

import pytest

from tests.snippets.graph_programs import Program
from tests.snippets.programs import Done
from ztcheck.authority import User
from ztcheck.authority.directory import GRAPH

APP = "https://graph.microsoft.com/v1.0/me"
REVOKE = "*/revokeSignInSessions"


@dataclass
class Session:
    """A user's session with an app: Microsoft Graph, which learns of a revocation where the client can handle that."""

    program: Program
    user: User

    def token(self, *capabilities: str) -> None:
        """Give the user's token, an hour old by its claim, for a client with these capabilities."""
        graph = self.program.entra.microsoft[GRAPH]
        claims = {"iat": int(time.time()) - 1800, "nbf": int(time.time()) - 1800, "xms_cc": list(capabilities)}
        token = self.program.entra.mint(
            graph, user=self.user, client=self.program.app, scopes=["User.Read"], claims=claims
        )
        self.program.environment.setenv("USER_TOKEN", token)

    def run(self, url: str = APP) -> Done:
        return self.program.run(self.user.upn, url, "--within", "60", "--every", "20")


@pytest.fixture
def session(contoso: Program) -> Session:
    made = Session(contoso, contoso.tenant.user("ana"))
    made.user.valid_from = time.time() - 86400
    contoso.prepare("revoke_sessions.py", permissions=("User.RevokeSessions.All",))
    made.token("CP1")
    return made


def test_accepts_an_app_that_learns_of_it_at_once(session):
    done = session.run()
    assert done.code == 0, done
    assert done.out == "ok  refused 0 seconds after the sessions were revoked\n"


def test_refuses_an_app_that_lets_the_user_in_until_the_token_ends(session):
    session.token()
    done = session.run()
    assert done.code == 1
    assert session.program.slept == [20, 20, 20, 20]


def test_refuses_to_judge_an_app_that_refuses_before(session):
    session.program.entra.revoke_sessions(session.user)
    done = session.run()
    assert done.code == 2
    assert not session.program.entra.log.find(REVOKE)[-1:] or "before anything" in done.err


@pytest.mark.parametrize("status", [302, 403, 404, 500, 503])
def test_refuses_to_judge_an_app_that_answers_otherwise(session, status):
    session.program.entra.faults.add("*/me", status=status, after=1, times=None)
    assert session.run().code == 2


@pytest.mark.parametrize("status", [400, 403, 404, 503])
def test_refuses_to_judge_where_nothing_was_revoked(session, status):
    session.program.entra.faults.add(REVOKE, status=status, body={"error": {}}, times=None)
    assert session.run().code == 2


@pytest.mark.parametrize("body", [{"value": False}, {"value": "true"}, {}, b"null", b"<html>", b""], ids=str)
def test_refuses_to_judge_what_does_not_say_that_it_revoked(session, body):
    session.program.entra.faults.add(REVOKE, status=200, body=body)
    assert session.run().code == 2


@pytest.mark.parametrize("token", [None, "", "na\u00efve", "two\nlines"], ids=ascii)
def test_refuses_to_judge_with_the_token(session, token):
    if token is None:
        session.program.environment.delenv("USER_TOKEN")
    else:
        session.program.environment.setenv("USER_TOKEN", token)
    done = session.run()
    assert done.code == 2
    assert not token or token not in done.err


def test_refuses_to_send_the_token_without_tls(session):
    assert session.run(APP.replace("https", "http")).code == 2


def test_refuses_to_judge_without_permission(session):
    session.program.permissions = ()
    assert session.run().code == 2


def test_refuses_to_judge_another_host_that_it_cannot_reach(session):
    assert session.run("https://orders.contoso.example/").code == 2
