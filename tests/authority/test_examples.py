"""The examples of the page on the local Entra ID run as shown, and refuse every bad token."""

from __future__ import annotations

import json
import os
import re
import shutil
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest

from tests.authority.test_witness import ROOT, node
from tests.inner import run_pytest
from ztcheck.authority import Entra
from ztcheck.authority.variants import BAD_TOKENS, UNUSUAL_TOKENS, Case

EXAMPLES = Path(__file__).parent / "examples"
PAGE = ROOT / "docs" / "verify" / "local-entra-id.md"
FIRST = ROOT / "docs" / "build" / "first-api.md"


def test_the_pages_show_the_very_files() -> None:
    shown = {name for page in (PAGE, FIRST) for name in re.findall(r'--8<-- "([^"]+)"', page.read_text("utf-8"))}
    assert sorted(shown) == sorted(p.relative_to(ROOT).as_posix() for p in EXAMPLES.iterdir() if p.is_file())


def test_the_page_says_how_many_tokens_there_are() -> None:
    text = PAGE.read_text(encoding="utf-8")
    assert f"{len(BAD_TOKENS)} tokens that an API must refuse" in text
    assert f"{len(UNUSUAL_TOKENS)} unusual ones that it must accept" in text


def test_the_fastapi_example_passes_its_own_tests(tmp_path: Path) -> None:
    for name in ("orders_api.py", "conftest.py", "test_orders_api.py"):
        shutil.copy(EXAMPLES / name, tmp_path)
    paths = os.pathsep.join(map(str, (ROOT / "snippets", ROOT / "checks", tmp_path)))
    done = run_pytest(tmp_path, "--import-mode=importlib", PYTHONPATH=paths)
    assert re.search(rf"^{len(BAD_TOKENS) + len(UNUSUAL_TOKENS) + 2} passed", done.stdout, re.MULTILINE), done.stdout


@pytest.fixture(scope="module")
def case() -> Iterator[Case]:
    with Entra() as entra:
        tenant = entra.tenant("contoso")
        api = tenant.register(
            "orders-api", identifier_uri="https://orders.contoso.com", scopes=["Orders.Read"], app_roles=["Process"]
        )
        yield Case(entra, api, tenant.user("ana"), tenant.register("web"), ("Orders.Read",), ("Process",))


@pytest.fixture(scope="module")
def express(case: Case) -> Iterator[int]:
    """The port of the running Express example."""
    if not (ROOT / "node_modules" / "express").exists():
        pytest.skip("npm packages are not installed: run python3 dev.py test")
    entra = case.entra
    settings = {
        "ISSUER": entra.issuer(case.tenant),
        "JWKS_URI": entra.jwks_url(case.tenant),
        "AUDIENCE": case.api.app_id,
        "TENANT": case.tenant.id,
        "NODE_EXTRA_CA_CERTS": str(entra.ca_file),
        "PORT": "0",
    }
    with ExitStack() as stack:
        process = stack.enter_context(
            subprocess.Popen(
                [node(), EXAMPLES / "orders-api.mjs"],
                env={"PATH": os.environ["PATH"], **settings},
                stdout=subprocess.PIPE,
                text=True,
            )
        )
        stack.callback(process.terminate)
        assert process.stdout is not None
        yield int(process.stdout.readline())


def status(port: int, token: str) -> int:
    """Send the token as it is, line breaks and all; return the status, or 0 where the server hung up."""
    head = f"GET /orders HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\nAuthorization: Bearer {token}\r\n\r\n"
    with socket.create_connection(("127.0.0.1", port), timeout=10) as connection:
        try:
            connection.sendall(head.encode())
            answer = connection.recv(4096)
        except ConnectionError:
            return 0
    found = re.match(rb"HTTP/1.1 (\d+)", answer)
    return int(found[1]) if found else 0


@pytest.mark.parametrize("name", BAD_TOKENS)
def test_the_express_example_refuses(case: Case, express: int, name: str) -> None:
    got = status(express, BAD_TOKENS[name].make(case))
    assert got in (0, 400, 401, 403, 431), BAD_TOKENS[name].why


@pytest.mark.parametrize("name", UNUSUAL_TOKENS)
def test_the_express_example_serves(case: Case, express: int, name: str) -> None:
    assert status(express, UNUSUAL_TOKENS[name].make(case)) == 200, UNUSUAL_TOKENS[name].why


def test_the_command_on_the_page_prints_what_the_example_reads(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "ztcheck", "authority", "--format", "json", "--once"]
    shown: dict[str, Any] = json.loads(subprocess.run(command, capture_output=True, check=True, cwd=tmp_path).stdout)
    assert {"issuer", "jwks", "ca_file", "tenant", "api"} <= set(shown)


def test_a_snippet_is_tried_without_a_tenant(tmp_path: Path) -> None:
    shutil.copy(EXAMPLES / "try_snippet.py", tmp_path)
    shutil.copy(ROOT / "snippets" / "credential_expiry.py", tmp_path)
    environment = {**os.environ, "PYTHONPATH": str(ROOT / "checks")}
    command = [sys.executable, "try_snippet.py"]
    done = subprocess.run(command, cwd=tmp_path, env=environment, capture_output=True, text=True, check=False)
    assert re.fullmatch(r"BAD secret 'orders-2026-11' .* ends in 9 days: replace it\n exit code 1\n", done.stdout), done


@pytest.mark.skipif(sys.platform == "win32", reason="the page's commands are run by a POSIX shell")
def test_the_first_api_serves_its_tenant_and_refuses_another(tmp_path: Path) -> None:
    """A newcomer's quarter of an hour: the page's files and commands in an empty folder, as they stand."""
    text = FIRST.read_text(encoding="utf-8")
    files = dict(re.findall(r'title="([^"]+)" \}\n--8<-- "([^"]+)"', text))
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = str(free.getsockname()[1])
    for name, source in files.items():  # another port, so that tests can run side by side
        (tmp_path / name).write_text((ROOT / source).read_text(encoding="utf-8").replace("8000", port))
    commands = [line for block in re.findall(r"```sh\n(.*?)```", text, re.DOTALL) for line in block.splitlines()]
    copies = [line for line in commands if line.startswith("ztcheck snippet ")]
    authority, server, ask = [line for line in commands if line.startswith(("ztcheck authority", "python "))][-3:]
    assert (len(copies), server, ask) == (3, "python serve_local.py", "python ask.py")

    for name, arguments in {"python": "", "ztcheck": "-m ztcheck"}.items():
        (tmp_path / name).write_text(f'#!/bin/sh\nexec "{sys.executable}" {arguments} "$@"\n')
        (tmp_path / name).chmod(0o755)
    environment = {**os.environ, "PATH": f"{tmp_path}:{os.environ['PATH']}", "PYTHONPATH": str(ROOT / "checks")}
    environment["PYTHONUNBUFFERED"] = "1"

    def start(command: str, until: str, stack: ExitStack) -> None:
        process = stack.enter_context(
            subprocess.Popen(
                ["sh", "-c", f"exec {command}"],
                cwd=tmp_path,
                env=environment,
                stdout=subprocess.PIPE,
                stderr=subprocess.STDOUT,
                text=True,
            )
        )
        stack.callback(process.kill)
        assert process.stdout is not None
        seen = ""
        for line in process.stdout:
            seen += line
            if until in line:
                return
        pytest.fail(f"{command} ended:\n{seen}", pytrace=False)

    for command in copies:
        subprocess.run(["sh", "-c", command], cwd=tmp_path, env=environment, check=True)
    with ExitStack() as stack:
        start(authority, "is served until Ctrl-C", stack)
        start(server, "running on", stack)
        done = subprocess.run(["sh", "-c", ask], cwd=tmp_path, env=environment, capture_output=True, text=True)
    assert done.stdout == re.findall(r"```text\n(.*?)```", text, re.DOTALL)[0], done.stdout + done.stderr
