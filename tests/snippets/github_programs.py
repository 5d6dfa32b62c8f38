"""Runs the small programs that ask GitHub, and states once what each of them must refuse.

A module that tests such a program has a fixture ``program``, a `GitHubProgram` that passes as it is, and a class that
inherits `CannotSee`.
"""

from __future__ import annotations

import copy
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any, ClassVar

import pytest

from tests.snippets.programs import DEEP_ARRAY, DEEP_OBJECT, HOSTILE, Done, run_program
from ztcheck.authority import Entra
from ztcheck.authority.loopback import loopback

HOST = "api.github.com"


@dataclass
class GitHubProgram:
    """A program, its arguments, and what GitHub holds: *resources* by path, which a test changes."""

    entra: Entra
    token: str
    environment: pytest.MonkeyPatch
    slept: list[float]
    name: str = ""
    arguments: list[str] = field(default_factory=list)
    resources: dict[str, Any] = field(default_factory=dict)

    def prepare(self, name: str, *arguments: str, resources: dict[str, Any]) -> GitHubProgram:
        """Say what to run, and what GitHub holds where the program passes."""
        self.name, self.arguments, self.resources = name, list(arguments), copy.deepcopy(resources)
        return self

    def run(self, *more: str) -> Done:
        """Run the snippet's file unchanged as a program, with the arguments that it was prepared with and *more*."""
        self.entra.github.clear()
        self.entra.github.seed(self.resources)
        return run_program(self.name, [*self.arguments, *more], self.environment, self.token, "eyJ")

    def requests(self) -> int:
        """How many requests a run makes that passes."""
        self.entra.log.clear()
        done = self.run()
        assert done.code == 0, ("it must pass before something goes wrong", done)
        return len(self.entra.log.find(host=HOST))


@pytest.fixture
def code_host(local_entra: Entra, monkeypatch: pytest.MonkeyPatch) -> Iterator[GitHubProgram]:
    """GitHub, and a token for it in the environment."""
    token = local_entra.github.token()
    monkeypatch.setenv("GH_TOKEN", token)
    slept: list[float] = []
    monkeypatch.setattr(time, "sleep", slept.append)
    with loopback(local_entra):
        yield GitHubProgram(local_entra, token, monkeypatch, slept)
    local_entra.faults.clear()
    local_entra.github.clear()
    local_entra.github.page_size = 100


Fault = Callable[[Entra, int], None]


def _answers(body: Any = b"", status: int | None = 200, **more: Any) -> Fault:
    def fault(entra: Entra, after: int) -> None:
        entra.faults.add(host=HOST, status=status, body=body, after=after, times=None, **more)

    return fault


FAULTS: dict[str, Fault] = {
    "forbidden": _answers({"message": HOSTILE}, 403),
    "not found": _answers({"message": "Not Found"}, 404),
    "throttled for ever": _answers({"message": "rate limit"}, 403, headers={"Retry-After": "3"}),
    "throttled until a day that is no number": _answers({}, 429, headers={"Retry-After": "tomorrow"}),
    "out of order": _answers({}, 503),
    "moved to another server": _answers(b"", 302, headers={"Location": "https://github.contoso.example/"}),
    "a page of HTML": _answers(b"<!DOCTYPE html><title>Sign in to the network</title>"),
    "half a document": _answers(b'[{"id": 1'),
    "nothing": _answers(b""),
    "null": _answers(b"null"),
    "an array nested too deeply": _answers(DEEP_ARRAY),
    "an object nested too deeply": _answers(DEEP_OBJECT),
    "an empty object": _answers({}),
    "texts for objects": _answers(b'["a"]'),
    "an object without members in a list": _answers(b"[{}]"),
    "an empty list that is forbidden": _answers(b"[]", 403),
    "a next page on another server": _answers(
        b"[]", headers={"Link": '<https://github.contoso.example/?page=2>; rel="next"'}
    ),
    "pages without end": _answers(b"[]", headers={"Link": f'<https://{HOST}/user?page=2>; rel="next"'}),
    "a cut connection": _answers(status=None, cut=1),
}


class CannotSee:
    """What each program refuses to judge: exit code 2 and a reason, never 0 or 1."""

    _positions: ClassVar[range]

    @classmethod
    def positions(cls, program: GitHubProgram) -> range:
        """The program's requests, each of which can go wrong; counted once for all faults."""
        if "_positions" not in vars(cls):
            cls._positions = range(program.requests())
        return cls._positions

    @pytest.mark.parametrize("fault", FAULTS)
    def test_refuses_to_judge_after(self, program: GitHubProgram, fault: str) -> None:
        """Whichever of its requests goes wrong."""
        for position in self.positions(program):
            program.entra.faults.clear()
            FAULTS[fault](program.entra, position)
            done = program.run()
            assert done.code == 2, (position, done)
            assert "could not be checked" in done.err
            assert ("next page" not in fault) or "pages lead nowhere" in done.err, "it must not even try"

    @pytest.mark.parametrize("token", [None, "", "wrong", "two\nlines", "na\u00efve"], ids=ascii)
    def test_refuses_to_judge_with_the_token(self, program: GitHubProgram, token: str | None) -> None:
        if token is None:
            program.environment.delenv("GH_TOKEN")
        else:
            program.environment.setenv("GH_TOKEN", token)
        done = program.run()
        assert done.code == 2, done
        assert "could not be checked" in done.err
        assert not token or token not in done.err
        if not token:
            assert "GH_TOKEN holds no token" in done.err

    def test_waits_as_long_as_throttling_says(self, program: GitHubProgram) -> None:
        program.entra.github.throttled(retry_after=17)
        assert program.run().code == 0
        assert program.slept == [17]
