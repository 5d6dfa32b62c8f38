"""The loopback map: production names lead to the local Entra ID, every other address is refused, and nothing stays."""

from __future__ import annotations

import asyncio
import json
import os
import socket
import urllib.error
import urllib.request
from collections.abc import Callable
from pathlib import Path

import httpx
import pytest
import requests

from tests.authority.conftest import Contoso
from ztcheck.authority import Entra
from ztcheck.authority.fence import AddressRefusedError, parse
from ztcheck.authority.loopback import loopback, run_snippet


@pytest.mark.parametrize(
    "act",
    [
        lambda: socket.create_connection(("example.com", 443), timeout=1),
        lambda: socket.create_connection(("93.184.216.34", 443), timeout=1),
        lambda: socket.getaddrinfo("evil.vault.azure.net.example.com", 443),
        lambda: socket.getaddrinfo("a.b.vault.azure.net", 443),
        lambda: socket.getaddrinfo("vault.azure.net", 443),
        lambda: socket.gethostbyname("example.com"),
        lambda: socket.socket(socket.AF_INET, socket.SOCK_DGRAM).sendto(b"x", ("8.8.8.8", 53)),
        lambda: socket.socket(socket.AF_INET).connect_ex(("10.0.0.1", 80)),
        lambda: asyncio.run(open_connection("example.com")),
        lambda: asyncio.run(open_connection("93.184.216.34")),
    ],
    ids=["name", "address", "longer name", "two labels", "no label", "gethostbyname", "UDP", "connect_ex",
         "asyncio name", "asyncio address"],
)  # fmt: skip
@pytest.mark.filterwarnings("ignore:unclosed:ResourceWarning")
def test_an_address_that_is_not_on_the_map_is_refused(entra: Entra, act: Callable[[], object]) -> None:
    assert entra.port
    with pytest.raises(AddressRefusedError, match="not on LOOPBACK_MAP"):
        act()


async def open_connection(host: str) -> None:
    _, writer = await asyncio.open_connection(host, 443)
    writer.close()


URLS = [
    "https://login.microsoftonline.com/common/discovery/v2.0/keys",
    "https://login.microsoftonline.us/common/discovery/v2.0/keys",
    "https://login.partner.microsoftonline.cn/common/discovery/v2.0/keys",
    "https://contoso.ciamlogin.com/common/discovery/v2.0/keys",
    "https://graph.microsoft.com/v1.0/me",
    "https://api.github.com/orgs/contoso",
    "https://contoso.vault.azure.net/secrets/x?api-version=7.4",
    "https://management.azure.com/subscriptions?api-version=1",
    "https://token.actions.githubusercontent.com/.well-known/jwks",
    "http://169.254.169.254/metadata/identity/oauth2/token",
]


@pytest.mark.parametrize("url", URLS)
def test_a_production_name_leads_to_the_local_entra_id(entra: Entra, url: str) -> None:
    entra.log.clear()
    status = httpx.get(url).status_code
    assert requests.get(url, timeout=5).status_code == status
    try:
        opened = urllib.request.urlopen(url, timeout=5).status  # noqa: S310 - a fixed list
    except urllib.error.HTTPError as error:
        opened = error.status
        error.close()
    assert opened == status
    assert len(entra.log) == 3


def test_async_clients_are_mapped_too(contoso: Contoso) -> None:
    async def get() -> int:
        async with httpx.AsyncClient() as client:
            return (await client.get(contoso.entra.jwks_url(contoso.tenant))).status_code

    assert asyncio.run(get()) == 200


def test_afterwards_nothing_is_changed() -> None:
    names = ("getaddrinfo", "gethostbyname", "gethostbyname_ex")
    with Entra() as entra:
        before = {name: getattr(socket, name) for name in names}
        kept = {name: socket.socket.__dict__.get(name) for name in ("connect", "connect_ex", "sendto")}
        environment = dict(os.environ)
        with loopback(entra):
            assert os.environ["SSL_CERT_FILE"] == str(entra.ca_file)
            assert socket.getaddrinfo is not before["getaddrinfo"]
    assert {name: getattr(socket, name) for name in names} == before
    assert {name: socket.socket.__dict__.get(name) for name in kept} == kept
    assert dict(os.environ) == environment


def test_the_map_is_read_back_as_it_was_written(entra: Entra) -> None:
    text = ",".join(f"{host}={port}" for host, port in entra.loopback_map().items())
    assert parse(text) == entra.loopback_map()


# A script in a child process

SCRIPT = """
import json, os, sys, msal, httpx
app = msal.ConfidentialClientApplication(sys.argv[1], client_credential=os.environ["CLIENT_SECRET"],
    authority="https://login.microsoftonline.com/" + sys.argv[2])
answer = app.acquire_token_for_client([sys.argv[3]])
assert app.get_accounts() == []
print(json.dumps({"error": answer.get("error"), "home": os.environ["HOME"], "cwd": os.getcwd(),
    "seen": sorted(name for name in os.environ if "TOKEN" in name or "SECRET" in name)}))
"""


@pytest.fixture
def script(tmp_path: Path) -> Path:
    path = tmp_path / "script.py"
    path.write_text(SCRIPT)
    return path


@pytest.mark.parametrize(("secret", "error"), [("wrong", "invalid_client"), ("", None)])
def test_a_script_runs_unchanged(
    contoso: Contoso, script: Path, secret: str, error: str | None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("GITHUB_TOKEN", "of this machine")
    arguments = [contoso.web.app_id, contoso.tenant.id, contoso.default]
    done = run_snippet(script, arguments, {"CLIENT_SECRET": secret or contoso.secret}, entra=contoso.entra)
    assert done.returncode == 0, done.stderr
    said = json.loads(done.stdout)
    assert said["error"] == error
    assert said["home"] == said["cwd"] != os.environ.get("HOME")
    assert said["seen"] == ["CLIENT_SECRET"], "nothing of this machine leaks in"


@pytest.mark.parametrize(
    "code",
    [
        "import httpx; httpx.get('https://example.com')",
        "import requests; requests.get('https://pypi.org', timeout=5)",
        "import _socket; _socket.socket().connect(('93.184.216.34', 80))",
        "import socket; socket.socket(socket.AF_INET, socket.SOCK_DGRAM).sendto(b'x', ('8.8.8.8', 53))",
    ],
    ids=["httpx", "requests", "below the socket module", "UDP"],
)
def test_a_script_reaches_nothing_else(contoso: Contoso, tmp_path: Path, code: str) -> None:
    path = tmp_path / "script.py"
    path.write_text(code)
    done = run_snippet(path, entra=contoso.entra)
    assert done.returncode == 1
    assert "refused by the loopback fence" in done.stderr


def test_a_script_gets_what_it_asks_on_standard_input(contoso: Contoso, tmp_path: Path) -> None:
    path = tmp_path / "script.py"
    path.write_text("print(input()[::-1])")
    assert run_snippet(path, entra=contoso.entra, stdin="abc").stdout == "cba\n"
