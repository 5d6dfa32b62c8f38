"""Only a plain refusal outside, while the app is let in inside, shows that the app is bounded."""

import pytest

from tests.snippets.graph_programs import FAULTS, HOST, Program

INSIDE = ["users/orders@contoso.example/messages?$top=1&$select=id", "sites/orders"]
OUTSIDE = ["users/ceo@contoso.example/messages?$top=1&$select=id", "sites/board"]
DENIED = {"$error": 403, "code": "ErrorAccessDenied", "message": "Access is denied."}


@pytest.fixture
def program(contoso: Program) -> Program:
    contoso.entra.graph.seed(
        {
            "users/orders@contoso.example/messages": [{"id": "1"}],
            "sites/orders": {"id": "orders"},
            "users/ceo@contoso.example/messages": DENIED,
            "sites/board": DENIED,
        }
    )
    return contoso.prepare(
        "app_only_bounds.py", "--inside", *INSIDE, "--outside", *OUTSIDE, permissions=("Mail.Read", "Sites.Selected")
    )


def test_accepts_an_app_that_is_let_in_inside_and_refused_outside(program):
    done = program.run()
    assert done.code == 0
    assert done.out.count("ok  refused") == 2


@pytest.mark.parametrize(
    "given", [{"users/ceo@contoso.example/messages": []}, {"sites/board": {"id": "board"}}], ids=str
)
def test_refuses_an_app_that_is_let_in_outside(program, given):
    program.entra.graph.seed(given)
    done = program.run()
    assert done.code == 1
    assert done.out.count("BAD given") == 1


@pytest.mark.parametrize("status", [400, 401, 404, 410, 423, 500])
@pytest.mark.parametrize("path", ["users/ceo@contoso.example/messages", "sites/board"])
def test_refuses_to_take_another_failure_outside_for_a_refusal(program, path, status):
    program.entra.graph.seed({path: DENIED | {"$error": status}})
    assert program.run().code == 2


@pytest.mark.parametrize("status", [206, 302])
def test_refuses_what_is_given_by_another_way(program, status):
    """A file's content comes as a redirect to a download, whatever else is refused or missing."""
    program.entra.graph.seed({"sites/board": DENIED | {"$error": 404}})
    program.entra.faults.add(
        "/v1.0/users/ceo*", host=HOST, status=status, headers={"Location": "https://files.example/"}
    )
    assert program.run().code == 1


@pytest.mark.parametrize("status", [403, 404, 401, 500, 302])
@pytest.mark.parametrize("path", ["users/orders@contoso.example/messages", "sites/orders"])
def test_refuses_to_judge_while_the_app_is_not_let_in_inside(program, path, status):
    program.entra.graph.seed({path: DENIED | {"$error": status}})
    assert program.run().code == 2


def test_refuses_to_judge_by_the_rights_of_a_person(program):
    program.entra.faults.add("/v1.0/me", host=HOST, status=200, body={"displayName": "Ana"})
    assert program.run().code == 2


def test_refuses_to_judge_by_the_rights_of_a_person_whose_name_may_not_be_read(program):
    program.entra.faults.add("/v1.0/me", host=HOST, status=403, body=b"")
    assert program.run().code == 2


@pytest.mark.parametrize("fault", ["no such app", "throttled for ever", "out of order", "a cut connection"])
def test_refuses_to_judge_after(program, fault):
    for position in range(program.requests()):
        program.entra.faults.clear()
        FAULTS[fault](program, position)
        assert program.run().code == 2, position


@pytest.mark.parametrize("missing", ["permission", "secret"])
def test_refuses_to_judge_without(program, missing):
    if missing == "permission":
        program.permissions = ()
    else:
        program.environment.setenv("AZURE_CLIENT_SECRET", "wrong")
    assert program.run().code == 2


@pytest.mark.parametrize("arguments", [["--inside", *INSIDE], ["--outside", *OUTSIDE], []], ids=str)
def test_refuses_to_run_without_both_sides(program, arguments):
    assert program.run(*(arguments or ["--inside"])).code == 2


def test_waits_as_long_as_throttling_says(program):
    program.entra.faults.throttle(host=HOST, retry_after=17)
    assert program.run().code == 0
    assert 17 in program.slept
