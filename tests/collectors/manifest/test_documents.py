"""Registrations are read in every exported form; what is wrong is named with its JSON pointer, never a crash."""

import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.collectors.examples import ON
from ztcheck import catalogue
from ztcheck.collectors import Request, manifest
from ztcheck.collectors.facts import Fact
from ztcheck.collectors.manifest import documents
from ztcheck.collectors.manifest.documents import APPLICATION, OLD_APPLICATION, SERVICE_PRINCIPAL
from ztcheck.errors import InputError
from ztcheck.evidence import Place
from ztcheck.team import Declared, Team

CHECKS = {name: check for name, check in catalogue.default().checks.items() if check.collector == "manifest"}
OLD = {
    "appId": "6f2b1c1e-0d3a-4c57-9c57-2f5d0a7a3b10",
    "name": "Contoso Orders",
    "oauth2AllowImplicitFlow": True,
    "oauth2AllowIdTokenImplicitFlow": False,
    "accessTokenAcceptedVersion": 2,
    "replyUrlsWithType": [
        {"url": "https://orders.contoso.com", "type": "Spa"},
        {"url": "https://*.contoso.com/auth", "type": "Web"},
        {"url": "http://localhost", "type": "InstalledClient"},
    ],
    "passwordCredentials": [{"keyId": "k", "startDate": "2026-01-01T00:00:00Z", "endDate": "2028-01-01T00:00:00Z"}],
}


def collect(root, *files, **team):
    declared = tuple(Declared("manifest", name, component, ON) for name, component in files)
    who = Team("zero-trust.yml", "a", "b", team.pop("profile", {}), evidence=declared, **team)
    return manifest.collect(Request(who, root, declared, CHECKS, ON)).evidence


def write(root, name, value):
    (root / name).write_text(json.dumps(value))


def test_the_older_format_gives_the_same_findings_at_its_own_pointers(tmp_path):
    write(tmp_path, "app.json", OLD)
    found = collect(tmp_path, ("app.json", None))
    places = {(item.check, item.place.pointer) for item in found.findings if item.effect == "refutes"}
    assert ("implicit-grant-enabled", "/oauth2AllowImplicitFlow") in places
    assert ("loose-redirect-uris", "/replyUrlsWithType/1/url") in places
    assert ("spa-platform-present", "/replyUrlsWithType/0/url") in places
    assert ("long-lived-credentials", "/passwordCredentials/0") in places


@pytest.mark.parametrize("context", [None, "https://graph.microsoft.com/v1.0/$metadata#applications"])
def test_reads_a_list_of_registrations_as_microsoft_graph_sends_it(tmp_path, context):
    items = [{"appId": "a", "signInAudience": "AzureADMyOrg", "web": {"redirectUris": ["https://*.contoso.com"]}}]
    write(tmp_path, "apps.json", {"@odata.context": context, "value": items} if context else {"value": items})
    found = collect(tmp_path, ("apps.json", None))
    assert "/value/0/web/redirectUris/0" in {item.place.pointer for item in found.findings}


def test_puts_files_of_one_component_together(tmp_path):
    write(tmp_path, "app.json", {"appId": "a", "passwordCredentials": []})
    write(tmp_path, "sp.json", {"appId": "a", "servicePrincipalType": "Application", "passwordCredentials": []})
    write(tmp_path, "owners.json", {"value": [{"@odata.type": "#microsoft.graph.user", "userPrincipalName": "x"}]})
    found = collect(tmp_path, ("app.json", "api"), ("sp.json", "api"), ("owners.json", "api"))
    said = {(item.check, item.effect) for item in found.findings}
    assert ("client-secrets-present", "supports") in said
    assert ("owner-count", "refutes") in said
    assert {item.component for item in found.findings} == {"api"}


def test_a_folder_stands_for_the_files_in_it(tmp_path):
    (tmp_path / "registrations").mkdir()
    write(tmp_path / "registrations", "b.json", OLD)
    found = collect(tmp_path, ("registrations", None))
    assert [item.path for item in found.inputs] == ["registrations/b.json"]


def test_an_empty_list_is_told_by_the_name_of_its_file(tmp_path):
    write(tmp_path, "app.json", {"appId": "a", "web": {}})
    write(tmp_path, "owners.json", [])
    found = collect(tmp_path, ("app.json", None), ("owners.json", None))
    [finding] = [item for item in found.findings if item.check == "owner-count"]
    assert (finding.effect, str(finding.place)) == ("refutes", "owners.json")


def test_every_check_has_one_outcome_per_component(tmp_path):
    write(tmp_path, "a.json", OLD)
    write(tmp_path, "b.json", OLD)
    found = collect(tmp_path, ("a.json", "one"), ("b.json", "two"))
    assert {(item.check, item.component) for item in found.outcomes} == {(c, n) for c in CHECKS for n in ("one", "two")}


def test_takes_the_time_that_stands_in_the_file(tmp_path):
    write(tmp_path, "app.json", {"collected_on": "2026-11-20", "application": {"appId": "a"}})
    declared = (Declared("manifest", "app.json"),)
    who = Team("zero-trust.yml", "a", "b", {}, evidence=declared)
    [entry] = manifest.collect(Request(who, tmp_path, declared, {}, ON)).evidence.inputs
    assert str(entry.collected_on) == "2026-11-20"


@pytest.mark.parametrize(
    ("value", "message"),
    [
        ([], "a list of unknown things"),
        (3, "expected an object"),
        ({"hello": 1}, "holds no app registration"),
        ({"value": [], "@odata.nextLink": "https://x"}, "holds the first page only"),
        ({"error": {"code": "Request_ResourceNotFound"}}, "an error that the API answered"),
        ({"web": []}, "/web: expected an object"),
        ({"web": {"redirectUris": "https://x"}}, "/web/redirectUris: expected a list"),
        ({"web": {"redirectUris": [None, 7]}}, "/web/redirectUris/1: expected a text"),
        ({"passwordCredentials": [{"endDateTime": "soon"}]}, "/passwordCredentials/0/endDateTime: expected a time"),
        ({"application": {"web": 1}, "owners": {}}, "/application/web: expected an object"),
        ({"replyUrlsWithType": [{"url": 1}]}, "/replyUrlsWithType/0/url: expected a text"),
        ({"servicePrincipalType": "Application", "appRoleAssignmentRequired": "yes"}, "expected true or false"),
    ],
    ids=str,
)
def test_a_wrong_file_is_broken_with_every_mistake(tmp_path, value, message):
    write(tmp_path, "app.json", value)
    found = collect(tmp_path, ("app.json", None))
    assert [item.state for item in found.inputs] == ["broken"]
    assert message in found.inputs[0].reason
    assert not found.findings


def test_names_all_mistakes_of_a_file_at_once():
    with pytest.raises(InputError) as caught:
        documents.read({"application": {"web": 1, "spa": 2}, "owners": [3]}, "app.json")
    assert len(caught.value.problems) == 3


def test_says_what_a_registration_shows_of_the_profile(tmp_path):
    write(
        tmp_path,
        "app.json",
        {
            "appId": "a",
            "signInAudience": "AzureADMultipleOrgs",
            "spa": {"redirectUris": ["https://orders.contoso.com"]},
            "passwordCredentials": [{"keyId": "k"}],
        },
    )
    found = collect(tmp_path, ("app.json", None))
    assert {(item.field, item.value) for item in found.profile} == {
        ("audience", "multi-tenant"),
        ("app_kinds", "spa"),
        ("credentials", "secret"),
    }


def test_a_fingerprint_survives_another_entry_before_it(tmp_path):
    seen = []
    for uris in (["https://*.a.com"], ["https://ok.a.com", "https://*.a.com"]):
        write(tmp_path, "app.json", {"web": {"redirectUris": uris}})
        found = collect(tmp_path, ("app.json", None))
        seen.append({f.fingerprint for f in found.findings if f.check == "loose-redirect-uris"})
    assert seen[0] == seen[1]


JUNK = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=6) | st.sampled_from(["https://[", "*", "2026-13-01"]),
    lambda inner: st.lists(inner, max_size=3),
    max_leaves=4,
)


def fitting(shape):
    """Values that fit *shape* mostly, with junk strewn in."""
    if isinstance(shape, dict):
        return st.fixed_dictionaries(
            {}, optional={k: st.one_of(fitting(s), fitting(s), JUNK) for k, s in shape.items()}
        )
    if isinstance(shape, list):
        return st.lists(fitting(shape[0]), max_size=2)
    if shape is bool:
        return st.booleans()
    if shape is int:
        return st.integers()
    if shape is str:
        return st.one_of(
            st.text(max_size=8), st.sampled_from(["https://x/*", "http://[::1", "Role", "AzureADMultipleOrgs"])
        )
    return st.sampled_from(["2026-01-01T00:00:00Z", "2030-01-01", "x"])


@settings(max_examples=80, deadline=None)
@given(st.one_of(fitting(APPLICATION), fitting(OLD_APPLICATION), fitting(SERVICE_PRINCIPAL), JUNK))
def test_any_json_is_used_or_broken_and_no_rule_crashes(tmp_path_factory, value):
    root = tmp_path_factory.getbasetemp()
    write(root, "any.json", value)
    found = collect(root, ("any.json", None), declared={"owned_domains": ["a"], "own_client_ids": []})
    assert found.failures == ()
    assert [item.state for item in found.inputs] in (["used"], ["broken"])
    assert found.inputs[0].state == "used" or found.inputs[0].reason


def test_equal_findings_in_one_file_have_fingerprints_of_their_own(tmp_path):
    uris = {"redirectUris": ["https://*.a.com"]}
    write(tmp_path, "app.json", {"web": uris, "spa": uris})
    found = [f.fingerprint for f in collect(tmp_path, ("app.json", None)).findings if f.check == "loose-redirect-uris"]
    assert len(found) == len(set(found)) == 2


def facts(*values, path="appsettings.json"):
    return tuple(Fact("client-id", value, Place(path, 1)) for value in values)


IDS = [f"{n}f2b1c1e-0d3a-4c57-9c57-2f5d0a7a3b10" for n in "123"]


@pytest.mark.parametrize(
    ("seen", "effects"),
    [
        (facts(IDS[0], IDS[1]), ["supports"]),
        (facts(IDS[0], IDS[2]), ["review"]),
        (facts(IDS[2]), ["refutes"]),
        (facts(IDS[2], path="evidence/grants.json"), []),
    ],
    ids=["all known", "one strange", "all strange", "in a declared export"],
)
def test_client_ids_of_the_source_are_compared_once_with_all_registrations(tmp_path, seen, effects):
    declared = (Declared("manifest", "a.json", "one", ON), Declared("manifest", "b.json", "two", ON))
    write(tmp_path, "a.json", {"appId": IDS[0], "displayName": "a", "web": {}})
    write(tmp_path, "b.json", {"appId": IDS[1], "displayName": "b", "web": {}})
    who = Team("zero-trust.yml", "a", "b", {}, evidence=(*declared, Declared("tenant-export", "evidence")))
    found = manifest.collect(Request(who, tmp_path, declared, CHECKS, ON, seen)).evidence
    assert [item.effect for item in found.findings if item.check == "client-id-mismatch"] == effects


def test_permissions_of_your_own_api_are_called_by_name(tmp_path):
    scope = {"id": "S1", "value": "Orders.Read", "type": "Admin"}
    write(tmp_path, "api.json", {"appId": IDS[0], "api": {"oauth2PermissionScopes": [scope]}})
    wanted = {"resourceAppId": IDS[0], "resourceAccess": [{"id": "s1", "type": "Scope"}, {"id": "s2", "type": "Scope"}]}
    write(tmp_path, "web.json", {"appId": IDS[1], "requiredResourceAccess": [wanted]})
    (tmp_path / "why.yml").write_text("Orders.Read: shows the list\n")
    found = collect(tmp_path, ("api.json", "api"), ("web.json", "web"), declared={"permission_inventory": "why.yml"})
    [finding] = [item for item in found.findings if item.check == "permission-without-reason"]
    assert (finding.effect, finding.message) == ("refutes", "why.yml gives no reason for the delegated permission s2")
