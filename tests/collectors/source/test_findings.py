"""What a finding says, how long its fingerprint lasts, how it is suppressed, and that no secret gets out."""

import datetime as dt
import json
import tomllib
from importlib.resources import files
from pathlib import Path

import pytest

from ztcheck import catalogue
from ztcheck.collectors import Request
from ztcheck.collectors import source as collector
from ztcheck.collectors.source import secret
from ztcheck.collectors.source.checks.logs import MAX_TOKENS
from ztcheck.collectors.source.scan import scan
from ztcheck.evidence import to_json
from ztcheck.team import Declared, Team

BAD = "import requests\n\n\ndef orders(url):\n    return requests.get(url, verify=False, timeout=9)\n"
CHECK = "certificate-check-off"
DECLARED = tomllib.loads(files("ztcheck.team").joinpath("declared.toml").read_text(encoding="utf-8"))
KNOWN = {check.id: check for check in catalogue.default().checks.values() if check.collector == "source"}


@pytest.fixture(autouse=True)
def _own_cache(tmp_path_factory, monkeypatch):
    monkeypatch.setenv("ZTCHECK_CACHE", str(tmp_path_factory.mktemp("cache")))


def one(root, text, name="orders.py", check=CHECK):
    path = root / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)
    return scan(root, checks={check})


def collect(root, declared=(), keys=None, on=dt.date(2026, 11, 23)):
    team = Team("zero-trust.yml", "Contoso Orders", "orders team", {}, evidence=declared, declared=keys or {})
    return collector.collect(Request(team, root, declared, KNOWN, on))


def test_a_finding_says_what_where_why_and_what_to_do(tmp_path):
    (finding,) = one(tmp_path, BAD).evidence.findings
    assert finding.check == CHECK
    assert str(finding.place) == "orders.py:5:12"
    assert "verify=False" in finding.message
    assert finding.why
    assert finding.advice
    assert finding.sure == "direct"
    assert finding.excerpt == "return requests.get(url, verify=False, timeout=9)"


def test_a_fingerprint_survives_moved_lines_and_tells_two_equal_lines_apart(tmp_path):
    (first,) = one(tmp_path, BAD).evidence.findings
    moved = one(tmp_path, "# one\n# two\n" + BAD.replace("    return", "\treturn")).evidence.findings
    assert [finding.fingerprint for finding in moved] == [first.fingerprint]
    twice = one(tmp_path, BAD + "\n\n" + BAD).evidence.findings
    assert len({finding.fingerprint for finding in twice}) == 2
    assert first.fingerprint in {finding.fingerprint for finding in twice}


@pytest.mark.parametrize(
    "comment",
    ["  # ztcheck: ignore[certificate-check-off] the proxy of the test bench", "above"],
    ids=["same", "above"],
)
def test_a_suppression_with_a_reason_is_shown_with_it(tmp_path, comment):
    text = BAD.replace("timeout=9)", "timeout=9)" + comment)
    if comment == "above":
        text = BAD.replace(
            "    return", "    # ztcheck: ignore[certificate-check-off] the proxy of the test bench\n    return"
        )
    (finding,) = one(tmp_path, text).evidence.findings
    assert finding.suppressed == "the proxy of the test bench"


@pytest.mark.parametrize(
    ("comment", "said"),
    [
        ("# ztcheck: ignore[certificate-check-off]", "gives no reason and is ignored"),
        ("# ztcheck: ignore because", "names no check and is ignored"),
        ("# ztcheck: ignore[certificate-chek-off] x", "names no check of the source collector"),
    ],
    ids=["no-reason", "no-check", "misspelt"],
)
def test_a_suppression_that_does_not_count_hides_nothing_and_is_reported(tmp_path, comment, said):
    evidence = one(tmp_path, BAD.replace("timeout=9)", f"timeout=9)  {comment}")).evidence
    assert [finding.suppressed for finding in evidence.findings] == [None]
    assert any(said in note and "orders.py:5" in note for note in evidence.notes)


def test_a_suppression_that_hides_nothing_is_reported(tmp_path):
    evidence = one(tmp_path, "x = 1  # ztcheck: ignore[certificate-check-off] long gone\n").evidence
    assert any("hides nothing" in note for note in evidence.notes)


def test_a_document_that_shows_a_suppression_is_not_blamed(tmp_path):
    (tmp_path / "guide.md").write_text("    x = 1  # ztcheck: ignore[certificate-check-off] as an example\n")
    assert not any("hides nothing" in note for note in scan(tmp_path).evidence.notes)


ALIASES = {
    "python-module": ("a.py", "import jwt as tokens\nclaims = tokens.decode(request, options={'verify_signature': False})\n"),
    "python-function": ("a.py", "from jwt import decode as d\nclaims = d(request, options={'verify_signature': False})\n"),
    "python-options": ("a.py", "import jwt\nOPTIONS = {'verify_signature': False}\nclaims = jwt.decode(request, options=OPTIONS)\n"),
    "python-constant": ("a.py", "import jwt\nCHECK = False\nclaims = jwt.decode(request, options={'verify_signature': CHECK})\n"),
    "javascript-named": ("a.js", "import { verify as check } from 'jsonwebtoken'\ncheck(token, publicKey)\n"),
    "javascript-require": ("a.js", "const { verify } = require('jsonwebtoken')\nverify(token, publicKey)\n"),
    "javascript-default": ("a.ts", "import tokens from 'jsonwebtoken'\ntokens.verify(token, publicKey)\n"),
    "javascript-options": ("a.ts", "const options = { algorithms: ['HS256', 'none'] }\njwt.verify(token, key, options)\n"),
    "csharp-brackets": ("a.cs", "var p = new TokenValidationParameters { RequireSignedTokens = (false) };\n"),
    "csharp-with": ("a.cs", "var p = q with { RequireSignedTokens = !true };\n"),
    "go-alias": ("a.go", "package a\n\nimport j \"github.com/golang-jwt/jwt/v5\"\n\nfunc f(raw string) { j.Parse(raw, func(t *j.Token) (any, error) { return key, nil }) }\n"),
}  # fmt: skip


@pytest.mark.parametrize("case", sorted(ALIASES))
def test_aliases_constants_and_other_spellings_hide_nothing(tmp_path, case):
    name, text = ALIASES[case]
    assert [f.check for f in one(tmp_path, text, name, "signature-check-disabled").evidence.findings]


def test_findings_in_tests_are_counted_and_never_refute(tmp_path):
    result = one(tmp_path, BAD, "tests/test_orders.py")
    assert not result.evidence.findings
    assert len(result.tests) == 1
    assert any("1 findings in test code" in note for note in result.evidence.notes)


def test_findings_in_samples_ask_for_review_only(tmp_path):
    (finding,) = one(tmp_path, BAD, "samples/orders.py").evidence.findings
    assert (finding.effect, finding.context) == ("review", "sample")


def test_a_heuristic_asks_for_review_until_its_check_is_measured(tmp_path):
    route = '@app.route("/orders/export")\ndef export():\n    return everything()\n'
    (finding,) = one(tmp_path, route, check="unguarded-route").evidence.findings
    assert (finding.sure, finding.effect) == ("heuristic", "review")
    (finding,) = scan(tmp_path, checks={"unguarded-route"}, measured={"unguarded-route"}).evidence.findings
    assert finding.effect == "refutes"


# fmt: off
# ruff: noqa: E501 - a secret and its file on one line
SECRETS = {
    "client-secret": ("settings.py", 'CLIENT_SECRET = "Abc8Q~ThisIsNotARealSecretButLooksLikeIt12"'),
    "password": ("appsettings.json", '{"Database": {"Password": "orders-Xk29!fQ-long"}}'),
    "private-key": ("key.pem", "-----BEGIN PRIVATE KEY-----\nMIIEvQIBADANBgkqhkiG9w0BAQEFAASCBKcwggSj\n-----END PRIVATE KEY-----"),
    "environment": (".env", "export DB_PASSWORD='orders-Xk29!fQ-long'"),
    "compose": ("docker-compose.yml", "services:\n  db:\n    environment:\n      - POSTGRES_PASSWORD=orders-Xk29!fQ-long\n"),
    "dockerfile": ("Dockerfile", "FROM scratch\nENV API_KEY=orders-Xk29fQ-long\n"),
    "terraform": ("main.tf", 'resource "x" "y" {\n  admin_password = "orders-Xk29!fQ-long"\n}\n'),
    "bicep": ("main.bicep", "resource x 'a/b@1' = {\n  adminPassword: 'orders-Xk29!fQ-long'\n}\n"),
    "properties": ("application.properties", "spring.datasource.password=orders-Xk29!fQ-long\n"),
    "toml": ("config.toml", '[db]\npassword = "orders-Xk29!fQ-long"\n'),
    "connection": ("web.config", '<add name="Db" connectionString="Server=db.contoso.com;Password=orders-Xk29!fQ-long" />'),
}
# fmt: on


@pytest.mark.parametrize("case", sorted(SECRETS))
def test_a_secret_is_found_and_never_written_whole(tmp_path, case):
    name, text = SECRETS[case]
    if case == "connection":
        text = text.replace('"Db"', '"OrdersConnectionString"')
    evidence = one(tmp_path, text, name, "secrets-in-history").evidence
    assert [finding.effect for finding in evidence.findings] == ["refutes"]
    written = to_json(evidence)
    for part in ("Xk29", "ThisIsNotARealSecret", "MIIEvQIBADAN"):
        assert part not in written


@pytest.mark.parametrize(
    "value",
    ["", "<your secret>", "${CLIENT_SECRET}", "{{ secret }}", "Enter_the_Client_Secret_Here", "YOUR_SECRET", "xxxxxxxx",
     "********", "@Microsoft.KeyVault(SecretUri=https://x.vault.azure.net/s)", "changeme", "client_secret", "var.secret",
     "random_password.db.result", "process.env.SECRET", "none", "/run/secrets/db", "#{secret}#", "%SECRET%", "$SECRET",
     "填写你的SecretKey", "placeholder", "vault:secret/data/orders#password", "$2b$12$abcdefghijklmnopqrstuv",
     "nokeyneeded", "no-key-required", "not-needed"],
)  # fmt: skip
def test_the_classifier_takes_no_placeholder_for_a_secret(value):
    assert not secret.is_real(value, "client_secret")


@pytest.mark.parametrize(
    "value", ["Abc8Q~ThisIsNotARealSecretButLooksLikeIt12", "orders-Xk29!fQ", "Pa$$4Vendor_1", "keyboard cat", "123456",
              "d3313d54-6f8e-40e0-90d3-4095019d4be7", "minioadmin", "mall-portal-secret"],
)  # fmt: skip
def test_the_classifier_knows_a_secret(value):
    assert secret.is_real(value, "secret")


@pytest.mark.parametrize(
    "name", ["clientSecretName", "passwordLabel", "tokenUri", "resetPassword", "PASSWORD_REQUIRED", "publicKey",
             "cancellationToken", "maxTokens", "passwordHash", "csrfToken", "secret_id",
             "'users/update-password'", "'PATCH /api/users/:id/password'"],
)  # fmt: skip
def test_a_name_about_a_secret_is_no_secrets_name(name):
    assert not secret.names_secret(name)


@pytest.mark.parametrize(
    "name",
    ["MINIO_ROOT_PASSWORD", "USER_PASSWORD", "issuerSecret", "clientSecret", "DB_PASS", "jwt.secret", "AzureAd:ClientSecret",
     "app.config['SECRET_KEY']", "zapApiKey", "signing-key", "base64-secret"],
)  # fmt: skip
def test_a_secrets_name_is_known_in_every_spelling(name):
    assert secret.names_secret(name)


def test_source_is_the_products_folder_where_nothing_is_declared(tmp_path):
    (tmp_path / "orders.py").write_text(BAD)
    collected = collect(tmp_path)
    (used,) = collected.evidence.inputs
    assert (used.path, used.declared, used.working_tree, used.state) == (".", False, True, "used")
    assert CHECK in {finding.check for finding in collected.evidence.findings}
    assert {outcome.check for outcome in collected.evidence.outcomes} >= set(KNOWN)


def test_declared_folders_are_scanned_apart_with_their_components(tmp_path):
    for name in ("api", "web", "other"):
        (tmp_path / name).mkdir()
        (tmp_path / name / "orders.py").write_text(BAD)
    declared = (Declared("source", "api", "api"), Declared("source", "web", "web"))
    evidence = collect(tmp_path, declared).evidence
    found = {(f.component, f.place.path) for f in evidence.findings if f.check == CHECK}
    assert found == {("api", "api/orders.py"), ("web", "web/orders.py")}


@pytest.mark.parametrize(
    ("text", "effects"),
    [(None, ["refutes"]), ("# Threats\n\nReviewed 2026-09-01.\n", []), ("Reviewed 2025-09-01.\n", ["refutes"]), ("No date.\n", ["review"])],
    ids=["missing", "fresh", "old", "undated"],
)  # fmt: skip
def test_a_declared_document_is_there_and_fresh(tmp_path, text, effects):
    (tmp_path / "orders.py").write_text("x = 1\n")
    if text is not None:
        (tmp_path / "threats.md").write_text(text)
    evidence = collect(tmp_path, keys={"threat_model": "threats.md"}).evidence
    assert [f.effect for f in evidence.findings if f.check == "threat-model-age"] == effects


@pytest.mark.parametrize(
    ("check", "key"),
    [("responsibility-table-age", "responsibilities"), ("rehearsal-record-age", "incident_rehearsal"), ("policy-test-age", "access_policy_test")],
    ids=lambda value: value,
)  # fmt: skip
def test_each_document_is_read_under_the_name_that_the_teams_file_declares(tmp_path, check, key):
    assert key in DECLARED
    assert check in DECLARED[key]["checks"]
    (tmp_path / "record.md").write_text("Last on 2025-09-01.\n")
    evidence = collect(tmp_path, keys={key: "record.md"}).evidence
    assert [f.effect for f in evidence.findings if f.check == check] == ["refutes"]


def declared_effects(root, check, keys, component=None):
    result = scan(root, checks={check}, declared=keys, component=component, use_cache=False)
    return [finding.effect for finding in result.evidence.findings]


DEVICE = 'import msal\n\nflow = app.initiate_device_flow(["Orders.Read"])\n'


@pytest.mark.parametrize(
    ("exceptions", "effects"),
    [
        ({}, ["refutes"]),
        ({"other/login.py": "the label printer has no keyboard"}, ["refutes"]),
        ({"reader": "another component's"}, ["refutes"]),
        ({"printer/login.py": "the label printer has no keyboard"}, ["supports"]),
        ({"printer": "the label printer has no keyboard"}, ["supports"]),
    ],
    ids=["none", "another file", "another component", "this file", "this component"],
)
def test_a_device_code_call_refutes_unless_its_file_or_component_is_a_recorded_exception(tmp_path, exceptions, effects):
    (tmp_path / "printer").mkdir()
    (tmp_path / "printer" / "login.py").write_text(DEVICE)
    keys = {"device_code_exceptions": exceptions}
    assert declared_effects(tmp_path, "device-code-calls", keys, "printer") == effects


def test_a_recorded_exception_is_shown_with_its_reason(tmp_path):
    (tmp_path / "login.py").write_text(DEVICE)
    keys = {"device_code_exceptions": {"login.py": "the label printer has no keyboard"}}
    (finding,) = scan(tmp_path, checks={"device-code-calls"}, declared=keys).evidence.findings
    assert "the label printer has no keyboard" in finding.message


@pytest.mark.parametrize(
    ("route", "listed", "effects"),
    [
        ("/orders/<int:number>/label", ["/orders"], ["review"]),
        ("/orders/<int:number>/label", ["/orders/{id}/label"], []),
        ("/<int:number>/label", ["/orders/{id}/label"], []),
        ("/orders/label", ["/"], ["review"]),
    ],
    ids=["another route", "the same route", "mounted under a prefix", "only the root"],
)
def test_a_route_that_the_team_lists_as_public_needs_no_authentication(tmp_path, route, listed, effects):
    (tmp_path / "orders.py").write_text(f'@app.route("{route}")\ndef label(number):\n    return everything()\n')
    assert declared_effects(tmp_path, "unguarded-route", {"public_routes": listed}) == effects


@pytest.mark.parametrize(
    ("route", "listed", "effects"),
    [
        ("/admin/prices", None, ["review"]),
        ("/admin/prices", ["/backoffice"], []),
        ("/backoffice/prices", None, []),
        ("/backoffice/prices", ["/backoffice"], ["review"]),
        ("/tenants/<tenant>/settings", ["/tenants/{id}/settings"], ["review"]),
        ("/backoffices/prices", ["/backoffice"], []),
    ],
)
def test_administrative_routes_are_those_that_the_team_declares(tmp_path, route, listed, effects):
    text = f'@app.post("{route}")\ndef change(tenant=None):\n    return save(request.json)\n'
    (tmp_path / "prices.py").write_text(text)
    keys = {} if listed is None else {"administrative_routes": listed}
    assert declared_effects(tmp_path, "unguarded-privileged-route", keys) == effects


@pytest.mark.parametrize(("header", "effects"), [("X-Other-User", ["refutes"]), ("x-forwarded-user", [])])
def test_a_header_of_a_declared_proxy_may_say_who_the_caller_is(tmp_path, header, effects):
    (tmp_path / "orders.py").write_text('user = request.headers["X-Forwarded-User"]\n')
    keys = {"identity_headers": {header: "our sign-in proxy sets it and drops the caller's"}}
    assert declared_effects(tmp_path, "identity-from-request", keys) == effects


def test_declared_settings_of_test_and_production_are_compared_wherever_they_lie(tmp_path):
    text = "AZURE_CLIENT_ID=5f3c9d1e-8a52-4b1f-9a55-1d2f3c4b5a69\n"
    for folder in ("a", "b"):
        (tmp_path / folder).mkdir()
        (tmp_path / folder / "orders.env").write_text(text)
    check = "environment-settings-overlap"
    assert declared_effects(tmp_path, check, {}) == []
    keys = {"test_settings": ["a/orders.env"], "production_settings": ["b/orders.env"]}
    assert declared_effects(tmp_path, check, keys) == ["refutes"]


def test_a_declared_document_outside_the_tree_counts_as_missing(tmp_path):
    root = tmp_path / "product"
    root.mkdir()
    (tmp_path / "threats.md").write_text("2026-09-01")
    evidence = collect(root, keys={"threat_model": "../threats.md"}).evidence
    assert [f.effect for f in evidence.findings if f.check == "threat-model-age"] == ["refutes"]


LOG = (Path(__file__).parent / "examples" / "tokens-in-log-sample" / "bad.log").read_text()


def log_evidence(root, *paths):
    evidence = collect(root, keys={"log_samples": list(paths)}).evidence
    (outcome,) = (item for item in evidence.outcomes if item.check == "tokens-in-log-sample")
    return evidence, outcome, [item for item in evidence.findings if item.check == "tokens-in-log-sample"]


def test_a_token_in_a_declared_log_is_placed_and_never_written(tmp_path):
    (tmp_path / "orders.log").write_text(LOG)
    evidence, outcome, (finding,) = log_evidence(tmp_path, "orders.log")
    assert (str(finding.place), finding.effect, outcome.state) == ("orders.log:2", "refutes", "ran")
    assert "eyJ" not in to_json(evidence)


def test_a_log_full_of_tokens_is_read_no_further_than_says_enough(tmp_path):
    (tmp_path / "orders.log").write_text(LOG * 500)
    assert len(log_evidence(tmp_path, "orders.log")[2]) == MAX_TOKENS


@pytest.mark.parametrize("path", ["missing.log", "../outside.log", "link.log", "folder"])
def test_a_declared_log_that_cannot_be_read_is_said(tmp_path, path):
    root = tmp_path / "product"
    (root / "folder").mkdir(parents=True)
    (tmp_path / "outside.log").write_text(LOG)
    (root / "link.log").symlink_to(tmp_path / "outside.log")
    evidence, outcome, found = log_evidence(root, path)
    assert found == []
    assert outcome.state == "not-run"
    assert [item.path for item in evidence.unread if "log sample" in item.reason] == [path]


def test_graph_calls_and_other_facts_are_handed_on(tmp_path):
    (tmp_path / "graph.ts").write_text(
        "const me = await client.api('/me/messages').select('subject').get();\n"
        "await client.api(`/users/${id}/sendMail`).post(mail);\n"
        "await fetch('https://graph.microsoft.com/v1.0/groups?$top=5', { headers });\n"
        "const scopes = ['User.Read', 'Mail.Send'];\n"
    )
    (tmp_path / "appsettings.json").write_text(
        json.dumps({"AzureAd": {"ClientId": "5f3c9d1e-8a52-4b1f-9a55-1d2f3c4b5a69"}})
    )
    result = scan(tmp_path)
    found = {(fact.kind, fact.value, fact.place.line) for fact in result.facts}
    assert ("graph-call", "GET /me/messages", 1) in found
    assert ("graph-call", "POST /users/{id}/sendMail", 2) in found
    assert ("graph-call", "GET /groups", 3) in found
    assert ("scope", "Mail.Send", 4) in found
    assert ("client-id", "5f3c9d1e-8a52-4b1f-9a55-1d2f3c4b5a69", 1) in found


@pytest.mark.parametrize(
    ("name", "text", "value"),
    [
        ("app.py", "from fastapi import FastAPI\n", ("app_kinds", "web-api")),
        ("app.py", "credential = ManagedIdentityCredential()\n", ("credentials", "managed-identity")),
        ("app.py", "flow = app.initiate_device_flow(scopes)\n", ("features", "device-code")),
        ("app.py", "URL = 'https://graph.microsoft.com/v1.0/me'\n", ("calls_apis", "graph")),
        ("package.json", '{"dependencies": {"@azure/msal-browser": "4"}}', ("app_kinds", "spa")),
        ("main.tf", 'resource "azurerm_linux_web_app" "x" {}\n', ("features", "infrastructure-code")),
        (".github/workflows/ci.yml", "on: push\n", ("code_host", "github")),
        (
            "app.cs",
            'options.Authority = "https://login.microsoftonline.com/organizations";\n',
            ("audience", "multi-tenant"),
        ),
    ],
)
def test_the_profile_is_filled_from_what_the_code_shows(tmp_path, name, text, value):
    path = tmp_path / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)
    found = scan(tmp_path).evidence.profile
    assert value in {(item.field, item.value) for item in found}
    values = {field.id: field.values for field in catalogue.default().profile}
    assert all(item.value in values[item.field] for item in found)


def test_it_refutes_nothing_in_the_snippets_but_the_two_that_say_what_they_give_up():
    found = scan(Path(__file__).parents[3] / "snippets").evidence.findings
    assert {(str(finding.place.path), finding.check) for finding in found if finding.effect == "refutes"} == {
        ("sign_in_native_app.py", "device-code-calls"),
        ("vault_secret.py", "client-secret-in-use"),
    }


@pytest.mark.parametrize(
    ("answer", "refuses"),
    [
        ("context.Response = request.CreateResponse(HttpStatusCode.Unauthorized);", True),
        ("return new HttpStatusCodeResult(HttpStatusCode.Forbidden);", True),
        ('context.Result = new JsonResult("no") { StatusCode = StatusCodes.Status401Unauthorized };', True),
        ("return StatusCode(StatusCodes.Status403Forbidden);", True),
        ("if (response.StatusCode == HttpStatusCode.Unauthorized) Retry();", False),
        ("case HttpStatusCode.Unauthorized: return Retry();", False),
    ],
)
def test_a_status_that_is_answered_is_a_refusal_and_one_that_is_received_is_none(tmp_path, answer, refuses):
    (tmp_path / "Keys.cs").write_text(f"class Keys\n{{\n    object Ask()\n    {{\n        {answer}\n    }}\n}}\n")
    found = scan(tmp_path, checks={"denial-without-log"}, use_cache=False).evidence.findings
    assert [item.place.line for item in found] == ([5] if refuses else [])
