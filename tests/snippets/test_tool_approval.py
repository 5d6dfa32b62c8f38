"""A consequential call goes out only if this user approved exactly this call, once, a moment ago."""

import time
from concurrent.futures import ThreadPoolExecutor

import pytest

from tests.snippets.issuer import PARTNER, STRANGER, TENANT, USER
from tool_approval import ApprovalError, Approvals, Call, User

ANA = User(TENANT, USER)
PAY = Call("https://tools.contoso.com/mcp", "pay", {"to": "DE00 1234", "amount": 100, "note": {"invoice": "17"}})


def approved(approvals: Approvals) -> str:
    approval_id, shown = approvals.hold(ANA, PAY)
    approvals.approve(ANA, approval_id, shown)
    return approval_id


OTHERS = {
    "another-amount": Call(PAY.server, PAY.tool, {**PAY.arguments, "amount": 1000}),
    "another-recipient": Call(PAY.server, PAY.tool, {**PAY.arguments, "to": "DE00 9999"}),
    "amount-as-text": Call(PAY.server, PAY.tool, {**PAY.arguments, "amount": "100"}),
    "amount-as-fraction": Call(PAY.server, PAY.tool, {**PAY.arguments, "amount": 100.0}),
    "nested-change": Call(PAY.server, PAY.tool, {**PAY.arguments, "note": {"invoice": "18"}}),
    "argument-more": Call(PAY.server, PAY.tool, {**PAY.arguments, "urgent": True}),
    "argument-less": Call(PAY.server, PAY.tool, {"to": "DE00 1234", "amount": 100}),
    "look-alike-letter": Call(PAY.server, PAY.tool, {**PAY.arguments, "to": "D\u0415" + "00 1234"}),
    "blank-more": Call(PAY.server, PAY.tool, {**PAY.arguments, "to": "DE00 1234 "}),
    "another-tool": Call(PAY.server, "pay_now", PAY.arguments),
    "another-server": Call("https://stranger.example/mcp", PAY.tool, PAY.arguments),
    "parts-shifted": Call(PAY.server + '", "tool": "pay', "", PAY.arguments),
}


@pytest.mark.parametrize("name", OTHERS)
def test_refuses_a_call_that_differs_from_the_approved(name):
    approvals = Approvals()
    with pytest.raises(ApprovalError):
        approvals.take(ANA, approved(approvals), OTHERS[name])


@pytest.mark.parametrize("name", OTHERS)
def test_refuses_to_approve_a_text_that_is_not_the_call(name):
    approvals = Approvals()
    approval_id, _ = approvals.hold(ANA, PAY)
    with pytest.raises(ApprovalError):
        approvals.approve(ANA, approval_id, OTHERS[name].as_sent())
    with pytest.raises(ApprovalError):
        approvals.take(ANA, approval_id, PAY)


def test_refuses_an_approval_that_was_used_for_another_call():
    approvals = Approvals()
    approval_id = approved(approvals)
    with pytest.raises(ApprovalError):
        approvals.take(ANA, approval_id, OTHERS["another-amount"])
    with pytest.raises(ApprovalError):
        approvals.take(ANA, approval_id, PAY)


def test_refuses_a_second_use():
    approvals = Approvals()
    approval_id = approved(approvals)
    approvals.take(ANA, approval_id, PAY)
    with pytest.raises(ApprovalError):
        approvals.take(ANA, approval_id, PAY)


def test_refuses_all_but_one_of_many_uses_at_once():
    approvals = Approvals()
    approval_id = approved(approvals)

    def use(_: int) -> bool:
        try:
            approvals.take(ANA, approval_id, PAY)
        except ApprovalError:
            return False
        return True

    with ThreadPoolExecutor(8) as pool:
        assert sum(pool.map(use, range(32))) == 1


def test_refuses_a_call_that_nobody_has_approved():
    approvals = Approvals()
    approval_id, _ = approvals.hold(ANA, PAY)
    with pytest.raises(ApprovalError, match="yet"):
        approvals.take(ANA, approval_id, PAY)


def test_refuses_a_call_that_was_denied():
    approvals = Approvals()
    approval_id = approved(approvals)
    approvals.deny(ANA, approval_id)
    with pytest.raises(ApprovalError):
        approvals.take(ANA, approval_id, PAY)


@pytest.mark.parametrize(
    "user", [User(TENANT, STRANGER), User(PARTNER, USER), User("", "")], ids=["colleague", "other-tenant", "nobody"]
)
@pytest.mark.parametrize("step", ["approve", "deny", "take"])
def test_refuses_another_user(user, step):
    approvals = Approvals()
    approval_id, shown = approvals.hold(ANA, PAY)
    more = {"approve": (shown,), "deny": (), "take": (PAY,)}[step]
    with pytest.raises(ApprovalError):
        getattr(approvals, step)(user, approval_id, *more)


@pytest.mark.parametrize("approval_id", ["", "made-up", None], ids=repr)
def test_refuses_an_id_that_was_made_up(approval_id):
    approvals = Approvals()
    approved(approvals)
    with pytest.raises(ApprovalError):
        approvals.take(ANA, approval_id, PAY)


@pytest.mark.parametrize("step", ["approve", "take"])
def test_refuses_after_the_time_is_over(step):
    approvals = Approvals(seconds=0.05)
    approval_id, shown = approvals.hold(ANA, PAY)
    if step == "take":
        approvals.approve(ANA, approval_id, shown)
    time.sleep(0.06)
    with pytest.raises(ApprovalError):
        getattr(approvals, step)(ANA, approval_id, shown if step == "approve" else PAY)


def test_refuses_to_hold_more_calls_than_people_can_read():
    approvals = Approvals(most=2)
    approvals.hold(ANA, PAY)
    approvals.hold(ANA, PAY)
    with pytest.raises(ApprovalError, match="too many"):
        approvals.hold(ANA, PAY)


def test_refuses_to_let_one_users_agent_keep_the_others_from_asking():
    approvals = Approvals(most=1)
    approvals.hold(ANA, PAY)
    assert approvals.hold(ANA._replace(object_id="another"), PAY)


@pytest.mark.parametrize("value", [float("nan"), float("inf"), {1, 2}, b"x"], ids=repr)
def test_refuses_arguments_that_cannot_be_shown(value):
    with pytest.raises((ValueError, TypeError)):
        Approvals().hold(ANA, Call(PAY.server, PAY.tool, {"amount": value}))


def test_refuses_to_hide_letters_from_the_reader():
    _, shown = Approvals().hold(ANA, Call("s", "t", {"to": "DE00\u202e4321\x1b[2J\u200b"}))
    assert shown.isascii()
    assert all(letter.isprintable() or letter == "\n" for letter in shown)


def test_lets_the_approved_call_through():
    approvals = Approvals()
    approval_id = approved(approvals)
    same = Call(PAY.server, PAY.tool, dict(reversed(list(PAY.arguments.items()))))
    approvals.take(ANA, approval_id, same)
    assert '"amount": 100' in PAY.as_sent()


def test_forgets_what_nobody_answered():
    approvals = Approvals(seconds=0.01, most=1)
    approvals.hold(ANA, PAY)
    time.sleep(0.02)
    assert approvals.hold(ANA, PAY)
