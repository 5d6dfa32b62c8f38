"""Shares independent tasks between processes: Python uses one processor, and most machines have more."""

from __future__ import annotations

import contextlib
import os
import pickle
import struct
import sys
import threading
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

MOST = 4  # processes: more of them find out the same things for themselves more often than they save
_NUMBER = struct.Struct("H")


def results(tasks: Sequence[Callable[[], Any]], *, alone: bool = False) -> list[Any]:
    """Return what each of *tasks* returns, in their order; what they return must be picklable.

    Where it can, on Linux, copies of this process take part, unless *alone*. What a copy that ended early, for any
    reason, does not tell is found out here: so a task that raises an error raises it here too.
    """
    workers = 0 if alone else _processors() - 1
    if workers < 1 or len(tasks) > 4096:  # the numbers of all tasks must fit into a pipe
        return [task() for task in tasks]
    left, right = os.pipe()
    os.write(right, b"".join(_NUMBER.pack(number) for number in range(len(tasks))))
    os.close(right)
    copies: list[tuple[int, int]] = []
    done: dict[int, Any] = {}
    try:
        with contextlib.suppress(OSError):  # no more processes are allowed
            copies.extend(_copy(tasks, left) for _ in range(workers))
        for number in _taken(left):
            done[number] = tasks[number]()
    finally:
        for _ in _taken(left):
            pass  # after an error nobody shall begin another task
        os.close(left)
        for process, pipe in copies:
            with os.fdopen(pipe, "rb") as told:
                raw = told.read()
            if os.waitpid(process, 0)[1] == 0 and raw:
                done.update(pickle.loads(raw))  # noqa: S301 - what a copy of this process wrote
    return [done[number] if number in done else task() for number, task in enumerate(tasks)]


def _processors() -> int:
    """How many processors there are to use, no more than `MOST`; 1 where a process cannot be copied safely."""
    if sys.platform != "linux" or threading.active_count() > 1:
        return 1
    return min(len(os.sched_getaffinity(0)), MOST)


def _taken(pipe: int) -> Iterator[int]:
    """Yield the numbers of tasks that no other process took from *pipe*."""
    while raw := os.read(pipe, _NUMBER.size):
        yield _NUMBER.unpack(raw)[0]


def _copy(tasks: Sequence[Callable[[], Any]], pipe: int) -> tuple[int, int]:
    """Copy this process; return the copy's id and the pipe on which it tells what it found out."""
    told, tell = os.pipe()
    process = os.fork()
    if process:
        os.close(tell)
        return process, told
    failed = 1
    try:
        with os.fdopen(tell, "wb") as out:
            pickle.dump({number: tasks[number]() for number in _taken(pipe)}, out, pickle.HIGHEST_PROTOCOL)
        failed = 0
    finally:
        # Neither the caller's cleaning up nor what it has yet to write is the copy's to do.
        os._exit(failed)
    raise AssertionError
