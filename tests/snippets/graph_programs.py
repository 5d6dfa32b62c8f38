"""Runs the small programs that ask Microsoft Graph, and states once what each of them must refuse.

A module that tests such a program has a fixture ``program``, a `Program` that passes as it is, and a class that
inherits `CannotSee`.
"""

from __future__ import annotations

import itertools
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any, ClassVar

import pytest

from tests.snippets.programs import DEEP_ARRAY, DEEP_OBJECT, Done, run_program
from tests.snippets.programs import HOSTILE as HOSTILE
from ztcheck.authority import Entra, Registration, Tenant
from ztcheck.authority.directory import GRAPH
from ztcheck.authority.loopback import loopback

HOST = "graph.microsoft.com"
_numbers = itertools.count(1)


@dataclass
class Program:
    """A program with the arguments that it is run with, in a tenant of its own.

    It signs in as *caller*, an app whose application permissions are *permissions* and nothing else.
    """

    entra: Entra
    tenant: Tenant
    caller: Registration
    app: Registration
    environment: pytest.MonkeyPatch
    slept: list[float]
    name: str = ""
    arguments: list[str] = field(default_factory=list)
    permissions: tuple[str, ...] = ("Application.Read.All",)
    host: str = HOST

    def prepare(self, name: str, *arguments: str, permissions: tuple[str, ...] = ("Application.Read.All",)) -> Program:
        """Say what to run."""
        self.name, self.arguments, self.permissions = name, list(arguments), permissions
        return self

    def run(self, *arguments: str) -> Done:
        """Run the snippet's file unchanged as a program, with *arguments* or those it was prepared with."""
        microsoft_graph = self.entra.microsoft[GRAPH]
        self.tenant.assignments.pop((self.tenant.service_principal_id(self.caller), GRAPH), None)
        if self.permissions:
            self.tenant.assign(self.caller, microsoft_graph, *self.permissions)
        return run_program(
            self.name, arguments or self.arguments, self.environment, str(self.caller.secrets[0].value), "eyJ"
        )

    def requests(self) -> int:
        """How many requests to Graph a run makes that passes."""
        self.entra.log.clear()
        assert self.run().code == 0, "it must pass before something goes wrong"
        return len(self.entra.log.find(host=self.host))


@pytest.fixture(scope="session")
def local_entra() -> Iterator[Entra]:
    with Entra(cloud="public") as running:
        yield running


@pytest.fixture
def contoso(local_entra: Entra, monkeypatch: pytest.MonkeyPatch) -> Iterator[Program]:
    """A new tenant with the orders app, and a caller that signs in through the environment."""
    tenant = local_entra.tenant(f"contoso{next(_numbers)}")
    caller = tenant.register("release-pipeline", secret=True)
    app = tenant.register(f"Contoso Orders{HOSTILE}")
    monkeypatch.setenv("AZURE_TENANT_ID", tenant.id)
    monkeypatch.setenv("AZURE_CLIENT_ID", caller.app_id)
    monkeypatch.setenv("AZURE_CLIENT_SECRET", caller.secrets[0].value)
    slept: list[float] = []
    monkeypatch.setattr(time, "sleep", slept.append)
    with loopback(local_entra):
        yield Program(local_entra, tenant, caller, app, monkeypatch, slept)
    local_entra.faults.clear()
    local_entra.graph.clear()
    local_entra.management.clear()
    local_entra.graph.page_size = 100


Fault = Callable[[Program, int], None]


def _answers(body: Any = b"", status: int | None = 200, **more: Any) -> Fault:
    def fault(program: Program, after: int) -> None:
        program.entra.faults.add(host=program.host, status=status, body=body, after=after, times=None, **more)

    return fault


_AWAY = "https://graph.contoso.example/v1.0/"
_NEXT = {
    "@odata.nextLink": f"https://{HOST}/v1.0/applications?$skiptoken=again",
    "nextLink": "https://management.azure.com/again",
}
FAULTS: dict[str, Fault] = {
    "forbidden": _answers({"error": {"code": "Authorization_RequestDenied", "message": HOSTILE}}, 403),
    "no such app": _answers({"error": {"code": "Request_ResourceNotFound", "message": HOSTILE}}, 404),
    "throttled for ever": _answers({"error": {}}, 429, headers={"Retry-After": "3"}),
    "out of order": _answers({"error": {}}, 503),
    "moved to another server": _answers(b"", 302, headers={"Location": "https://graph.contoso.example/"}),
    "a page of HTML": _answers(b"<!DOCTYPE html><title>Sign in to the network</title>"),
    "half a document": _answers(b'{"value": [{"id": "1"'),
    "nothing": _answers(b""),
    "null": _answers(b"null"),
    "an array nested too deeply": _answers(DEEP_ARRAY),
    "an object nested too deeply": _answers(DEEP_OBJECT),
    "a list": _answers(b"[]"),
    "an empty object": _answers({}),
    "an error under status 200": _answers({"error": {"code": "Timeout"}}),
    "an empty page that is forbidden": _answers({"value": []}, 403),
    "a page without a list": _answers({"value": None}),
    "texts for objects": _answers({"value": ["a"]}),
    "a next page on another server": _answers({"value": [], "@odata.nextLink": _AWAY, "nextLink": _AWAY}),
    "pages without end": _answers({"value": []} | _NEXT),
    "a cut connection": _answers(status=None, cut=20),
}


class CannotSee:
    """What each program refuses to judge: exit code 2 and a reason, never 0 or 1."""

    _positions: ClassVar[range]

    @classmethod
    def positions(cls, program: Program) -> range:
        """The program's requests, each of which can go wrong; counted once for all faults."""
        if "_positions" not in vars(cls):
            cls._positions = range(program.requests())
        return cls._positions

    @pytest.mark.parametrize("fault", FAULTS)
    def test_refuses_to_judge_after(self, program: Program, fault: str) -> None:
        """Whichever of its requests goes wrong."""
        for position in self.positions(program):
            program.entra.faults.clear()
            FAULTS[fault](program, position)
            done = program.run()
            assert done.code == 2, (position, done)
            assert "could not be checked" in done.err

    @pytest.mark.parametrize("missing", ["permission", "secret", "tenant"])
    def test_refuses_to_judge_without(self, program: Program, missing: str) -> None:
        if missing == "permission":
            program.permissions = ()
        elif missing == "secret":
            program.environment.setenv("AZURE_CLIENT_SECRET", "wrong")
        else:
            program.environment.setenv("AZURE_TENANT_ID", "00000000-0000-4000-8000-000000000000")
        done = program.run()
        assert done.code == 2, done
        assert "could not be checked" in done.err

    def test_waits_as_long_as_throttling_says(self, program: Program) -> None:
        program.entra.faults.throttle(host=program.host, retry_after=17)
        assert program.run().code == 0
        assert 17 in program.slept
