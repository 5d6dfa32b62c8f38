"""Registrations in Terraform and Bicep give the findings of their exported form, at the line of the template."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.collectors.examples import ON
from ztcheck import catalogue
from ztcheck.collectors import Request, manifest
from ztcheck.team import Declared, Team

CHECKS = {name: check for name, check in catalogue.default().checks.items() if check.collector == "manifest"}
TERRAFORM = """
data "azuread_client_config" "current" {}

resource "azuread_application" "orders" {
  display_name     = "Contoso Orders"
  sign_in_audience = "AzureADMultipleOrgs"
  owners           = [data.azuread_client_config.current.object_id]
  web {
    redirect_uris = ["https://orders.contoso.com/auth", "https://*.contoso.com/auth"]
    implicit_grant {
      access_token_issuance_enabled = true
    }
  }
  api {
    oauth2_permission_scope {
      id    = "11111111-1111-4111-8111-111111111111"
      value = "access_as_user"
    }
  }
  required_resource_access {
    resource_app_id = data.azuread_application_published_app_ids.well_known.result["MicrosoftGraph"]
    resource_access {
      id   = azuread_service_principal.msgraph.app_role_ids["User.Read.All"]
      type = "Role"
    }
  }
}

resource "azuread_service_principal" "orders" {
  client_id = azuread_application.orders.client_id
}

resource "azuread_application_password" "deploy" {
  application_id = azuread_application.orders.id
}

resource "azuread_application_federated_identity_credential" "deploy" {
  application_id = azuread_application.orders.id
  display_name   = "deploy"
  issuer         = "https://token.actions.githubusercontent.com"
  subject        = "repo:contoso/orders:pull_request"
  audiences      = ["api://AzureADTokenExchange"]
}
"""
BICEP = """
extension microsoftGraphV1

param host string

resource app 'Microsoft.Graph/applications@v1.0' = {
  uniqueName: 'contoso-orders'
  displayName: 'Contoso Orders'
  signInAudience: 'AzureADMyOrg'
  web: {
    redirectUris: [
      'https://*.contoso.com/auth'
    ]
    implicitGrantSettings: { enableIdTokenIssuance: true }
  }

  resource deploy 'federatedIdentityCredentials@v1.0' = {
    name: '${app.uniqueName}/deploy'
    issuer: 'https://token.actions.githubusercontent.com'
    subject: 'repo:contoso/orders:pull_request'
    audiences: ['api://AzureADTokenExchange']
  }
}

resource principal 'Microsoft.Graph/servicePrincipals@v1.0' = {
  appId: app.appId
  appRoleAssignmentRequired: false
}
"""


def collect(root, **files):
    for name, text in files.items():
        (root / name.replace("_", ".")).write_text(text)
    declared = tuple(Declared("manifest", name.replace("_", "."), "orders") for name in files)
    team = Team("zero-trust.yml", "a", "b", {}, evidence=declared)
    return manifest.collect(Request(team, root, declared, CHECKS, ON)).evidence


def places(found, effect="refutes"):
    return {(item.check, str(item.place)) for item in found.findings if item.effect == effect}


def test_terraform_is_checked_at_its_lines(tmp_path):
    found = collect(tmp_path, main_tf=TERRAFORM)
    assert not found.failures
    assert {
        ("loose-redirect-uris", "main.tf:9"),
        ("implicit-grant-enabled", "main.tf:11"),
        ("single-catch-all-permission", "main.tf:15"),
        ("sign-in-with-application-permissions", "main.tf:22"),
        ("assignment-not-required", "main.tf:29"),
        ("client-secrets-present", "main.tf:33"),
        ("loose-federated-subjects", "main.tf:37"),
        ("owner-count", "main.tf:7"),
    } <= places(found)
    assert [(item.state, item.working_tree) for item in found.inputs] == [("used", True)]


def test_terraform_that_is_spread_over_files_is_one_registration(tmp_path):
    head, _, tail = TERRAFORM.partition('resource "azuread_service_principal"')
    found = collect(tmp_path, app_tf=head, more_tf=f'resource "azuread_service_principal"{tail}')
    assert ("assignment-not-required", "more.tf:1") in places(found)
    assert any(check == "loose-federated-subjects" for check, _ in places(found))


def test_bicep_is_checked_at_its_lines(tmp_path):
    found = collect(tmp_path, main_bicep=BICEP)
    assert not found.failures
    assert {
        ("loose-redirect-uris", "main.bicep:12"),
        ("implicit-grant-enabled", "main.bicep:14"),
        ("loose-federated-subjects", "main.bicep:17"),
        ("assignment-not-required", "main.bicep:27"),
    } <= places(found)


GOOD = """
resource "azuread_application" "a" {{
  web {{
    redirect_uris = ["https://orders.contoso.com/auth"{0}]
  }}
}}
"""


def test_what_a_template_computes_keeps_it_from_supporting(tmp_path):
    assert "loose-redirect-uris" in {check for check, _ in places(collect(tmp_path, a_tf=GOOD.format("")), "supports")}
    found = collect(tmp_path, a_tf=GOOD.format(', "https://${var.host}/auth"'))
    assert places(found, "supports") == set()
    assert "loose-redirect-uris" not in {check for check, _ in places(found)}


@pytest.mark.parametrize(
    ("name", "text", "reason"),
    [
        ("a_tf", 'resource "azuread_application" "a" {\n  web {\n    redirect_uris = [\n', "cannot be parsed"),
        (
            "a_tf",
            'resource "azuread_application" "a" {\n  sign_in_audience = ["x"]\n}\n',
            "/signInAudience: expected a text",
        ),
        ("a_tf", "resource {{{", "cannot be parsed"),
        ("a_bicep", "resource a 'Microsoft.Graph/applications@v1.0' = {\n  web: {\n", "cannot be parsed"),
        ("a_bicep", "resource a 'Microsoft.Graph/applications@v1.0' = {\n  web: 3\n}\n", "/web: expected an object"),
        ("a_tf", 'resource "azuread_application" "a" {\n x = ' + "[" * 80 + "]" * 80 + "\n}\n", "nested deeper"),
    ],
)
def test_a_wrong_template_is_broken_with_the_reason(tmp_path, name, text, reason):
    found = collect(tmp_path, **{name: text})
    assert [item.state for item in found.inputs] == ["broken"]
    assert reason in found.inputs[0].reason
    assert found.findings == ()


def test_says_what_to_install_where_the_parser_is_missing(tmp_path, monkeypatch):
    import sys

    monkeypatch.setitem(sys.modules, "tree_sitter", None)
    found = collect(tmp_path, main_tf=TERRAFORM)
    assert "pip install 'ztcheck[templates]'" in found.inputs[0].reason


@settings(max_examples=60, deadline=None)
@given(st.sampled_from([TERRAFORM, BICEP]), st.integers(0, 1500), st.integers(0, 1500), st.text(max_size=3))
def test_any_cut_of_a_template_is_used_or_broken_and_no_rule_crashes(tmp_path_factory, text, start, end, more):
    root = tmp_path_factory.getbasetemp() / "templates"
    root.mkdir(exist_ok=True)
    name = "x_tf" if text is TERRAFORM else "x_bicep"
    found = collect(root, **{name: (text[:start] + more + text[end:]).encode("utf-8", "replace").decode()})
    assert found.failures == ()
    assert [item.state for item in found.inputs] in (["used"], ["broken"])
