"""Collectors run on what the team declares: what cannot be used is said, and no fault takes the report with it."""

import datetime as dt
import json
import os
import shutil

import pytest

from tests.collectors.examples import FOLDER, ON
from ztcheck import catalogue
from ztcheck.collectors import collect, manifest
from ztcheck.errors import InputError
from ztcheck.team import Declared, Team

LOADED = catalogue.default()


def team(*items, **declared):
    return Team("zero-trust.yml", "Contoso Orders", "orders team", {}, evidence=items, declared=declared)


def run(root, *items, only=("manifest", "ci", "tenant-export"), on=ON, **more):
    return collect(team(*items), root, LOADED, on, only=only, **more)


def secret(root):
    """Write a registration that holds a client secret."""
    shutil.copy(FOLDER / "manifest/examples/client-secrets-present/bad.json", root / "app.json")
    return Declared("manifest", "app.json", "api", ON)


def test_every_check_of_the_catalogue_has_an_outcome(tmp_path):
    found = run(tmp_path, secret(tmp_path))
    assert {item.check for item in found.outcomes} == set(LOADED.checks)
    assert found.failures == ()


@pytest.mark.parametrize(
    ("path", "state", "reason"),
    [
        ("gone.json", "missing", "no such file"),
        ("../outside.json", "broken", "leaves"),
        ("/etc/passwd", "broken", "leaves"),
        ("C:/x.json", "broken", "leaves"),
        ("link.json", "broken", "link leads out"),
        ("loop.json", "broken", "cannot be used"),
        ("a\0b", "broken", "leaves"),
        ("pipe.json", "broken", "not a regular file"),
        ("empty", "broken", "holds no registration"),
    ],
)
def test_a_declared_input_that_cannot_be_used_is_said(tmp_path, path, state, reason):
    root = tmp_path / "product"
    (root / "empty").mkdir(parents=True)
    (tmp_path / "outside.json").write_text("{}")
    (root / "link.json").symlink_to(tmp_path / "outside.json")
    (root / "loop.json").symlink_to("loop.json")
    os.mkfifo(root / "pipe.json")
    found = run(root, Declared("manifest", path, "api", ON))
    [entry] = [item for item in found.inputs if item.collector == "manifest"]
    assert (entry.state, entry.component, entry.declared) == (state, "api", True)
    assert reason in entry.reason
    told = [item for item in found.outcomes if item.check == "client-secrets-present"]
    assert [(item.state, item.component) for item in told] == [("not-run", "api")]
    assert reason in told[0].reason


def test_one_component_that_is_missing_leaves_its_checks_not_run_and_the_other_ones_looked_at(tmp_path):
    found = run(tmp_path, secret(tmp_path), Declared("manifest", "gone.json", "web", ON))
    told = {item.component: item.state for item in found.outcomes if item.check == "client-secrets-present"}
    assert told == {"api": "ran", "web": "not-run"}


@pytest.mark.parametrize(
    ("collected_on", "state"),
    [
        (ON, "used"),
        (ON - dt.timedelta(days=365), "used"),
        (ON - dt.timedelta(days=366), "stale"),
        (ON + dt.timedelta(days=1), "stale"),
        (None, "stale"),
    ],
)
def test_an_export_goes_stale_at_once_where_its_age_is_not_known(tmp_path, collected_on, state):
    secret(tmp_path)
    found = run(tmp_path, Declared("manifest", "app.json", None, collected_on))
    assert [item.state for item in found.inputs] == [state]


def test_a_crash_in_one_check_leaves_the_others_running(tmp_path, monkeypatch):
    from ztcheck.collectors.manifest.rules import RULES

    def crash(_case):
        raise KeyError("x")

    rule = RULES["implicit-grant-enabled"]
    monkeypatch.setitem(RULES, rule.id, type(rule)(rule.id, crash, "", ""))
    found = run(tmp_path, secret(tmp_path))
    told = {item.check: item for item in found.outcomes}
    assert told["implicit-grant-enabled"].state == "not-run"
    assert told["client-secrets-present"].state == "ran"
    assert found.failures == ("check implicit-grant-enabled failed: KeyError: 'x'",)


@pytest.mark.parametrize("error", [RuntimeError("boom"), InputError("boom"), RecursionError("boom")])
def test_a_crash_in_one_collector_leaves_the_others_running(tmp_path, monkeypatch, error):
    def crash(_request):
        raise error

    monkeypatch.setattr(manifest, "collect", crash)
    found = run(tmp_path, secret(tmp_path))
    states = {item.check: item.state for item in found.outcomes}
    assert states["client-secrets-present"] == "not-run"
    assert "boom" in found.failures[0]
    assert [item.state for item in found.inputs] == ["broken"]
    assert states["unpinned-actions"] == "nothing-to-look-at"


def test_pipelines_of_the_working_tree_are_read_without_being_declared_and_have_no_age(tmp_path):
    shutil.copytree(FOLDER / "ci/examples/unpinned-actions/bad", tmp_path, dirs_exist_ok=True)
    found = run(tmp_path)
    assert [(item.path, item.working_tree, item.declared) for item in found.inputs] == [
        (".github/workflows/build.yml", True, False)
    ]
    assert "unpinned-actions" in {item.check for item in found.findings}


def test_hosts_are_looked_up_only_where_the_team_asks_for_it(tmp_path):
    app = {"web": {"redirectUris": ["https://orders.contoso.com/auth", "https://gone.contoso.com/auth"]}}
    (tmp_path / "app.json").write_text(json.dumps(app))
    item = Declared("manifest", "app.json", None, ON)
    who = team(item, owned_domains=["contoso.com"])
    asked = []

    def resolve(host):
        asked.append(host)
        return host != "gone.contoso.com"

    found = collect(who, tmp_path, LOADED, ON, only=["manifest"], resolve=resolve)
    [finding] = [item for item in found.findings if item.check == "unowned-redirect-hosts"]
    assert (finding.effect, finding.place.pointer) == ("refutes", "/web/redirectUris/1")
    [outcome] = [o for o in found.outcomes if o.check == "unowned-redirect-hosts"]
    assert outcome.state == "ran"
    mute = collect(who, tmp_path, LOADED, ON, only=["manifest"], resolve=lambda _: None)
    assert [o.state for o in mute.outcomes if o.check == "unowned-redirect-hosts"] == ["not-run"]
    without = collect(who, tmp_path, LOADED, ON, only=["manifest"])
    assert [o.state for o in without.outcomes if o.check == "unowned-redirect-hosts"] == ["not-run"]
    assert asked == ["orders.contoso.com", "gone.contoso.com"]


def test_says_how_far_it_is(tmp_path):
    seen = []
    run(tmp_path, secret(tmp_path), progress=lambda *step: seen.append(step))
    assert ("app.json", 0, 1) in seen


def test_the_same_input_gives_the_same_evidence(tmp_path):
    secret(tmp_path)
    assert run(tmp_path, secret(tmp_path)) == run(tmp_path, secret(tmp_path))


def test_a_declared_folder_is_an_input_as_good_as_the_worst_of_its_files(tmp_path):
    (tmp_path / "evidence").mkdir()
    secret(tmp_path / "evidence")
    item = Declared("manifest", "evidence", "api", ON)
    states = {entry.path: entry.state for entry in run(tmp_path, item).inputs}
    assert states == {"evidence": "used", "evidence/app.json": "used"}
    (tmp_path / "evidence" / "owners.json").write_text("{")
    found = {entry.path: entry for entry in run(tmp_path, item).inputs}
    assert found["evidence"].state == "broken"
    assert found["evidence"].reason.startswith("evidence/owners.json: ")
    assert (found["evidence"].component, found["evidence"].collected_on) == ("api", ON)


@pytest.mark.parametrize("collected_on", [ON, None])
def test_a_declared_folder_has_the_age_of_its_files(tmp_path, collected_on):
    (tmp_path / "evidence").mkdir()
    secret(tmp_path / "evidence")
    found = {entry.path: entry for entry in run(tmp_path, Declared("manifest", "evidence", "api", collected_on)).inputs}
    assert found["evidence"].state == ("used" if collected_on else "stale")
    assert found["evidence"].collected_on == collected_on
