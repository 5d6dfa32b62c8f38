"""Which OAuth flows the code uses, and through which library."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from ztcheck.collectors.source import textual
from ztcheck.collectors.source.model import Fact, Project, Saw, Unit
from ztcheck.collectors.source.registry import allowance, on, whole

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

_ROPC = (
    "acquire_token_by_username_password|acquireTokenByUsernamePassword|AcquireTokenByUsernamePassword|"
    "AcquireTokenByUserNamePassword|RequestPasswordTokenAsync|UserPasswordCredential|PasswordCredentialsToken|AuthenticateWithPasswordAsync|AllowPasswordFlow|UsernamePasswordCredential|NewUsernamePasswordCredential|UsernamePasswordCredentialBuilder"
)


@on("password-grant-calls", "call", _ROPC)
def password_grant(fact: Fact, unit: Unit) -> Saw | None:  # noqa: ARG001 - every judge takes both
    """MSAL's and Azure Identity's password grant."""
    return Saw("refutes", f"{fact.last} sends a person's password to the token endpoint")


@on("password-grant-calls", "name", "^AllowedGrantTypes$", "csharp")
def password_grant_allowed(fact: Fact, unit: Unit) -> Saw | None:  # noqa: ARG001 - every judge takes both
    """IdentityServer that lets a client send passwords."""
    yes = re.search(r"\bGrantTypes?\.ResourceOwnerPassword", fact.value)
    return Saw("refutes", "a client is allowed to send a person's password to the token endpoint") if yes else None


@on("password-grant-calls", "call", "authorizedGrantTypes|authorizationGrantType|authorizationGrantTypes", "java")
def password_grant_spring(fact: Fact, unit: Unit) -> Saw | None:  # noqa: ARG001 - every judge takes both
    """Spring's authorization server that lets a client send passwords."""
    given = [value.strip() for _, value in fact.arguments()]
    yes = any(value in ('"password"', "AuthorizationGrantType.PASSWORD") for value in given)
    return Saw("refutes", "a client is allowed to send a person's password to the token endpoint") if yes else None


@on("password-grant-calls", "call", "builder", "java")
def password_grant_java(fact: Fact, unit: Unit) -> Saw | None:  # noqa: ARG001 - every judge takes both
    """MSAL for Java's password grant."""
    yes = re.match(r"UserNamePasswordParameters\s*\.builder", fact.text)
    return Saw("refutes", "UserNamePasswordParameters sends a person's password to the token endpoint") if yes else None


@on("password-grant-calls", "call", "password|ResourceOwnerPasswordCredentialsGrant", "java")
def password_grant_of_user(fact: Fact, unit: Unit) -> Saw | None:  # noqa: ARG001 - every judge takes both
    """Spring Security's and Nimbus' password grant."""
    if fact.last == "password" and (fact.arguments() or "AuthorizedClientProviderBuilder" not in fact.text):
        return None
    return Saw("refutes", f"{fact.last} sends a person's password to the token endpoint")


@on("password-grant-calls", "string", r"grant_type=password\b")
def password_grant_text(fact: Fact, unit: Unit) -> Saw | None:
    """A token request with the password grant, written by hand; a sentence about one is none."""
    if re.search(r"grant_type=password(?:[.,;:!?]| \w)", fact.text):
        return None
    return None if _serves_tokens(unit) else Saw("refutes", "a token request with grant_type=password")


@on("password-grant-calls", "string", r"^.grant_type.$", "csharp", "java", "go")
def password_grant_pair(fact: Fact, unit: Unit) -> Saw | None:
    """A token request with the password grant, put together of pairs."""
    rest = unit.lines[fact.line - 1][fact.column - 1 :]
    pair = re.match(r"\"grant_type\"\s*(?:,|:\s*\{|\]\s*=)\s*(\"password\"|[A-Za-z_][\w.]*)", rest)
    value = unit.resolve(pair[1]) if pair else ""
    yes = textual.unquote(value) == "password" and not _serves_tokens(unit)
    return Saw("refutes", "a token request with grant_type=password") if yes else None


@on("password-grant-calls", "name", r"^[\"'\[]*(grant_type|grantType|GrantType)[\"'\]]*$|\[[\"']grant_type[\"']\]$")
def password_grant_field(fact: Fact, unit: Unit) -> Saw | None:
    """A token request with the password grant, written by hand."""
    yes = textual.unquote(unit.resolve(fact.value)) == "password" and not _serves_tokens(unit)
    return Saw("refutes", "a token request with grant_type=password") if yes else None


def _serves_tokens(unit: Unit) -> bool:
    """Whether the file is an authorization server's own."""
    return bool(unit.search(r"grant_types?_supported|GrantTypesSupported|unsupported_grant_type|OAuth2PasswordBearer"))


_DEVICE = (
    "initiate_device_flow|DeviceCodeCredential|NewDeviceCodeCredential|DeviceCodeCredentialBuilder|AcquireTokenByDeviceCode|"
    "acquireTokenByDeviceCode|AcquireTokenWithDeviceCode|acquireTokenWithDeviceCode|RequestDeviceAuthorizationAsync|RequestDeviceTokenAsync|"
    "ChallengeUsingDeviceAsync|AuthenticateWithDeviceAsync|InitiateDeviceAuth|NewDeviceFlowConfig|DeviceAuth|DeviceAccessToken"
)


@on("device-code-calls", "call", _DEVICE)
def device_code(fact: Fact, unit: Unit) -> Saw | None:
    """MSAL's and Azure Identity's device code flow."""
    if unit.search(r"def initiate_device_flow|func \(\w+ \w+\) AcquireTokenByDeviceCode"):
        return None
    if fact.last in ("DeviceAuth", "DeviceAccessToken") and not unit.search(r"\boauth2\."):
        return None
    return Saw("refutes", f"{fact.last} starts the device code flow")


@on("device-code-calls", "call", "builder", "java")
def device_code_java(fact: Fact, unit: Unit) -> Saw | None:  # noqa: ARG001 - every judge takes both
    """MSAL for Java's device code flow."""
    yes = re.match(r"DeviceCodeFlowParameters\s*\.builder", fact.text)
    return Saw("refutes", "DeviceCodeFlowParameters starts the device code flow") if yes else None


@on(
    "device-code-calls",
    "string",
    r"/oauth2/(v2\.0/)?devicecode|grant-type:device_code|^.device_code.$",
    "csharp",
    "java",
    "go",
)
def device_code_by_hand(fact: Fact, unit: Unit) -> Saw | None:
    """The device code flow by requests of one's own; a server that grants it is another matter."""
    line = unit.lines[fact.line - 1]
    if fact.name.strip('"`') == "device_code" and not re.search(r"(?i)grant_?type", line):
        return None
    if _serves_tokens(unit) or re.search(r"(?i)grant_?types?\w*\s*(?:==|!=|\.equals)|\bcase\b|supported", line):
        return None
    if not _SENDS.search(unit.text):
        return None
    return Saw("refutes", "the code starts the device code flow by requests of its own", "derived")


@allowance("device-code-calls")
def device_code_allowed(saw: Saw, unit: Unit, component: str | None, declared: Mapping[str, Any]) -> Saw | None:
    """A call that the team recorded as an exception, for its file or its component, is what the practice asks for."""
    exceptions = declared.get("device_code_exceptions") or {}
    for name in (unit.path, component):
        if name in exceptions:
            return replace(saw, effect="supports", message=f"{saw.message}, a recorded exception: {exceptions[name]}")
    return saw


# --- implicit flow -----------------------------------------------------------------------------------------------

_IMPLICIT = re.compile(r"(?i)^(?:(?:id_)?token|id_token[ +]token|token[ +]id_token)$")


@on("implicit-response-type", "string", r"response_type=(id_token|token)")
def implicit_text(fact: Fact, unit: Unit) -> Saw | None:  # noqa: ARG001 - every judge takes both
    """An authorization address that asks for tokens in the fragment."""
    found = re.search(r"response_type=([\w+% ]+)", fact.name)
    value = found[1].replace("%20", " ") if found else ""
    return (
        Saw("refutes", f"the authorization request asks for response_type={value}") if _IMPLICIT.match(value) else None
    )


@on("implicit-response-type", "name", r"response_type[\"'\]]*$|[rR]esponseType$")
def implicit_field(fact: Fact, unit: Unit) -> Saw | None:
    """A setting that asks for tokens in the fragment."""
    value = textual.unquote(unit.resolve(fact.value)) or ""
    if fact.value.strip().endswith(
        (
            "OpenIdConnectResponseType.IdToken",
            "OpenIdConnectResponseType.Token",
            "OpenIdConnectResponseType.IdTokenToken",
        )
    ):
        value = "id_token"
    return Saw("refutes", f"the authorization request asks for {value}") if _IMPLICIT.match(value) else None


@on("implicit-response-type", "name", r"(?i)enable_?(?:id|access)_?token_?issuance[\"']?$")
def implicit_registered(fact: Fact, unit: Unit) -> Saw | None:
    """A registration that code makes, and to which it gives the implicit grant."""
    kind = "access tokens" if "access" in fact.last.casefold() else "ID tokens"
    yes = unit.true(fact.value)
    return Saw("refutes", f"the registration lets the authorization endpoint issue {kind}", "derived") if yes else None


@on(
    "implicit-response-type",
    "call",
    "setEnableIdTokenIssuance|setEnableAccessTokenIssuance|SetEnableIdTokenIssuance|SetEnableAccessTokenIssuance",
    "java",
    "go",
)
def implicit_registered_by_call(fact: Fact, unit: Unit) -> Saw | None:
    """The same through a setter of Microsoft Graph's models."""
    given = (fact.argument(position=0) or "").lstrip("&")
    kind = "access tokens" if "Access" in fact.last else "ID tokens"
    yes = unit.true(given)
    return Saw("refutes", f"the registration lets the authorization endpoint issue {kind}", "derived") if yes else None


# --- endpoints by hand -------------------------------------------------------------------------------------------

_OTHERS = re.compile(
    r"(?i)169\.254|metadata/identity|localhost|127\.0\.0\.1|google|twitter|x\.com|okta|auth0|github|gitlab|bitbucket|weixin|"
    r"facebook|linkedin|amazon|salesforce|adfs|kuaishou|discovery/instance|b2clogin|paypal|discord|stripe|spotify|zoom\b"
)
_NOT_CALLED = re.compile(
    r"(?i)authorization_uri|authorization_endpoint|token_endpoint|authorizationUrl|tokenUrl|token_url\s*=|authorization_url\s*=|WWW-Authenticate|"
    r"metadata|openapi|swagger|issuer"
)
_SENDS = re.compile(
    r"requests?\.(?:get|post|request)|httpx\.|\bfetch\(|axios|HttpClient|PostAsync|SendAsync|HttpRequestMessage|http\.(?:NewRequest|Post)|"
    r"(?:client|session)\.(?:post|get|Do|send)\(|AsyncClient|sendRedirect|[rR]edirect\(|location\.(?:href|replace|assign)|got\(|superagent|RestTemplate|"
    r"WebClient|urlopen|Invoke-RestMethod|open\(url|request\.post|browserUtil|QueryString|UriBuilder|consentUrl|\.open\(|"
    r"RestClient\(|RestRequest\(|PostUrlEncodedAsync|UploadValues|WebRequest\.Create|new HttpPost\(|HttpRequest\.newBuilder|OkHttpClient|HttpURLConnection|openConnection\(|restTemplate\.|webClient\.|postForEntity\(|postForObject\(|\.bodyToMono\(|HTTPRequest\(|TokenRequest\(|"
    r"PostForm\(|\bDoPost\w*\(|\bOAuth2?Client\b|rotateToken\(|refreshToken\("
)


def _sent_by_name(unit: Unit, fact: Fact) -> bool:
    """Whether the name that is given the address *fact* is handed to something that sends a request, in this file."""
    line = unit.lines[fact.line - 1]
    named = re.match(
        r"\s*(?:(?:export|private|public|protected|readonly|static|const|let|var)\s+)*(?:self\.|this\.)?(\w+)\s*(?::[^=\n]{1,40})?=(?!=)",
        line,
    )
    if named is None and fact.line > 1:  # the value begins on the next line
        named = re.match(r"\s*(?:(?:const|let|var)\s+)?(?:self\.|this\.)?(\w+)\s*=\s*\(?$", unit.lines[fact.line - 2])
    if named is None:
        return False
    return bool(
        re.search(
            rf"(?:\b(?:post|request|fetch|got|axios|urlopen|fetch_token|fetchToken|send)|\b[gG]ot\.\w+|[pP]ostForm)(?:<[^<>]*>)?\(\s*(?:[\"']POST[\"']\s*,\s*)?"
            rf"(?:url\s*=\s*)?[^,()\n]{{0,60}}(?<![\w])(?:self\.|this\.|\w+\.)?{named[1]}\b",
            unit.text,
        )
    )


_OF_OTHERS = re.compile(
    r"(?i)github|google|gitlab|facebook|twitter|linkedin|slack|discord|bitbucket|paypal|apple|lark|feishu|wechat|ding|weibo|gitee|\bqq|okta|keycloak|spotify|amazon|cognito"
)


@on(
    "raw-token-endpoint-calls",
    "string",
    r"^.authorization_code.$|grant_type=authorization_code",
    "go",
    "java",
    "csharp",
)
def code_redeemed_by_hand(fact: Fact, unit: Unit) -> Saw | None:
    """A code that the app redeems with a request of its own, at the token endpoint that its settings name."""
    around = unit.around(fact.line)
    address = re.search(r"(?i)\b[\w.]*(?:oidc|openid|oauth2?|sso)?[\w.]*token_?(?:endpoint|ur[il])\b", around)
    sends = re.search(
        r"http\.NewRequest|http\.Post|PostForm\(|openConnection\(|HttpRequest\.newBuilder|RestTemplate|PostAsync\(|HttpPost\(|SendAsync\(|WebClient",
        around,
    )
    asked = re.search(r"(?i)\bcode\b", around) and re.search(r"(?i)grant_?type", around)
    if (
        not (address and sends and asked)
        or "/mcp/" in unit.path
        or _OF_OTHERS.search(
            f"{unit.path.rsplit('/', 1)[-1]} {unit.lines[unit.function(fact.line)[0] - 1]} {address[0]}"
        )
    ):
        return None
    if re.search(r"(?i)FormValue\(\s*\"grant_type|grant_type\W{1,4}==|unsupported_grant", around):
        return None  # an authorization server's own
    return Saw("review", "the code redeems a sign-in's code itself, and no library does", "heuristic")


_CONSTANT = re.compile(
    r"(?i)\b(?:const|static|final|private|readonly|var)\b[^=\n\"]*\b\w*(?:token_?(?:endpoint|url)|authorization_?(?:url|endpoint))\w*\s*(?:string\s*)?="
)


@on("raw-token-endpoint-calls", "string", r"/oauth2/(v2\.0/)?(token|authorize)")
def raw_endpoint(fact: Fact, unit: Unit) -> Saw | None:
    """A request to Entra's endpoints that no library makes."""
    line = "\n".join(unit.lines[max(0, fact.line - 2) : fact.end])
    if unit.language in ("csharp", "java", "go"):
        line = _CONSTANT.sub("", line)  # called so, and sent from elsewhere
    sent = _sent_by_name(unit, fact)
    if (
        _OTHERS.search(fact.name)
        or re.search(r"(?i)registry|azurecr|/v1/oauth2", fact.name)  # whose own tokens no library of Entra asks for
        or (_NOT_CALLED.search(line) and not sent)
        or re.search(r"(?i)microsoft[-_/]authentication[-_]library", unit.path)
    ):
        return None
    entra = re.search(r"(?i)microsoftonline|login\.windows", line)
    if not entra and not (
        re.search(r"(?i)\{|\$|%s|^.?/oauth2|^.?oauth2", fact.name)
        and ("v2.0" in fact.name or unit.search(r"(?i)microsoft|azure|entra|tenant|\baad"))
    ):
        return None
    first, _ = unit.function(fact.line)
    if re.search(r"(?i)discover|fallback|well.?known|metadata", unit.lines[first - 1]) and first > 1:
        return None
    composed = entra and re.search(r"client_id=", "\n".join(unit.lines[fact.line - 1 : fact.end + 3]))
    if not composed and not sent and not _SENDS.search(unit.around(fact.line)):
        return _sent_elsewhere(fact, unit) if entra else None
    return Saw("refutes", "the code calls the token or authorize endpoint itself", "derived")


def _sent_elsewhere(fact: Fact, unit: Unit) -> Saw | None:
    """The address of a constant, which a function of the same file calls."""
    if unit.language not in ("csharp", "java", "go"):
        return None
    name = re.search(r"([A-Za-z_]\w*)\s*(?:string\s*)?:?=\s*[$@]*$", unit.lines[fact.line - 1][: fact.column - 1])
    if name is None:
        return None
    for match in re.finditer(rf"\b{name[1]}\b", unit.text):
        line = unit.line_of(match.start())
        if line != fact.line and _SENDS.search(unit.around(line)):
            return Saw("refutes", "the code calls the token or authorize endpoint itself", "derived", line=line)
    return None


@on(
    "raw-token-endpoint-calls",
    "name",
    r"(?i)^[\"']?(access_?token|token|authori[sz]e|authorization)_?url[\"']?$",
    "python",
    "javascript",
)
def endpoint_configured(fact: Fact, unit: Unit) -> Saw | None:
    """Entra's endpoints, written into the settings of a general OAuth library."""
    given = fact.value + "\n".join(unit.lines[fact.line - 1 : fact.end + 2])
    if not re.search(r"login\.microsoftonline\.[a-z]+/", given) or not re.search(
        r"/oauth2/(?:v2\.0/)?(?:token|authorize)", given
    ):
        return None
    if re.search(r"(?i)CodeBearer|openapi|swagger", "\n".join(unit.lines[max(0, fact.line - 4) : fact.line])):
        return None  # what the API's own documentation shows
    if not re.search(r"(?i)client_?id\b", "\n".join(unit.lines[max(0, fact.line - 11) : fact.line + 6])):
        return None  # what a form proposes
    return Saw("review", "a general OAuth library is given the token or authorize endpoint", "heuristic")


# --- sign-in requests --------------------------------------------------------------------------------------------


@on(
    "sign-in-without-pkce",
    "call",
    "get_authorization_request_url|getAuthCodeUrl|GetAuthorizationRequestUrl|getAuthorizationRequestUrl|AuthCodeURL",
)
def without_pkce(fact: Fact, unit: Unit) -> Saw | None:
    """An authorization URL that no code challenge protects."""
    if unit.search(r"(?i)code_?challenge|code_?verifier|pkce|S256ChallengeOption"):
        return None
    if fact.last == "AuthCodeURL" and not unit.search(r"(?i)microsoft|azuread|entra|go-oidc"):
        return None
    if fact.last == "AuthCodeURL" and unit.search(r"(?i)\b(?:github|google|gitlab|facebook)\.Endpoint"):
        return None
    if fact.last == "AuthCodeURL" and re.search(r"\.\.\.\s*\)$", fact.text):
        return None  # what is passed on may hold one
    if unit.language == "csharp" and re.search(r"(?i)WithPkce", "\n".join(unit.lines[fact.line - 1 : fact.end + 8])):
        return None
    return Saw("refutes", f"{fact.last} builds a sign-in address without code_challenge", "derived")


@on("sign-in-without-pkce", "name", r"(^|\.)UsePkce$", "csharp")
def pkce_off(fact: Fact, unit: Unit) -> Saw | None:
    """ASP.NET Core's OpenID Connect told to send no code challenge."""
    return Saw("refutes", "UsePkce is false: the sign-in sends no code_challenge") if unit.false(fact.value) else None


@on("sign-in-without-pkce", "name", r"^[\"']?response_?[tT]ype[\"']?$", "python", "javascript")
@on("sign-in-without-pkce", "string", r"[?&]response_type=code\b")
def address_without_pkce(fact: Fact, unit: Unit) -> Saw | None:
    """An authorization URL that the code composes itself, and no code challenge in sight."""
    if unit.search(r"(?i)code_?challenge|code_?verifier|pkce"):
        return None
    if fact.kind == "name" and textual.unquote(fact.value) != "code":
        return None
    near = "\n".join(unit.lines[max(0, fact.line - 12) : fact.end + 14])
    if not re.search(r"client_id", near) or not re.search(r"redirect_uri", near):
        return None
    if not re.search(
        r"(?i)authorization_endpoint|/authorize|authorize_?url|authorization_?url|urlencode|url_concat|QueryDict|URLSearchParams|\.format\(",
        near,
    ):
        return None
    return Saw("review", "a sign-in address is composed without code_challenge", "heuristic")


@on("sign-in-without-pkce", "call", "Builder", "java")
def nimbus_without_pkce(fact: Fact, unit: Unit) -> Saw | None:
    """Nimbus' authorization request, built without a code challenge."""
    if not re.match(r"new\s+(?:\w+\.)*(?:Authentication|Authorization)Request\s*\.\s*Builder\(", fact.text):
        return None
    if not re.search(r"nimbusds", unit.text) or unit.search(r"(?i)code_?challenge|code_?verifier|pkce"):
        return None
    return Saw("refutes", "an authorization request is built without code_challenge", "derived")


@on("callback-without-state", "call", "parse", "java")
def nimbus_without_state(fact: Fact, unit: Unit) -> Saw | None:
    """A callback that parses Nimbus' response and never asks for its state."""
    if not re.match(
        r"(?:\w+\.)*(?:Authentication|Authorization)(?:Success)?Response(?:Parser)?\s*\.\s*parse\(", fact.text
    ):
        return None
    around = unit.around(fact.line)
    if not re.search(r"AuthorizationCode\b", around) or re.search(
        r"(?i)getState\(|verifyState|checkState|state\.equals|validateState", around
    ):
        return None
    return Saw("refutes", "the callback redeems a code and never compares the state", "derived")


@on("sign-in-without-pkce", "call", "authorizeURL|authorizationUrl", "javascript")
def library_without_pkce(fact: Fact, unit: Unit) -> Saw | None:
    """simple-oauth2 and openid-client, which add no challenge of their own."""
    if not unit.search(r"simple-oauth2|openid-client") or unit.search(r"(?i)code_?challenge|code_?verifier|pkce"):
        return None
    return Saw("review", f"{fact.last} asks for a code that no code challenge protects", "derived")


def _resolved(unit: Unit, fact: Fact) -> str:
    """A call with what the names among its arguments are given in this file."""
    return "\n".join([fact.text, *(unit.resolve(value) for _, value in fact.arguments())])


_PKCE = r"(?i)code_?challenge|code_?verifier|pkce"


@on("sign-in-without-pkce", "name", "^OIDC_USE_PKCE$", "python")
def pkce_off_django(fact: Fact, unit: Unit) -> Saw | None:
    """mozilla-django-oidc told to send no code challenge."""
    return (
        Saw("refutes", "OIDC_USE_PKCE is False: the sign-in sends no code_challenge")
        if unit.false(fact.value)
        else None
    )


@on("sign-in-without-pkce", "call", "register", "python")
def authlib_without_pkce(fact: Fact, unit: Unit) -> Saw | None:
    """Authlib's client of Entra ID, which sends no code challenge unless it is told to."""
    if not unit.search(r"(?m)^[ \t]*from authlib\.integrations\b") or unit.search(_PKCE):
        return None
    if not re.search(r"login\.microsoftonline\.|ciamlogin\.com", _resolved(unit, fact)):
        return None
    return Saw("refutes", "the sign-in client sends no code_challenge", "derived")


@on("sign-in-without-pkce", "call", "authorization_url|create_authorization_url", "python")
def oauthlib_without_pkce(fact: Fact, unit: Unit) -> Saw | None:
    """requests-oauthlib and Authlib's plain sessions, which send no code challenge unless they are told to."""
    if unit.search(_PKCE) or not unit.search(r"OAuth2Session|OAuth2Client\b"):
        return None
    if not unit.search(r"login\.microsoftonline\."):
        return None
    return Saw("refutes", f"{fact.last} builds a sign-in address without code_challenge", "derived")


@on("sign-in-without-pkce", "name", "^checks$", "javascript")
def next_auth_without_pkce(fact: Fact, unit: Unit) -> Saw | None:
    """A provider of NextAuth.js that is told what to check, and not to check the code challenge."""
    value = unit.resolve(fact.value)
    listed = re.fullmatch(r"\[?\s*[\"'](?:state|none|nonce)[\"'](?:\s*,\s*[\"']\w+[\"'])*\s*,?\s*\]?", value)
    near = "\n".join(unit.lines[max(0, fact.line - 12) : fact.end + 3])
    if not listed or not re.search(r"next-auth|@auth/", unit.text) or not re.search(r"(?i)azure|entra|microsoft", near):
        return None
    return Saw("refutes", "the sign-in sends no code_challenge", "derived")


@on("sign-in-without-pkce", "name", r"(?i)(authorize|authorization|auth)_params$", "python")
def params_without_pkce(fact: Fact, unit: Unit) -> Saw | None:
    """Parameters of a sign-in request at Entra ID with no code challenge among them."""
    if not re.search(r"[\"']response_type[\"']\s*:\s*[\"']code[\"']", fact.value) or unit.search(_PKCE):
        return None
    near = "\n".join(unit.lines[max(0, fact.line - 25) : fact.end + 10])
    entra = re.search(r"login\.microsoftonline\.", near)
    return Saw("review", "a sign-in address is composed without code_challenge", "heuristic") if entra else None


@on("sign-in-without-pkce", "call", "OAuth2Strategy", "javascript")
def strategy_without_pkce(fact: Fact, unit: Unit) -> Saw | None:  # noqa: ARG001 - every judge takes both
    """passport-oauth2 with Entra's endpoints and no code challenge."""
    given = fact.text
    if not re.search(r"login\.microsoftonline\.", given) or re.search(r"\bpkce\b\s*:\s*(?!false)", given):
        return None
    return Saw("refutes", "the sign-in strategy sends no code_challenge", "derived")


@on("forced-consent-prompt", "string", r"[?&]prompt=consent\b")
def consent_text(fact: Fact, unit: Unit) -> Saw | None:  # noqa: ARG001 - every judge takes both
    """A sign-in address that always asks for consent."""
    return Saw("refutes", "the sign-in address has prompt=consent")


@on("forced-consent-prompt", "name", r"^[\"'\[]?prompt[\"'\]]?$|\.Prompt$|\[[\"']prompt[\"']\]$")
def consent_field(fact: Fact, unit: Unit) -> Saw | None:
    """A sign-in request that always asks for consent."""
    value = unit.resolve(fact.value)
    yes = (textual.unquote(value) or "").lower() == "consent" or value.endswith(
        ("PromptValue.CONSENT", "Prompt.CONSENT", "Prompt.Consent")
    )
    if re.search(r"(?i)google|access_?type", "\n".join(unit.lines[max(0, fact.line - 8) : fact.line + 4])):
        return None  # where consent is the only way to a refresh token
    return Saw("refutes", "an ordinary sign-in request forces consent") if yes else None


@on(
    "default-scope-in-user-flow",
    "call",
    r"acquire_token_interactive|acquire_token_silent|initiate_auth_code_flow|AcquireTokenInteractive|AcquireTokenSilent|acquireTokenSilent|acquireTokenPopup|acquireTokenRedirect|loginPopup|loginRedirect|AcquireTokenInteractive|getAuthResultBySilentFlow",
)
def default_scope(fact: Fact, unit: Unit) -> Saw | None:
    """A user's token request that asks for everything that was ever consented."""
    given = " ".join(f"{value} {unit.resolve(value)}" for _, value in fact.arguments())
    return Saw("refutes", f"{fact.last} asks a user for /.default") if "/.default" in given else None


@on("error-number-comparison", "string", r"AAD(STS|B2C)\d+")
def error_number(fact: Fact, unit: Unit) -> Saw | None:
    """An error number that decides what the code does."""
    line = unit.lines[fact.line - 1]
    if len(fact.name.split()) > 3:
        line = line.replace(fact.name, '""')  # words shown to people, not code
    yes = re.search(
        r"[!=]==?|\.(?:[cC]ontains|includes|indexOf|[sS]tartsWith|startswith|search|match)\(|\bin\s+\w|\bcase\b|strings\.Contains|equals\(",
        line,
    )
    return (
        Saw("refutes", f"the code decides by {'an AADB2C' if 'AADB2C' in fact.name else 'an AADSTS'} number")
        if yes
        else None
    )


@on("error-number-comparison", "string", r"error_description")
def error_text(fact: Fact, unit: Unit) -> Saw | None:
    """An error's description that decides what the code does."""
    line = unit.lines[fact.line - 1]
    yes = re.search(
        r"error_description[\"'\]) ]*\s*(?:===?|!==?)\s*[\"'`]|[\"'`]\s+in\s+\w+[\[.(\"']+(?:get\()?[\"']error_description|error_description[\"'\])]*\.(?:includes|Contains|contains|startsWith)\(",
        re.sub(r"\btypeof\s+[\w.\[\]\"']+\s*[!=]==?\s*[\"'`]\w+[\"'`]", "", line),
    )
    return Saw("refutes", "the code decides by the text of error_description") if yes else None


@whole("error-number-comparison", "javascript", "csharp", "java", "go", "python")
def error_property(project: Project, declared: Mapping[str, object]) -> Iterable[tuple[Unit, int, Saw]]:  # noqa: ARG001
    """An error's description, as a property, that decides what the code does."""
    for unit in project.units:
        if "error_description" in unit.text and unit.language in ("javascript", "csharp", "java", "go", "python"):
            for number, line in enumerate(unit.lines, 1):
                if (
                    "typeof" not in line
                    and re.search(
                        r"\.error_description\)?\s*(?:===?|!==?)\s*[\"'`]|\.error_description\.(?:includes|startsWith|match)\(",
                        line,
                    )
                    and not unit.commented(number)
                ):
                    yield unit, number, Saw("refutes", "the code decides by the text of error_description")


# --- what supports -----------------------------------------------------------------------------------------------


@on(
    "on-behalf-of-call",
    "call",
    "acquire_token_on_behalf_of|acquireTokenOnBehalfOf|AcquireTokenOnBehalfOf|OnBehalfOfCredential|NewOnBehalfOfCredential|GetAccessTokenForUserAsync|OnBehalfOfCredentialBuilder|EnableTokenAcquisitionToCallDownstreamApi",
)
def on_behalf_of(fact: Fact, unit: Unit) -> Saw | None:  # noqa: ARG001 - every judge takes both
    """The caller's token is exchanged for one for the downstream API."""
    return Saw("supports", f"{fact.last} exchanges the caller's token")


@on("broker-enabled", "name", r"enable_broker_on_\w+", "python")
@on(
    "broker-enabled",
    "call",
    "WithBroker|acquire_token_interactive|InteractiveBrowserBrokerCredential",
    "csharp",
    "python",
)
def broker(fact: Fact, unit: Unit) -> Saw | None:
    """The broker or the system browser signs the user in."""
    if fact.kind == "name":
        return Saw("supports", f"{fact.last} is on") if unit.true(fact.value) else None
    given = fact.argument(position=0)
    if fact.last == "WithBroker" and given and unit.false(given):
        return None
    return Saw("supports", f"{fact.last}: the broker or the system browser signs in")


@on("embedded-web-view-login", "call", "WithUseEmbeddedWebView|WithWindowsEmbeddedBrowserSupport", "csharp")
def embedded_msal(fact: Fact, unit: Unit) -> Saw | None:
    """MSAL's embedded view."""
    given = fact.argument(position=0)
    if fact.last == "WithWindowsEmbeddedBrowserSupport" or (given and unit.true(given)):
        return Saw("refutes", "MSAL signs in inside an embedded web view")
    if given and not unit.false(given):
        return Saw("review", "MSAL signs in inside an embedded web view, if a variable says so", "heuristic")
    return None


@on("embedded-web-view-login", "name", r"\.Source$", "csharp")
def embedded_source(fact: Fact, unit: Unit) -> Saw | None:
    """A web view of WPF, MAUI or Windows whose address is the sign-in page."""
    given = fact.value + unit.resolve(re.sub(r"^new\s+(?:System\.)?Uri\(\s*(\w+)\s*\)$", r"\1", fact.value.strip()))
    yes = "login.microsoftonline.com" in given or "/oauth2/v2.0/authorize" in given
    return Saw("refutes", "a web view of the app loads the sign-in page") if yes else None


@on("embedded-web-view-login", "call", "create_window|loadUrl|loadURL|Navigate|load_url|load|NavigateToString|SetHtml")
def embedded_view(fact: Fact, unit: Unit) -> Saw | None:
    """A web view that loads the sign-in host."""
    given = " ".join(unit.resolve(value) for _, value in fact.arguments())
    yes = "login.microsoftonline.com" in given or "/oauth2/v2.0/authorize" in given
    return Saw("refutes", "a web view of the app loads the sign-in page") if yes else None


@on("capability-declared", "name", "client_capabilities|clientCapabilities|ClientCapabilities")
@on("capability-declared", "call", "WithClientCapabilities|clientCapabilities")
def capability(fact: Fact, unit: Unit) -> Saw | None:
    """MSAL is told that the app handles claims challenges."""
    text = fact.value if fact.kind == "name" else fact.text
    return (
        Saw("supports", "the client declares capability cp1")
        if re.search(r"(?i)[\"']cp1[\"']", text + unit.resolve(fact.value))
        else None
    )


_CHALLENGE = re.compile(r"insufficient_claims")


@whole("challenge-handler", "python", "csharp", "javascript")
def challenge_handler(project: Project, declared: Mapping[str, object]) -> Iterable[tuple[Unit, int, Saw]]:  # noqa: ARG001
    """Code that parses a claims challenge and hands it to the next token request."""
    for unit in project.production("python", "csharp", "javascript", "java", "go"):
        match = unit.search(_CHALLENGE)
        if match and unit.search(r"(?i)claims_challenge|claimsChallenge|WithClaims|\bclaims\s*[:=]\s*\w+[.(]"):
            yield unit, unit.line_of(match.start()), Saw("supports", "a claims challenge is parsed and handed on")


@whole("capability-without-handler", "python", "csharp", "javascript", "java", "go")
def capability_without_handler(project: Project, declared: Mapping[str, object]) -> Iterable[tuple[Unit, int, Saw]]:  # noqa: ARG001
    """cp1 is declared and no code handles the challenges that then come."""
    units = list(project.production("python", "csharp", "javascript", "java", "go"))
    if any(
        unit.holds("insufficient_claims", "claims_challenge", "claimschallenge", "wwwauthenticateparameters")
        for unit in units
    ):
        return
    for unit in units:
        match = unit.holds("cp1") and unit.search(r"(?i)client_?capabilities[\"']?\s*[=:(][^\n]{0,80}[\"']cp1[\"']")
        if match:
            yield (
                unit,
                unit.line_of(match.start()),
                Saw("refutes", "cp1 is declared, and no code handles claims challenges", "derived"),
            )


@on("id-token-sent-to-api", "name", r"(?i)authorization[\"'\]]*$")
@on(
    "id-token-sent-to-api",
    "call",
    r"AuthenticationHeaderValue|Add|set|setBearerAuth|header|setHeader|Set|addHeader|append",
)
def id_token_sent(fact: Fact, unit: Unit) -> Saw | None:
    """An id token in an Authorization header."""
    text = fact.value if fact.kind == "name" else fact.text
    if fact.kind == "call" and not re.search(r"(?i)authorization|bearer", text):
        return None
    yes = re.search(r"(?i)(?:^|[^\w])(?:\w+[.\[\"']+)?(?:raw_?)?id_?token(?:[\"'\]]|\(\))?\s*(?:[)}`\"',;\]]|$)", text)
    if yes and re.search(r"(?i)bearer", text + unit.lines[fact.line - 1]):
        return Saw("refutes", "an id token is sent to an API: it was issued to the client, not for the API")
    return None


@on(
    "client-decodes-access-token",
    "call",
    r"decode|jwtDecode|jwt_decode|decodeJwt|ReadJwtToken|b64decode|atob|urlsafe_b64decode",
)
def client_decodes(fact: Fact, unit: Unit) -> Saw | None:
    """An access token that its client takes apart."""
    given = fact.argument(position=0) or ""
    taken = fact.last in ("b64decode", "atob", "urlsafe_b64decode") and textual.taken_apart(
        given, unit.around(fact.line)
    )
    if taken:
        given = f"{taken}.split"
    if not re.search(r"(?i)access_?token", given) or (
        re.search(r"(?i)verify_signature.{1,4}True|algorithms", fact.text) and "False" not in fact.text
    ):
        return None
    if fact.last in ("b64decode", "atob", "urlsafe_b64decode") and not re.search(r"split", given):
        return None
    if re.search(r"(?i)headers?\W{1,4}(?:get\W{1,3})?authorization", unit.around(fact.line)):
        return None  # an API that reads its own caller's token
    read = unit.language == "javascript" and fact.last in ("jwtDecode", "jwt_decode", "decodeJwt", "jwtdecode")
    if read or unit.search(r"(?i)msal|azure|entra|graph\.microsoft|acquire_?token"):
        return Saw(
            "refutes", f"{fact.last} reads an access token that was issued for an API, not for this client", "derived"
        )
    return None


@on(
    "client-decodes-access-token",
    "call",
    "decode_jwt|decodeJwt|decode_token|decodeToken|parse_jwt|parseJwt|parse_token|parseToken|decode_claims|decodeClaims|read_claims|readClaims|"
    "decode_jwt_unverified|decodeJwtUnverified|decode_token_unverified|decode_unverified|decode_access_token|decodeAccessToken|parse_access_token|"
    "parseAccessToken|decode_payload|decodePayload|decode_jwt_payload|decodeJwtPayload|get_unverified_claims|_decode_jwt|_decode_token|"
    "_decode_jwt_unverified|_decode_jwt_payload|_decode_claims|_parse_jwt|_decode_access_token",
    "python",
    "javascript",
)
def client_decodes_by_helper(fact: Fact, unit: Unit) -> Saw | None:
    """An access token that a function of the app's own takes apart, without a check of its signature."""
    given = fact.argument(position=0) or ""
    if len(fact.arguments()) != 1 or not re.fullmatch(r"(?i)(?:\w+\.)*access_?token", given):
        return None
    defined = re.search(
        rf"(?m)^[ \t]*(?:(?:async[ \t]+)?def[ \t]+{re.escape(fact.last)}\(|(?:export[ \t]+)?(?:async[ \t]+)?function[ \t]+{re.escape(fact.last)}\(|(?:export[ \t]+)?const[ \t]+{re.escape(fact.last)}[ \t]*=)",
        unit.text,
    )
    if defined is None:
        return None
    line = unit.line_of(defined.end())
    body = "\n".join(unit.lines[line - 1 : line + 25])
    cut = re.search(r"\.split\(\s*[\"']\.[\"']", body)
    by_hand = cut and re.search(r"(?:urlsafe_)?b64decode\(|\batob\(|base64", body[cut.end() :])
    if cut is None or not by_hand or re.search(r"(?i)\.verify\(|jwks", body):
        return None
    at = line + body.count("\n", 0, cut.end() + by_hand.start())
    return Saw(
        "refutes",
        f"{fact.last} reads an access token that was issued for an API, not for this client",
        "derived",
        line=at,
    )


@on("sign-in-without-pkce", "name", r"^[\"']?disablePKCE[\"']?$", "javascript")
def pkce_off_oidc_client(fact: Fact, unit: Unit) -> Saw | None:
    """oidc-client-ts told to send no code challenge."""
    return Saw("refutes", "disablePKCE is true: no code challenge is sent") if unit.true(fact.value) else None


@on("callback-without-state", "name", "^checks$", "javascript")
def next_auth_without_state(fact: Fact, unit: Unit) -> Saw | None:
    """Auth.js told to check neither state nor anything else when a sign-in comes back."""
    none = re.fullmatch(r"\[?\s*[\"']none[\"']\s*\]?", fact.value.strip().rstrip(","))
    yes = none and unit.search(r"(?i)next-?auth|@auth/")
    return Saw("refutes", "checks is none: the callback compares no state") if yes else None
