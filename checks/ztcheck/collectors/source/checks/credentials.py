"""How the app proves its own identity, and where what it proves it with is kept."""

from __future__ import annotations

import re
from itertools import islice
from typing import TYPE_CHECKING

from ztcheck.collectors.source import textual
from ztcheck.collectors.source.model import Fact, Project, Saw, Setting, Unit
from ztcheck.collectors.source.registry import on, setting, whole

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

_ENTRA = re.compile(
    r"(?i)msal|azure|entra|microsoftonline|graph\.microsoft|aad|microsoft-identity|passport-microsoft|microsoft_client|teamsfx"
)
_OTHER_PROVIDER = re.compile(
    r"(?i)github|google|facebook|okta|auth0|twitter|linkedin|stripe|paypal|discord|slack|keycloak|cognito|tiktok|wechat|weixin|meta_|autodesk|spotify|twitch|gitlab|bitbucket|apple|yahoo"
)


_CLASS = re.compile(r"(?m)^(?:export[ \t]+)?(?:abstract[ \t]+)?class[ \t]+(\w+)")


def _of_another_provider(unit: Unit, line: int) -> bool:
    """Whether *line* stands in a class that its name gives to a provider other than Microsoft Entra ID."""
    names = [match[1] for match in unit.finditer(_CLASS) if unit.line_of(match.start()) <= line]
    inside = names and unit.lines[line - 1][:1].isspace()
    return bool(
        inside and re.search(rf"{_OTHER_PROVIDER.pattern}|gitlab|bitbucket|descope|apple|spotify|dropbox", names[-1])
    )


@on(
    "client-secret-in-use",
    "call",
    "ClientSecretCredential|WithClientSecret|createFromSecret|ClientSecretCredentialBuilder|NewCredFromSecret|NewClientSecretCredential|"
    "NewServicePrincipalToken|SetClientSecret|FromServicePrincipal|LoginSilentAsync",
)
def secret_credential(fact: Fact, unit: Unit) -> Saw | None:
    """A credential class that takes a client secret."""
    if fact.last == "SetClientSecret":
        near = "\n".join(unit.lines[max(0, fact.line - 8) : fact.end])
        if _OTHER_PROVIDER.search(near) or not unit.search(r"OpenIddict|OpenIdConnect"):
            return None
    if fact.last == "FromServicePrincipal" and len(fact.arguments()) < 3:
        return None  # by a file of its own
    if fact.last == "LoginSilentAsync" and not unit.search(r"ApplicationTokenProvider|ClientRuntime\.Azure"):
        return None
    return Saw("refutes", f"{fact.last} signs the app in with a client secret")


@on("client-secret-in-use", "call", "ClientCredential", "csharp", "java")
def secret_of_adal(fact: Fact, unit: Unit) -> Saw | None:
    """ADAL's credential of an identifier and a secret."""
    if len(fact.arguments()) != 2 or not unit.search(r"ActiveDirectory|adal4j|AuthenticationContext"):
        return None
    return Saw("refutes", "ClientCredential signs the app in with a client secret")


@on("client-secret-in-use", "name", r"client_credential$", "python")
def secret_argument(fact: Fact, unit: Unit) -> Saw | None:  # noqa: ARG001 - every judge takes both
    """MSAL for Python with a secret."""
    value = fact.value
    if value.lstrip().startswith("{") or re.match(r"\s*\w+\s*:", fact.text):
        return None
    yes = re.search(r"(?i)secret", value) and not re.search(r"(?i)certificate|assertion|thumbprint", value)
    return Saw("refutes", "the confidential client signs in with a client secret") if yes else None


@on("client-secret-in-use", "call", "MicrosoftGraphOAuth2", "python")
def secret_of_httpx(fact: Fact, unit: Unit) -> Saw | None:  # noqa: ARG001 - every judge takes both
    """httpx-oauth's client of Microsoft Graph, which takes nothing but a secret."""
    given = fact.argument("client_secret", 1)
    return Saw("refutes", "MicrosoftGraphOAuth2 signs the app in with a client secret") if given else None


@on(
    "client-secret-in-use",
    "call",
    "acquire_token_with_client_credentials|acquire_token_with_authorization_code|acquire_token_on_behalf_of|remote_app",
    "python",
)
def secret_of_retired(fact: Fact, unit: Unit) -> Saw | None:
    """ADAL for Python and Flask-OAuthlib, which are handed a client secret."""
    if fact.last == "remote_app":
        given = fact.argument("consumer_secret") or ""
        microsoft = re.search(r"(?i)microsoft|azure|entra", _resolved(unit, fact))
        yes = microsoft and given and not _NOT_GIVEN.fullmatch(given)
    else:
        given = " ".join(value for _, value in fact.arguments())
        yes = re.search(r"(?i)secret", given) and not re.search(r"(?i)vault\.get_secret|certificate", given)
        yes = yes if re.search(r"\badal\b", unit.text) else None
    return Saw("refutes", f"{fact.last} is handed a client secret") if yes else None


def _resolved(unit: Unit, fact: Fact) -> str:
    return "\n".join([fact.text, *(unit.resolve(value) for _, value in fact.arguments())])


@on("client-secret-in-use", "call", "ConfidentialClientApplication", "python")
def secret_positional(fact: Fact, unit: Unit) -> Saw | None:  # noqa: ARG001 - every judge takes both
    """MSAL for Python with a secret as its second argument."""
    value = fact.argument(position=1) or ""
    return (
        Saw("refutes", "the confidential client signs in with a client secret")
        if re.search(r"(?i)secret", value) and "{" not in value
        else None
    )


_GENERAL = re.compile(
    r"(?i)passport-openidconnect|openid-client|\boidc|openid_?connect|server_metadata_url|well-known/openid"
)
_NOT_GIVEN = re.compile(
    r"null!?|undefined|None|''|\"\"|string(?:\.Empty)?|await .*|(?:str|String|Unicode|Optional|Field|z|t|yup|Joi|Schema|Column|Text)\b.*|\w+\s*\(\)"
)


_REQUESTED = re.compile(
    r"\.register\(|OAuth2?Session\(|grant_type|client_kwargs|token_endpoint|token_url|\.post\(|\.fetch|\b\w*(?:SSO|OAuth2|Provider)\("
)
_FROM_MICROSOFT = re.compile(
    r"(?i)login\.microsoftonline|graph\.microsoft|sts\.windows|\bazure|\bentra|(?-i:Microsoft(?:SSO|OAuth|Entra|Graph|Provider))"
)


@on("client-secret-in-use", "name", r"(?i)(^|[.\[\"'])client_secret[\"'\]]*$", "python", "javascript")
def secret_requested(fact: Fact, unit: Unit) -> Saw | None:
    """A client secret that Authlib, requests-oauthlib, an HTTP client or a request of one's own sends."""
    value = fact.value.strip()
    near = "\n".join(unit.lines[max(0, fact.line - 12) : fact.line + 10])
    line = unit.lines[fact.line - 1]
    if (
        _NOT_GIVEN.fullmatch(value)
        or re.match(r"[(\[{]", value)
        or (value == fact.last and re.match(r"\s*(?:self|this)\.\w+\s*[:=]", line))
        or re.match(r"\s*(?:async\s+)?def\s", line)
        or _OTHER_PROVIDER.search(value + line)
        or _of_another_provider(unit, fact.line)
        or _OTHER_PROVIDER.search("\n".join(unit.lines[max(0, fact.line - 4) : fact.line]))
        or not _REQUESTED.search(near)
    ):
        return None
    alone = "grant_type" in near and unit.search(r"login\.microsoftonline\.|sts\.windows\.net")
    if _FROM_MICROSOFT.search(near) or (alone and not _OTHER_PROVIDER.search(unit.path)):
        return Saw("refutes", "the app signs in with a client secret", "derived")
    if unit.language == "python" and (_GENERAL.search(near) or _GENERAL.search(unit.path)):
        return Saw("review", "a general OpenID Connect client signs in with a client secret", "heuristic")
    return None


@on("client-secret-in-use", "name", r"SOCIAL_AUTH_(AZUREAD|MICROSOFT)\w*_SECRET$|^[\"']secret[\"']$", "python")
def secret_of_django(fact: Fact, unit: Unit) -> Saw | None:
    """The client secret in the settings of social-auth and of django-allauth."""
    if _NOT_GIVEN.fullmatch(fact.value.strip()):
        return None
    if fact.last == "secret":
        before = "\n".join(unit.lines[max(0, fact.line - 12) : fact.line])
        named = re.findall(r"[\"']([a-z_]\w+)[\"']\s*:\s*[{\[]", before)
        providers = [name for name in named if name.upper() not in ("APP", "APPS", "SETTINGS", "OPTIONS")]
        if "SOCIALACCOUNT_PROVIDERS" not in unit.text or providers[-1:] not in (["microsoft"], ["azure"]):
            return None
    return Saw("refutes", "the app signs in with a client secret")


@on("client-secret-in-use", "call", "Account", "python")
def secret_of_o365(fact: Fact, unit: Unit) -> Saw | None:
    """O365's account, whose credentials are a client ID and its secret."""
    given = fact.argument("credentials", 0) or ""
    pair = unit.resolve(given)
    if not unit.search(r"(?m)^\s*from O365\b|^\s*import O365\b") or not re.search(r"(?i)^\(.*,.*secret", pair):
        return None
    return Saw("refutes", "the app signs in with a client secret")


@on("client-secret-in-use", "call", "discovery", "javascript")
def secret_of_openid_client(fact: Fact, unit: Unit) -> Saw | None:
    """openid-client told of the client's secret when it reads the provider's metadata."""
    given = fact.argument(position=2) or ""
    if "openid-client" not in unit.text or not re.search(r"(?i)secret", given) or _OTHER_PROVIDER.search(fact.text):
        return None
    if unit.search(r"login\.microsoftonline\."):
        return Saw("refutes", "the app signs in with a client secret")
    return Saw("review", "a general OpenID Connect client signs in with a client secret", "heuristic")


@on("client-secret-in-use", "name", r"(^|[.\[\"'])[cC]lient(Secret|_secret)[\"'\]]*$", "javascript")
def secret_of_general_client(fact: Fact, unit: Unit) -> Saw | None:
    """A client secret of an OpenID Connect client that works with any provider, Entra ID too."""
    value = fact.value.strip()
    if unit.path.endswith((".tsx", ".jsx", ".vue")) or _NOT_GIVEN.match(value) or textual.unquote(value) is not None:
        return None
    before = "\n".join(unit.lines[max(0, fact.line - 12) : fact.line])
    if not unit.search(_GENERAL) or _OTHER_PROVIDER.search(value) or _OTHER_PROVIDER.search(unit.path):
        return None
    if not re.search(
        r"(?:Strategy|Client|Issuer|Configuration)\w*\(|\.get\(", before + "\n" + fact.value
    ) or _OTHER_PROVIDER.search(before):
        return None
    return Saw("review", "a general OpenID Connect client signs in with a client secret", "heuristic")


@on("client-secret-in-use", "name", r"(^|[.\[\"'])[cC]lientSecret[\"'\]]*$", "javascript", "csharp")
def secret_setting(fact: Fact, unit: Unit) -> Saw | None:
    """A client secret in MSAL's or a sign-in provider's configuration."""
    value = fact.value.strip()
    if unit.path.endswith((".tsx", ".jsx", ".vue")) or (unit.language == "javascript" and value.startswith("{")):
        return None  # a form that edits a setting, a model of one; a secret in the page itself is secret-in-front-end's
    if unit.language == "csharp" and re.search(rf"{_OTHER_PROVIDER.pattern}|AzureDevOps", unit.path.rsplit("/", 1)[-1]):
        return None
    generic = unit.language == "csharp" and unit.search(r"OpenIdConnect|OpenIddict")
    if (
        not (generic or unit.search(_ENTRA))
        or value.removeprefix("this.") == fact.last
        or re.fullmatch(r"_?(?:data|json|dto|raw)\[[\"']client_?[sS]ecret[\"']\]", value)
        or re.fullmatch(r"null!?|undefined|''|\"\"|string(?:\.Empty)?|await .*", value)
    ):
        return None
    if (textual.unquote(value) or "").casefold() in ("clientsecret", "client_secret") or re.match(
        r"(?:string|z|t|yup|Joi|Schema)\b|\w+\s*\(\)", value
    ):
        return None
    before = "\n".join(unit.lines[max(0, fact.line - 6) : fact.line])
    provider = re.findall(r"(?i)(\w+)(?:Provider|OAuth)?\s*\(\s*\{|add(\w+)\(", before)
    if _OTHER_PROVIDER.search(value) or (provider and _OTHER_PROVIDER.search("".join(provider[-1]))):
        return None
    near = "\n".join(unit.lines[max(0, fact.line - 12) : fact.line + 8])
    if "ApplicationDescriptor" in near:
        return None  # a server that is told of its clients
    if unit.language == "javascript" and not re.search(
        r"(?i)\bauth\b|credentials|msal|authority|azure|tenant|confidential|WindowsLiveStrategy|MicrosoftStrategy", near
    ):
        return None
    if re.search(r"(?i)saml|jackson", near):
        return None
    if (
        unit.language == "javascript"
        and re.search(r"genericOAuth|discoveryUrl", near)
        and not _FROM_MICROSOFT.search(near)
    ):
        return Saw("review", "a general OpenID Connect client signs in with a client secret", "heuristic")
    if unit.language == "csharp" and (
        re.search(r"public\s+(?:string|required)", unit.lines[fact.line - 1]) or re.search(r"\w\[\d\]$", value)
    ):
        return None
    return Saw("refutes", "the app signs in with a client secret")


@on("client-secret-in-use", "call", "ClientSecretBasic|ClientSecretPost|ClientSecretJWT", "java")
def secret_of_nimbus(fact: Fact, unit: Unit) -> Saw | None:
    """Nimbus' client authentication with a secret, at any provider."""
    yes = fact.text.startswith("new ") and not _OTHER_PROVIDER.search(unit.path)
    return Saw("review", "an OpenID Connect client signs in with a client secret", "heuristic") if yes else None


@on("client-secret-in-use", "string", "^.client_secret.$", "go")
def secret_of_general_client_go(fact: Fact, unit: Unit) -> Saw | None:
    """A client secret that a token request of one's own sends to a provider that the settings name."""
    after = unit.lines[fact.line - 1][fact.column - 1 + len(fact.name) :]
    around = unit.around(fact.line)
    if not re.match(r"\s*[:,\]]\s*=?\s*\w", after) or not re.search(r"grant_type", around):
        return None
    if not re.search(r"(?i)oidc|openid[ _-]?connect", unit.path + around) or _OTHER_PROVIDER.search(
        unit.path.rsplit("/", 1)[-1]
    ):
        return None
    return Saw("review", "a general OpenID Connect client signs in with a client secret", "heuristic")


@on("client-secret-in-use", "name", "^ClientSecret$", "go")
def secret_in_oauth2(fact: Fact, unit: Unit) -> Saw | None:
    """golang.org/x/oauth2 with Entra's endpoint, or with that of any provider, and a client secret."""
    before = "\n".join(unit.lines[max(0, fact.line - 9) : fact.line])
    after = "\n".join(unit.lines[fact.line - 1 : fact.line + 10])
    made = re.search(r"\b(?:oauth2|clientcredentials)\.Config\{", before)
    if made is None or fact.value.strip() in ('""', "nil"):
        return None
    near = before[made.start() :] + "\n" + after
    opening = near.find("{")
    near = near[: textual.closing(near, opening) + 1] if not near[:opening].count("\n") else near
    if re.search(r"microsoftonline|microsoft\.AzureADEndpoint|microsoft\.LiveConnectEndpoint", near):
        return Saw("refutes", "the app signs in with a client secret")
    if _OTHER_PROVIDER.search(near) or _OTHER_PROVIDER.search(unit.path):
        return None
    if unit.search(r"login\.microsoftonline\.|sts\.windows\.net|(?i:azure_?ad|\bentra\b)"):
        return Saw("refutes", "the app signs in with a client secret", "derived")
    if unit.search(r"go-oidc") and ".Endpoint()" in after:
        return Saw("review", "a general OpenID Connect client signs in with a client secret", "heuristic")
    return None


@on("client-secret-in-use", "call", "New|NewClientCredentialsConfig", "go")
def secret_of_provider_go(fact: Fact, unit: Unit) -> Saw | None:  # noqa: ARG001 - every judge takes both
    """goth's providers of Microsoft, and go-autorest's configuration, which take nothing but a secret."""
    yes = re.match(r"(?:azureadv2|azuread|microsoftonline)\.New$|auth\.NewClientCredentialsConfig$", fact.name)
    if not yes or len(fact.arguments()) < 3:
        return None
    return Saw("refutes", f"{fact.name} signs the app in with a client secret")


@on(
    "client-secret-in-use",
    "call",
    "clientSecret|ApplicationTokenCredentials|ClientSecretBasic|ClientSecretPost",
    "java",
)
def secret_in_java(fact: Fact, unit: Unit) -> Saw | None:
    """Spring Security's registration, Nimbus' authentication and the old Azure SDK's credential with a secret."""
    if fact.last == "ApplicationTokenCredentials":
        message = f"{fact.last} signs the app in with a client secret"
        return Saw("refutes", message) if len(fact.arguments()) == 4 else None
    if not unit.search(r"microsoftonline\.|sts\.windows\.net|\.ciamlogin\."):
        return None
    if fact.last == "clientSecret":
        statement = "\n".join(unit.lines[max(0, fact.line - 8) : fact.end + 10])
        if not fact.arguments() or not re.search(r"ClientRegistration\b|withRegistrationId", fact.text + statement):
            return None
        if _OTHER_PROVIDER.search(fact.text):
            return None
    return Saw("refutes", "the app signs in with a client secret", "derived")


@on("client-secret-in-use", "string", r"^.client_secret.?$|client_secret=")
def secret_posted(fact: Fact, unit: Unit) -> Saw | None:
    """A client secret that is posted to Entra's token endpoint by hand."""
    line = unit.lines[fact.line - 1]
    if not unit.search(r"login\.microsoftonline|/oauth2/v2\.0/token") or not unit.search(
        r"/oauth2/(?:v2\.0/)?token|grant_type"
    ):
        return None
    if not re.search(r"(?i)\.(?:Set|Add\w*|append|put|param|field|bodyParam)\(|:|=|KeyValuePair", line) or re.search(
        r"\.(?:Query|get|Get|FormValue)\(", line
    ):
        return None
    if _of_another_provider(unit, fact.line):
        return None
    return Saw("refutes", "a client secret is posted to the token endpoint", "derived")


@setting("client-secret-in-use")
def secret_configured(item: Setting, unit: Unit) -> Saw | None:
    """Settings of Microsoft Identity Web and Spring Cloud Azure with a client secret."""
    name = re.sub(r"[-_]", "", item.key).lower()
    secret_of_quarkus = re.search(r"quarkus\.oidc\b.*credentials\.(?:clientsecret\.value|secret)$", name)
    if (
        not (secret_of_quarkus or name.endswith(("clientsecret", "ida:appkey", "ida:clientkey")))
        or not item.value.strip()
        or item.value.strip() in ("null", "~", '""', "''")
    ):
        return None
    yes = re.search(
        r"azuread|entra|azure\.?activedirectory|azure\.credential|^azureclientsecret|\barmclientsecret|azuread(?:__|:)clientsecret|\.azureclientsecret|aad\.|clientcredentials|^(?:ida|ad):(?:clientsecret|appkey|clientkey)$|azuread.*:clientsecret$",
        name,
    ) or (
        (secret_of_quarkus or "oauth2.client." in name)
        and unit.search(r"login\.microsoftonline\.|\.ciamlogin\.|sts\.windows\.net")
        and not _OTHER_PROVIDER.search(name)
    )
    if (
        # Only the name of an entry, not an expression whose variable is called so.
        (
            re.fullmatch(r"[\w.-]+", item.value)
            and name.rsplit(".", 1)[-1].endswith(re.sub(r"[\W_]", "", item.value).lower())
        )
        or re.search(r"(?i)^(?:var|local|data|module|azuread_)", item.value)
        or "terraform" in unit.path
        or unit.path.endswith((".tf", ".bicep"))
    ):
        return None
    return Saw("refutes", f"{item.last} is set: the app signs in with a client secret", "derived") if yes else None


@whole("client-secret-in-use", "settings")
def secret_made(project: Project, declared: Mapping[str, object]) -> Iterable[tuple[Unit, int, Saw]]:  # noqa: ARG001
    """A client secret that a Terraform template makes for an app."""
    for unit in project.production("settings"):
        if unit.path.endswith(".tf"):
            for match in unit.finditer(r'(?m)^resource\s+"azuread_(?:application|service_principal)_password"'):
                yield unit, unit.line_of(match.start()), Saw("refutes", "the template makes a client secret for an app")


@on(
    "managed-identity-credential",
    "call",
    "ManagedIdentityCredential|ManagedIdentityClient|ManagedIdentityApplication|NewManagedIdentityCredential|ManagedIdentityCredentialBuilder|SystemAssignedManagedIdentity|UserAssignedManagedIdentity|ManagedIdentityClientAssertion|WorkloadIdentityCredential|NewWorkloadIdentityCredential",
)
def managed_identity(fact: Fact, unit: Unit) -> Saw | None:  # noqa: ARG001 - every judge takes both
    """A credential without any secret."""
    return Saw("supports", f"{fact.last} signs the app in without a stored credential")


@whole("stored-credential-on-azure", "python", "csharp", "javascript", "settings")
def stored_on_azure(project: Project, declared: Mapping[str, object]) -> Iterable[tuple[Unit, int, Saw]]:  # noqa: ARG001
    """A stored credential in a product that its own templates deploy to Azure."""
    deploys = [
        unit for unit in project.production("settings")
        if unit.path.endswith((".bicep", ".tf", ".json")) and unit.search(r"Microsoft\.(?:Web/sites|App/containerApps|ContainerService)|azurerm_(?:linux_|windows_)?(?:web_app|app_service|function_app|container_app|kubernetes_cluster)\b")
    ]  # fmt: skip
    if not deploys:
        return
    for unit in project.production("python", "csharp", "javascript", "java", "go"):
        for fact in unit.facts:
            if fact.kind == "call" and re.search(
                r"(?:^|[.\s])(?:ClientSecretCredential|CertificateCredential|ClientCertificateCredential|WithClientSecret|createFromSecret|NewClientSecretCredential)$",
                fact.name,
            ):
                yield (
                    unit,
                    fact.line,
                    Saw("refutes", f"{fact.last} in a product that {deploys[0].path} deploys to Azure", "derived"),
                )
    for unit in deploys:
        for item in unit.settings:
            if re.fullmatch(r"(?i)AZURE_CLIENT_SECRET", item.last) or item.value == "AZURE_CLIENT_SECRET":
                yield unit, item.line, Saw("refutes", "AZURE_CLIENT_SECRET is set on a component deployed to Azure")


@on("vault-client", "call", "SecretClient|KeyClient|SecretClientBuilder|AddAzureKeyVault|NewClient")
def vault(fact: Fact, unit: Unit) -> Saw | None:
    """The app reads what it needs from a vault."""
    if fact.last == "NewClient" and not re.search(r"azsecrets\.NewClient", fact.name):
        return None
    managed = unit.search(r"ManagedIdentity|DefaultAzureCredential|WorkloadIdentity|ChainedTokenCredential")
    return Saw("supports", f"{fact.last} reads from a vault with a managed identity") if managed else None


@on("credential-read-once", "name", r"(?i)^[A-Z_]*(client_?secret|api_?secret|certificate)[A-Z_]*$", "python")
def read_once(fact: Fact, unit: Unit) -> Saw | None:
    """A credential that is read when the module is loaded, and never again."""
    line = unit.lines[fact.line - 1]
    if line[:1].isspace() or not re.search(r"os\.(?:environ|getenv)|get_secret\(|open\(", fact.value):
        return None
    return Saw("review", f"{fact.name} is read once, at start-up: a rotated credential needs a restart", "heuristic")


@on(
    "user-account-in-service",
    "call",
    "acquire_token_by_username_password|UsernamePasswordCredential|acquire_token_by_refresh_token|AcquireTokenByUsernamePassword|acquireTokenByUsernamePassword|acquireTokenByRefreshToken|AcquireTokenByRefreshToken",
)
def user_account(fact: Fact, unit: Unit) -> Saw | None:
    """A person's account in code that runs unattended."""
    unattended = re.search(
        r"(?i)(?:^|/)(?:workers?|jobs?|daemons?|cron|scheduled?|functions?|batch|pipelines?|background)[\w-]*(?:/|\.)|BackgroundService|IHostedService|TimerTrigger|schedule\.every|APScheduler|@Scheduled|node-cron|celery",
        unit.path + "\n" + unit.text,
    )
    return Saw("refutes", f"{fact.last} in code that runs unattended", "derived") if unattended else None


# --- token caches ------------------------------------------------------------------------------------------------


_SERIALIZED = re.compile(
    r"(?i)(?:token_?cache|cache|getTokenCache\(\)|tokenCache\(\))\w*(?:\(\))?\.(?:serialize|SerializeMsalV3|Marshal)\w*\(|SerializeMsalV3\("
)


def _given(unit: Unit, fact: Fact, value: str) -> str:
    """What the variable *value* was given earlier in the function around *fact*."""
    if not re.fullmatch(r"\w+", value):
        return ""
    first, _ = unit.function(fact.line)
    before = "\n".join(unit.lines[first - 1 : fact.line - 1])
    found = re.findall(rf"\b{value}\b[\w, ]*:?=\s*([^\n]+)", before)
    return str(found[-1]) if found else ""


@on(
    "plain-token-cache-file",
    "call",
    "open|write_text|WriteAllText|WriteAllBytes|WriteAllTextAsync|WriteAllBytesAsync|writeFile|writeFileSync|WriteFile|write|writeString|newBufferedWriter|FileWriter",
)
def plain_cache(fact: Fact, unit: Unit) -> Saw | None:
    """A serialized token cache that is written as it is."""
    if fact.last == "open" and not re.search(r"[\"'][wa]b?\+?[\"']", fact.text):
        return None
    if fact.last == "open":
        written = "\n".join(unit.lines[fact.line - 1 : fact.end + 2])
    else:
        written = fact.text + " " + " ".join(_given(unit, fact, value) for _, value in fact.arguments())
    if not _SERIALIZED.search(written):
        return None
    if re.search(r"(?i)encrypt|protect\(|fernet|dpapi|keyring|keychain", unit.around(fact.line)):
        return None
    return Saw("refutes", "the token cache is written to a plain file")


_TOKEN_VALUE = re.compile(
    r"(?:^|[.\s(\"+])(?:\w*(?i:access_?token|refresh_?token|service_?token|bearer_?token)|[tT]oken_?[rR]esponse|(?i:auth)\w*Result\.Token)(?:\(\))?(?:\.getBytes\([^()]*\))?$"
)


@on(
    "plain-token-cache-file",
    "call",
    "WriteAllText|WriteAllTextAsync|WriteFile|write|writeString|Encode",
    "csharp",
    "java",
    "go",
)
def plain_token(fact: Fact, unit: Unit) -> Saw | None:
    """A token that is written to a file as it is."""
    around = unit.around(fact.line)
    given = [value for _, value in fact.arguments()]
    if fact.last == "Encode":
        to_file = re.search(r"json\.NewEncoder\(\s*\w+\s*\)\.Encode$", fact.name) and re.search(
            r"os\.(?:Create|OpenFile)\(", around
        )
        named = given and re.fullmatch(r"&?(?:tok|token|\w*Token)", given[0])
        yes = bool(to_file and named and unit.search(r"oauth2\.Token|adal\.Token"))
    elif fact.last == "write" and unit.language == "java":
        to_file = re.search(r"FileWriter|Files\.write|FileOutputStream", around)
        yes = bool(to_file) and any(_TOKEN_VALUE.search(value) for value in given)
    elif fact.last == "WriteFile":
        data = re.sub(r"^\[\]byte\((.*)\)$", r"\1", given[1] if len(given) > 1 else "")
        made = _given(unit, fact, data)
        marshalled = re.search(r"\bMarshal(?:Indent)?\(\s*&?(?:tok|token|\w*Token)\b", made)
        yes = bool(_TOKEN_VALUE.search(data) or marshalled or ("cache.Marshaler" in around and ".Marshal()" in made))
    else:
        yes = any(_TOKEN_VALUE.search(value) for value in given[1:] or given)
    if not yes or re.search(r"(?i)encrypt|protect\(|dpapi|keyring|keychain|\bseal\(", around):
        return None
    return Saw("refutes", "a token is written to a plain file", "derived")


# Where Python writes, and how it turns what it writes into text.
_OPENED = re.compile(r"\bopen\((?P<path>[^,()\n]*(?:\([^()\n]*\)[^,()\n]*)*),\s*(?:mode\s*=\s*)?[\"'][wa]b?\+?[\"']")
_DUMPED = re.compile(
    r"\b(?:json|pickle|yaml|toml)\.(?:safe_)?dumps?\(\s*(?P<dumped>\{[^}]*\}|\w[\w.]*)|\.write(?:_text|_bytes)?\(\s*(?P<plain>[\w.\[\]\"']+)\s*[,)]"
)
_TOKENS = re.compile(
    r"(?i)(?:^|[._\s\"'])(?:(?:access|refresh|auth|bearer|id)_?tokens?|tokens?(?:_?(?:data|info|response|dict|cache|result))?|creds?|credentials)[\"'\]]*(?:\.to_json\(\)|\.json\(\))?$"
)
_TOKEN_FILE = re.compile(
    r"(?i)(?:access|refresh|oauth2?|auth|o365|graph|msal)?_?tokens?(?:_?(?:file|path|cache)\w*|\.(?:json|pickle|pkl|txt|bin|ya?ml))\b"
)
_NO_TOKEN_FILE = re.compile(
    r"(?i)tokeni[sz]|vocab|special_?token|num_?token|token_?(?:count|usage|id)|embedding|corpus|max_?tokens|encrypt|fernet|keyring|protect\(|dpapi|nltk|\bllm\b|transformers"
)


@whole("plain-token-cache-file", "python")
def plain_token_python(project: Project, declared: Mapping[str, object]) -> Iterable[tuple[Unit, int, Saw]]:  # noqa: ARG001
    """A token that Python writes to a file as it is: by json, pickle or as text."""
    message = "a token is written to a plain file"
    for unit in project.production("python"):
        if not unit.holds("token", "creds", "credentials") or not unit.search(
            r"(?i)access_?token|refresh_?token|oauth|\bmsal\b|\bcreds\b"
        ):
            continue
        for first, last in islice(unit.blocks, MAX_FUNCTIONS):
            text = "\n".join(unit.lines[first - 1 : last])
            if last - first > 80 or _NO_TOKEN_FILE.search(text):
                continue
            opened = _OPENED.search(text)
            place = opened or re.search(r"(?P<path>[\w.]+)\.write_(?:text|bytes)\(", text)
            if not place:
                continue
            made = [match["dumped"] or match["plain"] for match in _DUMPED.finditer(text)]
            named = {name for value in made for name in re.findall(r"^\w+$", value or "")}
            yes = any(_TOKENS.search(value or "") or _names_tokens(value or "") for value in made)
            yes = yes or any(
                _names_tokens(given[1])
                for name in named
                if (given := re.search(rf"(?m)^\s*{name}\s*(?::[^=\n]+)?=\s*(\{{[^}}]*\}})", text))
            )
            yes = yes or bool(made and re.search(r"[\"']refresh_token[\"']", text))
            if yes or (made and _TOKEN_FILE.search(_path_of(unit, place["path"]))):
                yield unit, first + text.count("\n", 0, place.start()), Saw("refutes", message, "derived")


MAX_FUNCTIONS = 500  # of one file


def _names_tokens(value: str) -> bool:
    """Whether the dictionary that *value* writes holds tokens."""
    return value[:1] == "{" and re.search(r"(?i)[\"'](?:access|refresh)_?token[\"']\s*:", value) is not None


def _path_of(unit: Unit, path: str) -> str:
    return f"{path} {unit.resolve(path)}"


@on("plain-token-cache-file", "call", "FileSystemTokenBackend", "python")
def token_backend_of_o365(fact: Fact, unit: Unit) -> Saw | None:
    """O365's tokens in a file of its own, which is plain unless it is given a cipher."""
    if not unit.search(r"\bO365\b") or "crypt" in fact.text:
        return None
    return Saw("refutes", "O365 keeps its tokens in a plain file", "derived")


@on(
    "plain-token-cache-file",
    "call",
    "FilePersistence|WithUnprotectedFile|WithLinuxUnprotectedFile|PlaintextFilePersistence|setLinuxUseUnprotectedFileAsCacheStorage",
)
def plain_persistence(fact: Fact, unit: Unit) -> Saw | None:
    """MSAL extensions' persistence without encryption."""
    if fact.last.startswith("setLinux") and not unit.true(fact.argument(position=0) or ""):
        return None
    return Saw("refutes", f"{fact.last} keeps tokens in a plain file")


@on(
    "plain-token-cache-file",
    "name",
    r"allow_unencrypted_storage|UnsafeAllowUnencryptedStorage|unsafeAllowUnencryptedStorage",
)
def plain_allowed(fact: Fact, unit: Unit) -> Saw | None:
    """Azure Identity's cache without encryption."""
    return Saw("refutes", f"{fact.last} is on: tokens may be kept in a plain file") if unit.true(fact.value) else None


@on(
    "encrypted-cache-persistence",
    "call",
    "build_encrypted_persistence|KeychainPersistence|FilePersistenceWithDataProtection|LibsecretPersistence|CreateAsync|createPersistence|AddDistributedTokenCaches",
)
def encrypted_cache(fact: Fact, unit: Unit) -> Saw | None:
    """A token cache that the platform encrypts."""
    if fact.last == "CreateAsync" and "MsalCacheHelper" not in fact.name:
        return None
    if fact.last == "createPersistence" and "PersistenceCreator" not in fact.name:
        return None
    if fact.last == "AddDistributedTokenCaches" and not unit.search(r"Encrypt\s*=\s*true"):
        return None
    return Saw("supports", f"{fact.last} keeps tokens encrypted")
