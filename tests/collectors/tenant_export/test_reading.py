"""Exports of the tenant are told apart and read, or broken with a reason; never a crash."""

import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.collectors.examples import FOLDER, ON
from ztcheck import catalogue
from ztcheck.collectors import Request, tenant_export
from ztcheck.collectors.facts import Fact
from ztcheck.collectors.tenant_export.kinds import SHAPES
from ztcheck.evidence import Place
from ztcheck.team import Declared, Team

CHECKS = {name: check for name, check in catalogue.default().checks.items() if check.collector == "tenant-export"}
OWN = Fact("own-app", "a", Place("app.json"))
DECLARED = {"code_host_app_ids": ["h"], "log_stores": ["s"]}


def collect(root, *names, facts=(OWN,)):
    items = tuple(Declared("tenant-export", name, None, ON) for name in names)
    team = Team("zero-trust.yml", "a", "b", {}, evidence=items, declared=DECLARED)
    return tenant_export.collect(Request(team, root, items, CHECKS, ON, facts)).evidence


def write(root, name, value):
    (root / name).write_text(json.dumps(value))


@pytest.mark.parametrize(
    ("name", "value", "message"),
    [
        ("x.json", {"hello": 1}, "no export that is known"),
        ("x.json", {"error": {"code": "Forbidden", "message": "Insufficient privileges"}}, "an error that the API"),
        ("conditional-access-policies.json", {"value": [], "@odata.nextLink": "https://x"}, "the first page only"),
        ("conditional-access-policies.json", {"value": 3}, "/value: expected a list"),
        ("conditional-access-policies.json", {"value": [{"state": 1}]}, "/value/0/state: expected a text"),
        ("x.json", {"defaultUserRolePermissions": {"allowedToCreateApps": "no"}}, "expected true or false"),
    ],
    ids=str,
)
def test_a_wrong_export_is_broken_with_its_pointer(tmp_path, name, value, message):
    write(tmp_path, name, value)
    found = collect(tmp_path, name)
    assert [item.state for item in found.inputs] == ["broken"]
    assert message in found.inputs[0].reason


def test_tells_an_export_by_the_context_that_microsoft_graph_sends(tmp_path):
    context = "https://graph.microsoft.com/v1.0/$metadata#identity/conditionalAccess/policies"
    write(tmp_path, "x.json", {"@odata.context": context, "value": []})
    found = collect(tmp_path, "x.json")
    assert [(item.check, item.place.pointer) for item in found.findings] == [
        ("conditional-access-strength", "/value"),
        ("workload-location-policy", "/value"),
        ("code-host-device-policy", "/value"),
    ]


def test_without_an_app_to_look_for_nothing_is_judged(tmp_path):
    write(tmp_path, "sign-ins.json", {"value": [{"appId": "a", "authenticationProtocol": "ropc"}]})
    found = collect(tmp_path, "sign-ins.json", facts=())
    assert found.findings == ()
    assert {item.state for item in found.outcomes} == {"nothing-to-look-at"}


def test_a_mailbox_role_granted_in_entra_undoes_the_scope_in_exchange(tmp_path):
    write(tmp_path, "exchange-role-assignments.json", [{"Role": "r", "App": "a", "CustomResourceScope": "s"}])
    scoped = collect(tmp_path, "exchange-role-assignments.json")
    assert [item.effect for item in scoped.findings] == ["supports"]
    granted = Fact("granted-role", "Mail.Read", Place("roles.json"))
    both = collect(tmp_path, "exchange-role-assignments.json", facts=(OWN, granted))
    assert both.findings == ()


@pytest.mark.parametrize(
    ("policy", "effect"),
    [
        ({"permissionClassification": "low", "clientApplicationsFromVerifiedPublisherOnly": True}, "supports"),
        ({"permissionClassification": "low", "clientApplicationTenantIds": ["t"]}, "supports"),
        ({"permissionClassification": "all", "clientApplicationsFromVerifiedPublisherOnly": True}, "refutes"),
        ({"permissionClassification": "low", "clientApplicationTenantIds": ["all"]}, "refutes"),
        (None, "review"),
    ],
    ids=str,
)
def test_judges_a_consent_policy_by_its_condition_sets(tmp_path, policy, effect):
    assigned = {"permissionGrantPoliciesAssigned": ["ManagePermissionGrantsForSelf.ours"]}
    write(tmp_path, "authorization-policy.json", {"defaultUserRolePermissions": assigned})
    names = ["authorization-policy.json"]
    if policy is not None:
        write(tmp_path, "permission-grant-policies.json", {"value": [{"id": "ours", "includes": [policy]}]})
        names.append("permission-grant-policies.json")
    found = collect(tmp_path, *names)
    assert [item.effect for item in found.findings if item.check == "user-consent-policy"] == [effect]


JUNK = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=6),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=4), inner, max_size=2),
    max_leaves=4,
)
WORDS = st.sampled_from(
    ["enabled", "All", "a", "h", "s", "OR", "block", "ropc", "low", "overprivilegedApps", "passwordLifetime"]
)


def fitting(shape):
    """Values that fit *shape* mostly, with junk strewn in."""
    if isinstance(shape, dict):
        inner = {key: st.one_of(fitting(part), fitting(part), JUNK) for key, part in shape.items()}
        return st.fixed_dictionaries({}, optional=inner)
    if isinstance(shape, list):
        return st.lists(st.none() | fitting(shape[0]), max_size=2)
    kinds = {bool: st.booleans(), int: st.integers(), str: WORDS}
    return kinds.get(shape, st.sampled_from(["2026-01-01T00:00:00Z", "x"]))


@settings(max_examples=80, deadline=None)
@given(st.one_of(fitting(SHAPES), JUNK))
def test_any_export_is_used_or_broken_and_no_rule_crashes(tmp_path_factory, value):
    root = tmp_path_factory.getbasetemp() / "tenant"
    root.mkdir(exist_ok=True)
    write(root, "any.json", value)
    found = collect(root, "any.json")
    assert found.failures == ()
    assert [item.state for item in found.inputs] in (["used"], ["broken"])


@pytest.mark.parametrize(
    ("component", "exceptions", "effects"),
    [
        (None, {"printer": "no keyboard"}, set()),
        ("printer", {"printer": "no keyboard"}, set()),
        ("printer", {"printer/login.py": "no keyboard"}, set()),
        ("orders", {"printer": "no keyboard"}, {"refutes"}),
    ],
    ids=["the whole tenant", "this component", "a file", "another component"],
)
def test_device_code_sign_ins_refute_where_all_exceptions_are_other_components(
    tmp_path, component, exceptions, effects
):
    folder = FOLDER / "tenant_export" / "examples" / "device-code-sign-ins"
    for name in ("orders.json", "printer.json"):
        (tmp_path / name).write_bytes((folder / "bad.json").read_bytes())
    context = json.loads((folder / "context.json").read_text())["declared"]
    mine = Declared("tenant-export", "orders.json", component, ON)
    evidence = (mine, Declared("manifest", "printer.json", "printer", ON))
    declared = {**context, "device_code_exceptions": exceptions}
    team = Team("zero-trust.yml", "Contoso Orders", "orders team", {}, evidence=evidence, declared=declared)
    known = {"device-code-sign-ins": CHECKS["device-code-sign-ins"]}
    found = tenant_export.collect(Request(team, tmp_path, (mine,), known, ON)).evidence
    assert {finding.effect for finding in found.findings} == effects
