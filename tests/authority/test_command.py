"""``ztcheck authority`` serves an app in any language: what it prints is there, until it is told to stop."""

from __future__ import annotations

import json
import signal
import ssl
import subprocess
import sys
from pathlib import Path
from typing import Any

import httpx
import msal
import pytest

from ztcheck.authority.__main__ import main
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
