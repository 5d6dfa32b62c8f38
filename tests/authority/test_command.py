"""``ztcheck authority`` serves an app in any language: what it prints is there, until it is told to stop."""

from __future__ import annotations

import json
import re
import signal
import ssl
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import httpx
import msal
import pytest

from tests.authority.conftest import Contoso
from ztcheck.authority import Entra
from ztcheck.authority.__main__ import _set_up, main, parser
from ztcheck.authority.control import Control
from ztcheck.authority.keys import peek
from ztcheck.authority.variants import BAD_TOKENS
from ztcheck.errors import InputError


@pytest.mark.parametrize(
    "arguments", [["--port", "99999"], ["--port", "x"], ["--format", "yaml"], ["--token-version", "3"]]
)
def test_wrong_settings_are_refused(arguments: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as stopped:
        main([*arguments, "--once"])
    assert stopped.value.code == 2
    assert "error: argument" in capsys.readouterr().err


def test_a_lifetime_of_nothing_is_refused() -> None:
    with pytest.raises(InputError, match="--lifetime"):
        main(["--lifetime", "0", "--once"])


def test_a_port_that_is_taken_is_refused_with_what_to_do() -> None:
    import socket

    with socket.create_server(("127.0.0.1", 0)) as taken, pytest.raises(InputError, match="choose another --port"):
        main(["--port", str(taken.getsockname()[1]), "--once"])


def served(capsys: pytest.CaptureFixture[str], *arguments: str) -> dict[str, Any]:
    assert main([*arguments, "--format", "json", "--once"]) == 0
    shown: dict[str, Any] = json.loads(capsys.readouterr().out)
    return shown


def test_it_makes_what_the_arguments_say(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    ca = tmp_path / "ca.pem"
    shown = served(
        capsys, "--tenant", "fabrikam", "--api", "stock", "--scope", "Stock.Read", "--role", "Stock.Count.All",
        "--redirect-uri", "http://localhost:3000/cb", "--token-version", "1", "--lifetime", "60", "--ca-file", str(ca),
    )  # fmt: skip
    claims = peek(shown["tokens"]["delegated"])[1]
    assert (claims["scp"], claims["ver"], claims["iss"]) == ("Stock.Read", "1.0", shown["issuer"])
    assert claims["exp"] - claims["iat"] == 60 + 300
    assert peek(shown["tokens"]["app_only"])[1]["roles"] == ["Stock.Count.All"]
    assert shown["client"]["redirect_uris"] == ["http://localhost:3000/cb"]
    assert "BEGIN CERTIFICATE" in ca.read_text()


def test_the_sample_tokens_that_are_wrong_are_wrong(capsys: pytest.CaptureFixture[str]) -> None:
    tokens = {name: peek(token)[1] for name, token in served(capsys)["tokens"].items()}
    assert tokens["wrong_audience"]["aud"] != tokens["delegated"]["aud"]
    assert tokens["expired"]["exp"] < tokens["delegated"]["iat"]
    assert tokens["other_tenant"]["tid"] != tokens["delegated"]["tid"]


def test_it_writes_every_bad_token_for_other_languages(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    file = tmp_path / "bad.json"
    served(capsys, "--bad-tokens", str(file))
    rows = json.loads(file.read_text(encoding="utf-8"))
    assert [row["name"] for row in rows] == list(BAD_TOKENS)
    assert all(set(row) == {"name", "why", "strict", "token"} for row in rows)


def test_it_writes_to_a_file_what_it_would_print(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    file = tmp_path / "entra.json"
    assert main(["--format", "json", "--once", "--output", str(file)]) == 0
    shown = json.loads(file.read_text(encoding="utf-8"))
    assert shown["authority"] == f"{shown['authority_host']}/{shown['tenant']}"
    printed = capsys.readouterr().out
    assert shown["authority"] in printed
    assert shown["tokens"]["delegated"] not in printed


def test_the_text_says_the_same_as_the_json(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--once"]) == 0
    lines = capsys.readouterr().out.splitlines()
    labels = {line.strip().partition(":")[0] for line in lines}
    assert {"authority", "issuer", "jwks", "ca file", "delegated", "client secret"} <= labels


def test_it_serves_until_it_is_told_to_stop(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "ztcheck", "authority", "--format", "json", "--ca-file", str(tmp_path / "ca.pem")]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        text = ""
        for line in process.stdout:
            text += line
            if line == "}\n":
                break
        shown = json.loads(text)
        try:
            context = ssl.create_default_context(cafile=shown["ca_file"])
            with httpx.Client(verify=context) as client:
                assert client.get(shown["metadata"]).json()["issuer"] == shown["issuer"]
                app = msal.ConfidentialClientApplication(
                    shown["client"]["client_id"],
                    client_credential=shown["client"]["client_secret"],
                    authority=shown["authority"],
                    instance_discovery=False,
                    http_client=client,
                )
                answer = app.acquire_token_for_client([shown["api"]["identifier_uri"] + "/.default"])
                assert peek(answer["access_token"])[1]["roles"] == shown["api"]["roles"]
        finally:
            process.send_signal(signal.SIGTERM)
        assert process.wait(10) == 0


# What tests in other languages ask for


@pytest.fixture(scope="module")
def control() -> Iterator[Callable[..., tuple[int, dict[str, Any]]]]:
    """Ask the running command's control interface: operation and arguments in, status and JSON out."""
    with Entra() as entra:
        options = parser().parse_args(["--spa-redirect-uri", "https://localhost:5173/"])
        shown = _set_up(entra, options)
        with httpx.Client(verify=entra.ssl_context()) as client:

            def ask(operation: str, **arguments: Any) -> tuple[int, dict[str, Any]]:
                if operation == "shown":
                    return 200, shown
                answer = client.post(f"{shown['control']}/{operation}", json=arguments)
                return answer.status_code, answer.json()

            yield ask


def test_the_page_names_every_operation() -> None:
    text = (Path(__file__).parents[2] / "docs" / "verify" / "local-entra-id.md").read_text(encoding="utf-8")
    rows = re.findall(r"^\| (`.*?) \|", text.partition("{ #control }")[2].partition("\n## ")[0], re.MULTILINE)
    with Entra() as entra:
        assert sorted(re.findall(r"`([\w-]+)`", " ".join(rows))) == list(
            Control(entra, entra.tenant("contoso")).operations
        )


@pytest.mark.parametrize(
    ("status", "text", "operation", "arguments"),
    [
        (404, "there is no operation 'mint'; there are: approve-device, ", "mint", {}),
        (404, "there is no operation '_app'", "_app", {}),
        (404, "there is no user 'eve'", "revoke-sessions", {"user": "eve"}),
        (404, "there is no nothing", "token", {"api": "nothing"}),
        (400, "missing a required argument: 'path'", "fault", {"kind": "slow"}),
        (400, "kind must be one of throttle, ", "fault", {"kind": "remove", "path": "*/token"}),
        (400, "unexpected keyword argument 'colour'", "register", {"name": "x", "colour": "red"}),
        (400, "AADSTS900144", "sign-in", {"url": "https://localhost/common/oauth2/v2.0/authorize", "user": "ana"}),
    ],
)
def test_control_refuses_what_it_cannot_do_and_says_why(
    control: Callable[..., tuple[int, dict[str, Any]]],
    status: int,
    text: str,
    operation: str,
    arguments: dict[str, Any],
) -> None:
    got, body = control(operation, **arguments)
    assert (got, text in body["error_description"]) == (status, True), body


def test_a_page_in_a_browser_cannot_use_control() -> None:
    with Entra() as entra, httpx.Client(verify=entra.ssl_context()) as client:
        assert client.post(f"{entra.base}/_control/reset", json={}).status_code == 404, "only the command has it"
        shown = _set_up(entra, parser().parse_args([]))
        for kind in ("text/plain", "application/x-www-form-urlencoded", ""):
            refused = client.post(f"{shown['control']}/rotate-keys", content="{}", headers={"Content-Type": kind})
            assert refused.status_code == 400
        preflight = client.options(f"{shown['control']}/rotate-keys", headers={"Origin": "https://evil.example"})
        assert "access-control-allow-origin" not in preflight.headers


def test_control_plays_the_people_and_the_service(control: Callable[..., tuple[int, dict[str, Any]]]) -> None:
    shown = control("shown")[1]
    app, scope = shown["client"]["client_id"], f"{shown['api']['identifier_uri']}/Orders.Read"
    query = {
        "client_id": app, "response_type": "code", "scope": f"openid {scope}", "state": "s", "prompt": "select_account",
        "redirect_uri": shown["client"]["redirect_uris"][0],
    }  # fmt: skip
    url = f"{shown['authority']}/oauth2/v2.0/authorize?{urlencode(query)}"
    assert control("sign-in", url=url, user="ana", accept=False)[1]["error"] == "access_denied"
    assert {"code", "state"} <= set(control("sign-in", url=url, user="ana")[1])
    assert control("require", controls=["block"])[1]["state"] == "enabled"
    assert "AADSTS53003" in control("sign-in", url=url, user="ana")[1]["error_description"]


def test_control_registers_apps_and_makes_any_token(control: Callable[..., tuple[int, dict[str, Any]]]) -> None:
    stock = control("register", name="stock", identifier_uri="https://stock.contoso.com", scopes=["Stock.Read"],
                    app_roles=["Stock.Count.All"], secret=True, trusts={"https://ci.example": "job"})[1]  # fmt: skip
    assert stock["client_secret"]
    guest = control("user", name="ben", mail="ben@example.com")[1]
    control("assign", api="stock", roles=["Stock.Count.All"], client="client")
    made = [
        control("token", api="stock", client="client"),
        control(
            "token", api=stock["client_id"], user="ben", scopes=["Stock.Read"], claims={"aud": "x"}, without=["exp"]
        ),
    ]
    app_only, wrong = (peek(answer[1]["access_token"])[1] for answer in made)
    assert (app_only["aud"], app_only["roles"]) == (stock["client_id"], ["Stock.Count.All"])
    assert (wrong["aud"], wrong["oid"], wrong["scp"], "exp" in wrong) == ("x", guest["id"], "Stock.Read", False)


def test_control_turns_keys_clock_and_faults_and_shows_the_wire(
    control: Callable[..., tuple[int, dict[str, Any]]],
) -> None:
    shown = control("shown")[1]
    before = peek(control("token", api="orders-api", client="client")[1]["access_token"])
    kid = control("rotate-keys", withdraw=True)[1]["kid"]
    control("clock", skew=7200)
    control("fault", kind="throttle", path="*", retry_after=3)
    after = peek(control("token", api="orders-api", client="client")[1]["access_token"])
    assert after[0]["kid"] == kid != before[0]["kid"]
    assert after[1]["exp"] - before[1]["exp"] >= 7200
    with httpx.Client(verify=ssl.create_default_context(cafile=shown["ca_file"])) as client:
        assert client.get(shown["jwks"]).headers["Retry-After"] == "3"
        assert [key["kid"] for key in client.get(shown["jwks"]).json()["keys"]] == [kid]
    assert [each["status"] for each in control("log", path="*/keys")[1]["exchanges"]] == [429, 200]
    control("reset")
    assert control("log")[1]["exchanges"] == []


def test_a_single_page_app_may_read_metadata_and_redeem_its_code(contoso: Contoso) -> None:
    for path in ("v2.0/.well-known/openid-configuration", "discovery/v2.0/keys"):
        answer = httpx.get(f"{contoso.authority}/{path}", headers={"Origin": "https://localhost:5173"})
        assert answer.headers["access-control-allow-origin"] == "*"
    preflight = httpx.options(f"{contoso.authority}/oauth2/v2.0/token", headers={"Origin": "https://localhost:5173"})
    assert (preflight.status_code, preflight.headers["access-control-allow-origin"]) == (204, "*")
    page = httpx.get(contoso.authorize_url(), headers={"Origin": "https://localhost:5173"})
    assert "access-control-allow-origin" not in page.headers
