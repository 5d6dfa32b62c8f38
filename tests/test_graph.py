"""The table of Microsoft Graph permissions: ids, levels, and what each call accepts."""

import json
import tomllib
from pathlib import Path
from typing import cast

import pytest

from ztcheck import graph
from ztcheck.graph import build


@pytest.mark.parametrize(
    ("call", "scheme", "least"),
    [
        ("GET /me", "delegated", "User.Read"),
        ("GET /me/messages", "delegated", "Mail.ReadBasic"),
        ("POST /me/sendMail", "delegated", "Mail.Send"),
        ("GET /users", "delegated", "User.ReadBasic.All"),
        ("GET /users", "application", "User.ReadBasic.All"),
        ("GET /users/42", "application", "User.ReadBasic.All"),
        ("GET /users('42')", "application", "User.ReadBasic.All"),
        ("GET /users/{id}", "application", "User.ReadBasic.All"),
        ("GET https://graph.microsoft.com/v1.0/users?$top=5", "application", "User.ReadBasic.All"),
        ("GET /groups", "application", "Group.ReadBasic.All"),
        ("POST /applications", "application", "AppRegistration.Create"),
        ("POST /applications/{id}/addPassword", "application", "Application.ReadWrite.OwnedBy"),
        ("GET /identity/conditionalAccess/policies", "application", "Policy.Read.All"),
        ("GET /me/photo/$value", "delegated", "User.Read"),
        ("GET /me/calendarView", "delegated", "Calendars.Read"),
    ],
)
def test_names_the_least_permission_of_a_call(call, scheme, least):
    method, path = call.split(" ", 1)
    found = graph.accepted(method, path, scheme)
    assert found is not None
    assert found.least[0] == least
    assert least in found


@pytest.mark.parametrize(
    "call", ["GET /me", "GET /nowhere", "GET /{x}/messages", "GET ", "DELETE /me", "GET /a(b=c)/d"]
)
def test_says_nothing_of_a_call_that_the_data_does_not_know(call):
    method, path = call.split(" ", 1)
    assert graph.accepted(method, path, "application") is None


def test_a_correction_replaces_what_the_data_says():
    found = graph.accepted("POST", "/me/checkMemberGroups", "delegated")
    assert found is not None
    assert "Application.Read.All" not in found


def test_resolves_an_id_to_name_kind_and_level():
    read = graph.by_id("E1FE6DD8-ba31-4d61-89e7-88639da4683d", "delegated")
    assert read == graph.Permission("User.Read", "delegated", "e1fe6dd8-ba31-4d61-89e7-88639da4683d", 2, admin=False)
    directory = graph.by_name("Directory.ReadWrite.All", "application")
    assert directory is not None
    assert (directory.level, directory.admin) == (4, True)
    assert graph.by_id("e1fe6dd8-ba31-4d61-89e7-88639da4683d", "application") is None


def test_every_corrected_permission_exists():
    for (_, _, scheme), call in graph._overrides().items():
        kind = cast("graph.Scheme", scheme)
        assert all(graph.by_name(name, kind) for name in (*call.least, *call.other)), call


def test_the_packaged_table_is_small_and_says_where_it_is_from():
    assert graph.TABLE.stat().st_size < 200_000
    assert "Microsoft" in graph.source()["notice"]
    assert graph.source()["date"] == "2026-08-07"


def test_builds_the_same_bytes_from_the_same_data(tmp_path):
    (tmp_path / "permissions.json").write_text(
        json.dumps(
            {
                "permissions": {
                    "Thing.Read": {
                        "authorizationType": "oAuth2",
                        "schemes": {"DelegatedWork": {"privilegeLevel": 1, "requiresAdminConsent": False}},
                        "pathSets": [
                            {
                                "schemeKeys": ["DelegatedWork", "Application"],
                                "methods": ["GET"],
                                "paths": {"/me/things": "least=DelegatedWork", "/things/f(x={x})": ""},
                            }
                        ],
                    }
                }
            }
        )
    )
    (tmp_path / "permissions-descriptions.json").write_text(
        json.dumps(
            {"delegatedScopesList": [{"value": "Thing.Read", "id": "x", "isAdmin": False}], "applicationScopesList": []}
        )
    )
    for name in ("a", "b"):
        build.main([str(tmp_path), "--commit", "abc", "--date", "2026-01-01", "--output", str(tmp_path / name)])
    assert (tmp_path / "a").read_bytes() == (tmp_path / "b").read_bytes()


def test_drops_application_permissions_on_paths_of_the_signed_in_user():
    tables = build.build(
        {
            "permissions": {
                "T": {
                    "authorizationType": "oAuth2",
                    "schemes": {},
                    "pathSets": [{"schemeKeys": ["Application"], "methods": ["GET"], "paths": {"/me/things": ""}}],
                }
            }
        },
        {"delegatedScopesList": [{"value": "T", "id": "1", "isAdmin": True}], "applicationScopesList": []},
        "c",
        "d",
    )
    assert tables["calls"] == {}


def test_the_site_says_the_date_of_the_packaged_data():
    facts = tomllib.loads((Path(__file__).parents[1] / "docs" / "facts.toml").read_text(encoding="utf-8"))["fact"]
    assert next(fact["value"] for fact in facts if fact["id"] == "graph-permission-data") == graph.source()["date"]
