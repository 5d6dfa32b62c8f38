"""One registration is a client, an API or a background service, and belongs to one component."""

import json
import runpy
import sys
from pathlib import Path

import pytest

from tests.snippets.graph_programs import HOSTILE

SNIPPET = Path(__file__).parents[2] / "snippets" / "registration_roles.py"
ROLE = {"resourceAppId": "00000003-0000-0000-c000-000000000000", "resourceAccess": [{"id": "1", "type": "Role"}]}
SCOPE = {"resourceAppId": "00000003-0000-0000-c000-000000000000", "resourceAccess": [{"id": "2", "type": "Scope"}]}


def registration(app_id="a", web=(), spa=(), public=(), scopes=(), requests=()):
    return {
        "appId": app_id,
        "web": {"redirectUris": list(web)},
        "spa": {"redirectUris": list(spa)},
        "publicClient": {"redirectUris": list(public)},
        "api": {"oauth2PermissionScopes": [{"value": value, "isEnabled": enabled} for value, enabled in scopes]},
        "requiredResourceAccess": list(requests),
    }


WEB = registration("web", web=["https://orders.contoso.com/auth"], requests=[SCOPE])
API = registration("api", scopes=[("Orders.Read", True)], requests=[ROLE])
DAEMON = registration("daemon", requests=[ROLE, SCOPE])


@pytest.fixture
def run(tmp_path, monkeypatch, capsys):
    """Run the program on these registrations, or raw texts, one file each."""

    def run_on(*registrations, coupled=()):
        paths = [tmp_path / f"component{number}.json" for number in range(len(registrations))]
        for path, content in zip(paths, registrations, strict=True):
            path.write_bytes(content if isinstance(content, bytes) else json.dumps(content).encode())
        arguments = [str(SNIPPET), *map(str, paths), *(["--coupled", *coupled] if coupled else [])]
        monkeypatch.setattr(sys, "argv", arguments)
        with pytest.raises(SystemExit) as stop:
            runpy.run_path(str(SNIPPET), run_name="__main__")
        shown = capsys.readouterr()
        assert all(character.isprintable() or character == "\n" for character in shown.out + shown.err)
        return stop.value.code, shown.out, shown.err

    return run_on


MIXED = {
    "a web app with application permissions": WEB | {"requiredResourceAccess": [SCOPE, ROLE]},
    "a browser app with application permissions": registration(spa=["https://a.example/"], requests=[ROLE]),
    "a device app with application permissions": registration(public=["http://localhost"], requests=[ROLE]),
    "a role after a scope of the same API": registration(
        web=[f"https://a.example/{HOSTILE}"],
        requests=[{"resourceAppId": "x", "resourceAccess": [*SCOPE["resourceAccess"], *ROLE["resourceAccess"]]}],
    ),
    "an API that signs users in": WEB | {"api": API["api"]},
    "an API in a browser": registration(spa=["https://a.example/"], scopes=[("Old", False), ("Orders.Read", True)]),
}


@pytest.mark.parametrize("mixed", MIXED.values(), ids=MIXED)
def test_refuses(run, mixed):
    code, out, _ = run(DAEMON, mixed)
    assert code == 1
    assert "BAD 'component1.json' signs users in" in out
    assert out.count("BAD") == 1


@pytest.mark.parametrize("coupled", [(), ("daemon",)], ids=["nothing", "another"])
def test_refuses_an_api_that_signs_in_with_a_coupling_of(run, coupled):
    assert run(WEB | {"api": API["api"]}, coupled=coupled)[0] == 1


def test_refuses_application_permissions_although_client_and_api_are_coupled(run):
    both = WEB | {"api": API["api"], "requiredResourceAccess": [ROLE]}
    assert run(both, coupled=["web"])[0] == 1


def test_refuses_one_registration_for_two_components(run):
    code, out, _ = run(WEB, DAEMON, DAEMON | {"appId": "DAEMON"})
    assert code == 1
    assert out.count("registration of another component") == 2


UNREADABLE = {
    "no JSON": b"not found",
    "half a document": b'{"appId": "a"',
    "nothing": b"",
    "null": b"null",
    "a list": b"[]",
    "an error": b'{"error": {"code": "Request_ResourceNotFound"}}',
    "no redirects": json.dumps({key: value for key, value in WEB.items() if key != "spa"}).encode(),
    "no permissions": json.dumps(
        {key: value for key, value in WEB.items() if key != "requiredResourceAccess"}
    ).encode(),
    "a depth without end": b"[" * 100_000,
    "another encoding": json.dumps(WEB).encode("utf-7").replace(b"{", b"\xff"),
}


@pytest.mark.parametrize("content", UNREADABLE.values(), ids=UNREADABLE)
def test_refuses_to_judge_a_file_with(run, content):
    code, out, err = run(API, content)
    assert code == 2
    assert "could not be checked" in err
    assert not out


def test_refuses_to_judge_a_file_that_is_not_there(run, monkeypatch):
    code, _, _ = run(API)
    assert code == 0
    monkeypatch.setattr(sys, "argv", [str(SNIPPET), "/nowhere/app.json"])
    with pytest.raises(SystemExit, match="2"):
        runpy.run_path(str(SNIPPET), run_name="__main__")


def test_accepts_one_registration_each(run):
    assert (
        run(WEB, API, DAEMON, json.dumps(registration("spa", spa=["https://a.example/"])).encode("utf-8-sig"))[0] == 0
    )


def test_accepts_an_api_that_is_its_own_client_only_by_its_name(run):
    assert run(WEB | {"api": API["api"]}, coupled=["web"])[0] == 0
