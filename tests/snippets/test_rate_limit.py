"""A caller above its rate is told to wait; nobody else is, and nobody escapes by changing what is not its identity."""

import time
from concurrent.futures import ThreadPoolExecutor

import pytest

from rate_limit import RateLimit
from tests.snippets.issuer import APP_ONLY, DELEGATED, STRANGER, USER, changed

CALLER = changed(DELEGATED, {})


def test_refuses_the_request_above_the_burst():
    limit = RateLimit(per_second=0.1, burst=3)
    assert [limit.retry_after(CALLER) for _ in range(5)] == [0, 0, 0, 10, 10]


def test_requests_above_the_rate_do_not_lengthen_the_wait():
    limit = RateLimit(per_second=0.1, burst=1)
    limit.retry_after(CALLER)
    assert {limit.retry_after(CALLER) for _ in range(1000)} == {10}


@pytest.mark.parametrize(
    "change",
    [{"uti": "another token"}, {"scp": "Orders.Read"}, {"name": "x"}, {"preferred_username": "x"}, {"xms_cc": ["cp1"]}],
    ids=str,
)
def test_a_new_token_of_the_same_caller_is_refused_all_the_same(change):
    limit = RateLimit(per_second=0.1, burst=1)
    limit.retry_after(CALLER)
    assert limit.retry_after(changed(CALLER, change)) > 0


@pytest.mark.parametrize(
    "other", [{"sub": USER}, {"azp": STRANGER}, {"tid": STRANGER}], ids=["user", "client", "tenant"]
)
def test_another_caller_is_not_held_up(other):
    limit = RateLimit(per_second=0.1, burst=1)
    limit.retry_after(CALLER)
    assert limit.retry_after(changed(CALLER, other)) == 0


def test_many_threads_together_get_no_more_than_the_burst():
    limit = RateLimit(per_second=0.001, burst=50)
    with ThreadPoolExecutor(16) as pool:
        waits = list(pool.map(limit.retry_after, [CALLER] * 400))
    assert waits.count(0) == 50


def test_an_idle_caller_never_saves_up_more_than_the_burst():
    limit = RateLimit(per_second=2, burst=2)
    limit.retry_after(CALLER)
    time.sleep(1.2)
    assert [limit.retry_after(CALLER) for _ in range(3)] == [0, 0, 1]


def test_passes_again_after_the_wait():
    limit = RateLimit(per_second=50, burst=1)
    assert limit.retry_after(CALLER) == 0
    assert limit.retry_after(CALLER) == 1
    time.sleep(0.05)
    assert limit.retry_after(CALLER) == 0


def test_remembers_no_more_callers_than_it_may():
    limit = RateLimit(per_second=1, burst=1, most_callers=10)
    for number in range(1000):
        limit.retry_after(changed(APP_ONLY, {"sub": str(number)}))
    assert len(limit._buckets) == 10
