"""Profile values that code and dependency files show in use, with the place that shows them."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from ztcheck.evidence import Place, ProfileFinding

if TYPE_CHECKING:
    from ztcheck.collectors.source.model import Project, Unit
    from ztcheck.evidence import Sureness

# field, value, languages, what shows it, why
_CODE: tuple[tuple[str, str, tuple[str, ...], re.Pattern[str], str], ...] = (
    ("app_kinds", "web-api", ("python",), re.compile(r"(?m)^[ \t]*(?:from|import) (?:fastapi|fastapi_azure_auth)\b"), "a web API framework is imported"),
    ("app_kinds", "web-api", ("csharp",), re.compile(r"AddMicrosoftIdentityWebApi|AddJwtBearer\(|\[ApiController\]"), "ASP.NET Core accepts bearer tokens"),
    ("app_kinds", "web-api", ("java",), re.compile(r"oauth2ResourceServer\(|@RestController"), "a Spring resource server"),
    ("app_kinds", "web-api", ("javascript",), re.compile(r"passport-azure-ad['\"]|express-jwt['\"]|express-oauth2-jwt-bearer['\"]"), "Express accepts bearer tokens"),
    ("app_kinds", "web-app", ("csharp",), re.compile(r"AddMicrosoftIdentityWebApp\b|AddOpenIdConnect\(|UseOpenIdConnectAuthentication"), "ASP.NET Core signs users in"),
    ("app_kinds", "web-app", ("python",), re.compile(r"initiate_auth_code_flow|(?m:^[ \t]*(?:from|import) identity\.(?:web|flask|django))"), "the app signs users in by the code flow"),
    ("app_kinds", "web-app", ("javascript",), re.compile(r"getAuthCodeUrl\(|next-auth/providers|AzureADProvider\("), "the app signs users in by the code flow"),
    ("app_kinds", "web-app", ("java",), re.compile(r"AadWebApplication|oauth2Login\(|getAuthorizationRequestUrl\("), "the app signs users in by the code flow"),
    ("app_kinds", "spa", ("javascript",), re.compile(r"@azure/msal-(?:browser|react|angular)['\"]"), "MSAL Browser signs users in in the page"),
    ("app_kinds", "cli", ("python",), re.compile(r"(?m)^[ \t]*(?:from|import) (?:click|typer)\b|argparse\.ArgumentParser\("), "a command line is parsed"),
    ("app_kinds", "mcp-server", ("python", "javascript", "csharp"), re.compile(r"FastMCP\(|new McpServer\(|AddMcpServer\(|from mcp\.server"), "an MCP server is built"),
    ("app_kinds", "agent", ("python", "javascript", "csharp"), re.compile(r"(?m)^[ \t]*(?:from|import) (?:agents|langgraph|autogen|crewai|semantic_kernel\.agents|azure\.ai\.agents)\b|AgentsClient\(|ChatCompletionAgent\b"), "an agent library is used"),
    ("app_kinds", "daemon", ("csharp", "python", "java"), re.compile(r"BackgroundService\b|IHostedService\b|@Scheduled\(|BlockingScheduler\("), "code runs unattended"),
    ("app_kinds", "desktop", ("csharp",), re.compile(r"System\.Windows\.Forms|Microsoft\.Maui|<UseWPF>"), "a desktop framework is used"),
    ("calls_apis", "graph", ("python", "csharp", "javascript", "java", "go"), re.compile(r"graph\.microsoft\.com|GraphServiceClient\b|MSGraph|msgraph\b"), "Microsoft Graph is called"),
    ("acts_as", "signed-in-user", ("python", "csharp", "javascript", "java", "go"), re.compile(r"acquire_token_on_behalf_of|AcquireTokenOnBehalfOf|acquireTokenOnBehalfOf|acquireTokenSilent|acquire_token_silent|AcquireTokenSilent|GetAccessTokenForUserAsync|EnableTokenAcquisitionToCallDownstreamApi|OnBehalfOfCredential"), "a user's token is acquired"),
    ("acts_as", "itself", ("python", "csharp", "javascript", "java", "go"), re.compile(r"acquire_token_for_client|AcquireTokenForClient|acquireTokenByClientCredential|AcquireTokenByCredential|ClientSecretCredential|ManagedIdentityCredential|DefaultAzureCredential|ClientCredentialParameters"), "an app-only token is acquired"),
    ("credentials", "managed-identity", ("python", "csharp", "javascript", "java", "go"), re.compile(r"\bManagedIdentityCredential|ManagedIdentityClient\b|ManagedIdentityApplication|SystemAssignedManagedIdentity|DefaultAzureCredential"), "a managed identity credential is used"),
    ("credentials", "federated", ("python", "csharp", "javascript", "java", "go"), re.compile(r"WorkloadIdentityCredential|ClientAssertionCredential|WithClientAssertion|client_assertion[\"']|NewCredFromAssertion|ManagedIdentityClientAssertion"), "a federated credential is used"),
    ("credentials", "certificate", ("python", "csharp", "javascript", "java", "go"), re.compile(r"ClientCertificateCredential|CertificateCredential\(|\.WithCertificate\(|NewCredFromCert|createFromCertificate|clientCertificate\s*:|[\"']thumbprint[\"']\s*:"), "a certificate credential is used"),
    ("credentials", "secret", ("python", "csharp", "javascript", "java", "go"), re.compile(r"ClientSecretCredential|WithClientSecret\(|createFromSecret\(|NewCredFromSecret|client_credential\s*=[^\n]*(?i:secret)|clientSecret\s*:(?!\s*(?:string|z\.|null|undefined|[\"']{2}|false|true))"), "a client secret is used"),
    ("features", "device-code", ("python", "csharp", "javascript", "java", "go"), re.compile(r"initiate_device_flow\(|DeviceCodeCredential\(|AcquireTokenWithDeviceCode\(|acquireTokenByDeviceCode\(|acquireTokenWithDeviceCode\(|RequestDeviceAuthorizationAsync\(|DeviceCodeFlowParameters"), "the device code flow is used"),
    ("features", "own-user-store", ("python", "csharp", "javascript", "java", "go"), re.compile(r"CompareHashAndPassword\(|bcrypt\w*\.(?:compare|checkpw)\w*\(|check_password(?:_hash)?\(|\bverify_password\(|CheckPasswordAsync\(|PasswordSignInAsync\(|argon2\.verify\("), "passwords of users are checked here"),
    ("features", "saml", ("python", "csharp", "javascript", "java"), re.compile(r"onelogin\.saml2|passport-saml|@node-saml|Sustainsys\.Saml2|saml2Login\(|pysaml2|from saml2"), "a SAML library is used"),
    ("features", "group-claims", ("python", "csharp", "javascript", "java", "go"), re.compile(r"(?i)(?:claims?|token|payload|principal)\w*(?:\.get\(|\[|\.FindAll\()\s*[\"']groups[\"']"), "the groups claim is read"),
)  # fmt: skip
# What must be in a file besides, where what shows a value is common elsewhere too.
_BESIDES = {("credentials", "secret", "javascript"): re.compile(r"(?i)msal|entra|azure|microsoft")}
_MULTI = re.compile(r"login\.microsoftonline\.com/(common|organizations|consumers)\b")


def of(project: Project, component: str | None = None) -> tuple[ProfileFinding, ...]:
    """Return one finding for each profile value that *project* shows, at the first place that shows it."""
    found: dict[tuple[str, str], ProfileFinding] = {}

    def add(field: str, value: str, message: str, unit: Unit, line: int, sure: Sureness = "derived") -> None:
        found.setdefault((field, value), ProfileFinding(field, value, message, Place(unit.path, line), sure, component))

    for unit in project.production():
        for field, value, languages, pattern, message in _CODE:
            if unit.language in languages and (field, value) not in found:
                besides = _BESIDES.get((field, value, unit.language))
                match = unit.search(pattern) if besides is None or unit.search(besides) else None
                if match and not unit.commented(unit.line_of(match.start())):
                    add(field, value, message, unit, unit.line_of(match.start()))
        if unit.language == "settings":
            _settings(unit, add)
        match = unit.search(_MULTI) if unit.language != "text" else None
        if match:
            value = "personal-accounts" if match[1] == "consumers" else "multi-tenant"
            add("audience", value, f"the authority is {match[1]}", unit, unit.line_of(match.start()))
    return tuple(found[key] for key in sorted(found))


def _settings(unit: Unit, add: object) -> None:
    assert callable(add)  # noqa: S101 - for the type checker
    name = unit.path.rsplit("/", 1)[-1].lower()
    for item in unit.settings:
        if name == "package.json" and item.key.startswith("dependencies."):
            package = item.key.removeprefix("dependencies.")
            if package in ("@azure/msal-browser", "@azure/msal-react", "@azure/msal-angular"):
                add("app_kinds", "spa", f"{package} is a dependency", unit, item.line, "direct")
            elif package in ("electron",):
                add("app_kinds", "desktop", f"{package} is a dependency", unit, item.line, "direct")
            elif package in ("express", "fastify", "@nestjs/core"):
                add("app_kinds", "web-api", f"{package} is a dependency", unit, item.line, "heuristic")
    if unit.path.endswith((".tf", ".bicep")) and (unit.settings or "resource" in unit.text):
        add("features", "infrastructure-code", "infrastructure is defined here", unit, 1, "direct")
        if unit.search(r"azurerm|Microsoft\.\w+/"):
            add("hosting", "azure", "resources of Azure are defined here", unit, 1, "derived")
    if ".github/workflows/" in f"/{unit.path}":
        add("code_host", "github", "a GitHub workflow lies here", unit, 1, "direct")
    elif re.search(r"(?:^|/)azure-pipelines[\w.-]*\.ya?ml$", unit.path):
        add("code_host", "azure-devops", "an Azure pipeline lies here", unit, 1, "direct")
    elif name == ".gitlab-ci.yml":
        add("code_host", "gitlab", "a GitLab pipeline lies here", unit, 1, "direct")
