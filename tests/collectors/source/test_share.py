"""Tasks that several processes share: results as if one did them all, whatever happens to the others."""

from __future__ import annotations

import multiprocessing
import os
import time

import pytest

from ztcheck.collectors.source import share

HERE = os.getpid()


@pytest.fixture(autouse=True)
def two_processors(monkeypatch):
    if not hasattr(os, "fork"):
        pytest.skip("processes cannot be copied here")
    monkeypatch.setattr(share, "_processors", lambda: 2)


def elsewhere(what):
    """Return a task that does *what* in a copy of this process, and tells where it was done."""

    def task():
        if os.getpid() == HERE:
            time.sleep(0.05)  # leaves the next task to the copy
            return "here"
        return what()

    return task


def test_an_error_is_raised_wherever_its_task_was_begun():
    def wrong():
        raise ValueError("no such claim")

    with pytest.raises(ValueError, match="no such claim"):
        share.results([wrong, *[lambda: 1] * 20])


@pytest.mark.parametrize(
    "end",
    [lambda: os._exit(0), lambda: os.kill(os.getpid(), 9), lambda: [][0], lambda: lambda: "cannot be pickled"],
    ids=["leaves", "is-killed", "raises", "tells-nothing"],
)
def test_what_a_copy_does_not_tell_is_found_out_here(end):
    assert share.results([elsewhere(end)] * 6) == ["here"] * 6


def test_results_come_in_the_order_of_their_tasks():
    both = multiprocessing.get_context("fork").Barrier(2)
    waited: list[int] = []

    def one_of(number):
        def task():
            if not waited:
                both.wait(timeout=60)  # until either process has a task
                waited.append(number)
            return ("here" if os.getpid() == HERE else "copy"), number

        return task

    told = share.results([one_of(number) for number in range(40)])
    assert {place for place, _ in told} == {"here", "copy"}
    assert [number for _, number in told] == list(range(40))


def test_a_large_result_passes_whole():
    assert share.results([lambda: "x" * 1_000_000] * 8) == ["x" * 1_000_000] * 8


def test_no_process_and_no_open_file_is_left():
    first = os.dup(0)
    os.close(first)
    share.results([lambda: 1] * 8)
    after = os.dup(0)
    os.close(after)
    assert after == first  # the lowest number that is free
    with pytest.raises(ChildProcessError):
        os.waitpid(-1, os.WNOHANG)


def test_one_process_does_all_when_asked_to():
    assert share.results([os.getpid] * 8, alone=True) == [HERE] * 8
