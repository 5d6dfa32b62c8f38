"""What libraries and frameworks of .NET are told of tokens, certificates, cookies, secrets and passwords."""

from __future__ import annotations

import re
from itertools import islice
from typing import TYPE_CHECKING

from ztcheck.collectors.source import secret, textual
from ztcheck.collectors.source.checks.tokens import delegated
from ztcheck.collectors.source.model import Fact, Project, Saw, Unit
from ztcheck.collectors.source.registry import on, whole

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

# --- tokens ------------------------------------------------------------------------------------------------------


@on(
    "signature-check-disabled",
    "call",
    "DoNotVerifySignature|WithVerifySignature|Decode|DecodeToObject|Payload|NoneAlgorithm",
    "csharp",
)
def library_unverified(fact: Fact, unit: Unit) -> Saw | None:
    """JWT.NET and jose-jwt told to verify nothing, or asked for the payload alone."""
    if not unit.search(r"\busing\s+(?:JWT|Jose)\b|\bJose\.JWT\.|\bJwtBuilder\b|\bIJwtDecoder\b"):
        return None
    if fact.last in ("DoNotVerifySignature", "NoneAlgorithm"):
        return Saw("refutes", f"{fact.last}: the signature of a token is not checked")
    if fact.last == "WithVerifySignature":
        off = unit.false(fact.argument(position=0) or "")
        return Saw("refutes", "WithVerifySignature(false): the signature of a token is not checked") if off else None
    jose = re.search(r"(?:^|\.)JWT\.(?:Payload|Decode)(?:<|$)", fact.name)
    if fact.last == "Payload":
        decides = re.search(
            r"(?i)authoriz|bearer|\.User\b|ClaimsPrincipal|current_?user|validat", unit.around(fact.line)
        )
        return Saw("refutes", "JWT.Payload reads a token without verifying it", "derived") if jose and decides else None
    if jose and (re.search(r"JwsAlgorithm\.none\b", fact.text) or (fact.argument(position=1) or "") == "null"):
        return Saw("refutes", "JWT.Decode is given no key")
    decodes = not jose and "ecoder" in fact.text + unit.around(fact.line)
    positional = decodes and re.search(r",\s*(?:verify:\s*)?false\s*\)$", fact.text) is not None
    off = positional or unit.false(fact.argument("verify") or "")
    return Saw("refutes", f"{fact.last}: the signature of a token is not checked") if off else None


@on("expiry-check-disabled", "call", "JwtSecurityToken", "csharp")
def issued_forever(fact: Fact, unit: Unit) -> Saw | None:
    """A token that is built to be signed, and that never expires."""
    given = fact.arguments()
    named = {keyword for keyword, _ in given if keyword}
    if "signingCredentials" not in named or "expires" in named or not fact.text.startswith("new "):
        return None
    if len(given) != len(named) or re.search(r"(?i)\bexp\b|JwtRegisteredClaimNames\.Exp", unit.around(fact.line)):
        return None
    return Saw("refutes", "a token is issued that never expires", "derived")


@on("callback-without-state", "name", r"(^|\.)(RequireState|RequireStateValidation|RequireNonce)$", "csharp")
def state_not_required(fact: Fact, unit: Unit) -> Saw | None:
    """OpenID Connect's middleware told to compare no state, or no nonce."""
    if not unit.search(r"OpenIdConnect") or not unit.false(fact.value):
        return None
    return Saw("refutes", f"{fact.last} is false: a response that nobody asked for is taken")


@on("sign-in-without-pkce", "name", r"(^|\.)RequirePkce$", "csharp")
def pkce_not_required(fact: Fact, unit: Unit) -> Saw | None:
    """IdentityServer that lets a client leave the code challenge out."""
    if not unit.false(fact.value):
        return None
    before = "\n".join(unit.lines[max(0, fact.line - 25) : fact.line])
    before = before[: before.rfind("\n") + fact.column]
    made = before.rfind("new")
    near = before[made:] + "\n".join(
        [unit.lines[fact.line - 1][fact.column - 1 :], *unit.lines[fact.line : fact.line + 15]]
    )
    near = near[: textual.closing(near, near.find("{"))] if made >= 0 and "{" in near else near
    code = re.search(r"GrantTypes?\.(?:Code|Hybrid|CodeAnd\w+|HybridAnd\w+)\b|\"authorization_code\"", near)
    return Saw("refutes", "RequirePkce is false: codes are redeemed without code_verifier") if code else None


@on("implicit-response-type", "name", r"^AllowedGrantTypes$", "csharp")
def implicit_allowed(fact: Fact, unit: Unit) -> Saw | None:  # noqa: ARG001 - every judge takes both
    """IdentityServer that lets a client ask for tokens in the fragment."""
    yes = re.search(r"\bGrantTypes?\.Implicit", fact.value)
    return Saw("refutes", "a client may ask for tokens in the fragment") if yes else None


# --- certificates ------------------------------------------------------------------------------------------------


@on("certificate-check-off", "call", "RemoteCertificateValidationCallback", "csharp")
def named_callback(fact: Fact, unit: Unit) -> Saw | None:
    """A callback that is a method of this file, and says yes."""
    given = fact.argument(position=0) or ""
    if not re.fullmatch(r"(?:this\.)?\w+", given):
        return None
    text = delegated(Fact("name", "callback", given, given, fact.line, fact.column, fact.end), unit)
    yes = re.search(r"=>\s*(?:\{\s*(?://[^\n]*\s*)*return\s+)?true\s*;?\s*\}?;?$", text.strip())
    return Saw("refutes", f"{given} accepts every certificate") if yes else None


@on("certificate-check-off", "name", r"(^|\.)(CertificateValidationMode|SecurityProtocol)$", "csharp")
def mode_off(fact: Fact, unit: Unit) -> Saw | None:  # noqa: ARG001 - every judge takes both
    """WCF told to look at no certificate; TLS versions that are broken and no other."""
    if fact.last == "SecurityProtocol":
        old = re.search(r"SecurityProtocolType\.(?:Ssl3|Tls|Tls11)\b", fact.value)
        new = re.search(r"Tls1[23]\b|SystemDefault|3072", fact.value) or "|=" in fact.text
        return Saw("refutes", "only broken versions of TLS are spoken", "derived") if old and not new else None
    yes = fact.value.strip().endswith("X509CertificateValidationMode.None")
    return Saw("refutes", "CertificateValidationMode is None: any certificate is accepted") if yes else None


# --- cookies -----------------------------------------------------------------------------------------------------

_CREDENTIAL_COOKIE = re.compile(r"(?i)token|jwt|session|\bsid\b|auth|remember")


@on("insecure-cookie-settings", "name", r"(^|\.)(CookieHttpOnly|CookieSecure)$", "csharp")
def owin_cookie(fact: Fact, unit: Unit) -> Saw | None:
    """The cookie of OWIN's middleware, and of sessions in early ASP.NET Core."""
    if fact.last == "CookieSecure":
        never = re.search(r"CookieSecureOption\.Never|CookieSecurePolicy\.None", fact.value)
        return Saw("refutes", "the cookie is also sent over plain HTTP") if never else None
    return Saw("refutes", "CookieHttpOnly is false") if unit.false(fact.value) else None


@on("insecure-cookie-settings", "call", "HttpCookie", "csharp")
def cookie_of_system_web(fact: Fact, unit: Unit) -> Saw | None:
    """System.Web's cookie for a credential, which nothing protects."""
    given = [value for _, value in fact.arguments()]
    name = textual.unquote(unit.resolve(given[0])) if given else None
    if name is None or not _CREDENTIAL_COOKIE.search(name) or re.search(r"(?i)csrf|xsrf|antiforgery", name):
        return None
    around = unit.around(fact.line)
    if re.search(r"HttpOnly\s*=\s*true|Expires\s*=\s*DateTime\.(?:Now|UtcNow)\.Add\w+\(\s*-|RequireSSL", around) or (
        len(given) > 1 and re.search(r"^\"\"$|string\.Empty|null", given[1])
    ):
        return None
    if len(given) < 2 and not re.search(r"\.Value\s*=|Value\s*=|\.Values\b", around):
        return None
    return Saw("refutes", "a cookie with a credential is set without HttpOnly")


_SET_COOKIE = re.compile(
    r"(?:Headers\.(?:Append|Add)\(\s*|AppendHeader\(\s*|AddHeader\(\s*|Headers\[)\"[sS]et-[cC]ookie\"\]?\s*(?:,|=)\s*\$?@?\"(?P<name>\w+)=(?P<rest>[^;]*;?[^\"\n]*)"
)


@whole("insecure-cookie-settings", "csharp")
def cookie_header(project: Project, declared: Mapping[str, object]) -> Iterable[tuple[Unit, int, Saw]]:  # noqa: ARG001
    """A session cookie that is written as a header, and without protection."""
    for unit in project.units:
        for match in unit.finditer(_SET_COOKIE) if unit.language == "csharp" else ():
            line = unit.line_of(match.start())
            text = unit.text[match.start() : unit.text.find(";\n", match.end()) + 1]
            told = re.search(r"(?i)httponly|max-age=0|1970", text)
            if _CREDENTIAL_COOKIE.search(match["name"]) and not told and not unit.commented(line):
                yield unit, line, Saw("refutes", "a session cookie is set without HttpOnly")


# --- secrets -----------------------------------------------------------------------------------------------------

_NAMED_VALUE = re.compile(
    r"\bstring\??\s+(?P<property>\w*(?i:secret|passw|key|token)\w*)\s*=>\s*\"(?P<value>[^\"\n]{5,200})\"\s*;"
    r"|\bnew\s+(?:System\.Net\.)?NetworkCredential\(\s*[^,()]+,\s*\"(?P<password>[^\"\n]{5,100})\""
    r"|\b(?:_?[cC]onfig(?:uration)?|builder\.Configuration|settings)\w*(?:\[\s*\"(?P<key>[\w:.]+)\"\s*\]|\.GetValue<string>\(\s*\"(?P<key2>[\w:.]+)\"\s*\))\s*\?\?\s*\"(?P<fallback>[^\"\n]{6,200})\""
)
_PLACEHOLDER = re.compile(r"(?i)enter|your|change|placeholder|replace|<|\{|\$|xxx|example|^\W*$")


@whole("secrets-in-history", "csharp")
def written(project: Project, declared: Mapping[str, object]) -> Iterable[tuple[Unit, int, Saw]]:  # noqa: ARG001
    """A secret that a property returns, that a credential is made of, or that stands in where the settings hold none."""
    for unit in project.units:
        for match in islice(unit.finditer(_NAMED_VALUE), 50) if unit.language == "csharp" else ():
            name = match["property"] or match["key"] or match["key2"] or "password"
            value = match["value"] or match["password"] or match["fallback"]
            last = re.split(r"[:.]", name)[-1]
            section = re.search(r"(?i)jwt|token|auth|signing", name) and re.search(r"(?i)^(?:key|secret|\w*key)$", last)
            weak = bool(match["fallback"] and section and not _PLACEHOLDER.search(value) and len(value) >= 8)
            known = (secret.names_secret(last) or section) and (secret.is_real(value, last) or weak)
            if known and not secret.reference(value) and not unit.commented(unit.line_of(match.start())):
                said = (
                    f"{name} falls back on a secret in the source" if match["fallback"] else f"{name} is in the source"
                )
                yield unit, unit.line_of(match.start()), Saw("refutes", said, "derived", secret=value)


# --- logs and addresses ------------------------------------------------------------------------------------------

_FETCHED = re.compile(
    r"\b(?:Console|Debug|Trace|AnsiConsole|_?log(?:ger)?)\.(?:Write(?:Line)?|Log\w*|Information|MarkupLine)\((?P<said>[^;]{0,200}?)\bawait\s+[\w.()]*?Get(?:Access)?Token(?:Async)?\((?P<given>[^()]*)\)\s*\)\s*;"
)


@whole("token-logged", "csharp")
def fetched_and_logged(project: Project, declared: Mapping[str, object]) -> Iterable[tuple[Unit, int, Saw]]:  # noqa: ARG001
    """A token that is fetched within the call that writes it down."""
    for unit in project.units:
        for match in unit.finditer(_FETCHED) if unit.language == "csharp" else ():
            line = unit.line_of(match.start())
            if not unit.commented(line):
                yield unit, line, Saw("refutes", "a token is written to a log or console")


# --- passwords ---------------------------------------------------------------------------------------------------


@on("local-password-login", "call", "AddTestUsers", "csharp")
def test_users(fact: Fact, unit: Unit) -> Saw | None:  # noqa: ARG001 - every judge takes both
    """IdentityServer's users whose passwords stand in the source."""
    return Saw("refutes", f"{fact.last}: the app checks passwords itself", "derived")


_ENTERS = re.compile(r"(?i)(?:^|[/_-])(?:log-?_?in|sign-?_?in|log-?_?on|authenticate|tokens?|sessions?|auth)/?$")
_ENTERS_NAME = re.compile(r"(?i)^(?:log_?in|sign_?in|log_?on|authenticate)(?:async|user|post|with\w*)?$")
_PASSWORD = re.compile(r"(?i)\b\w*passw(?:or)?d\b|\.pwd\b|getPwd\(|\bpwd\b")
_ELSEWHERE = re.compile(
    r"(?i)keycloak|cognito|firebase|auth0|okta|ldap|supabase|PasswordSignIn|CheckPassword|\.matches\(|BCrypt|VerifyPassword|VerifyHashed|UsernamePasswordAuthenticationToken|"
    r"UsernamePasswordToken|RequestPasswordToken|grant_type|HttpClient|restTemplate|oldPassword|newPassword|forgot|reset"
)


@whole("local-password-login", "csharp", "java")
def password_route(project: Project, declared: Mapping[str, object]) -> Iterable[tuple[Unit, int, Saw]]:  # noqa: ARG001
    """A sign-in route whose handler takes a password and hands it on within the app."""
    for unit in project.production("csharp", "java"):
        if not unit.holds("login", "signin", "sign-in", "sign_in", "authenticate", "token", "logon"):
            continue
        for handler in unit.handlers:
            if not handler.first or (handler.methods and "POST" not in handler.methods):
                continue
            head = unit.lines[handler.first - 1].partition("(")[0].rpartition(" ")[2]
            if not _ENTERS.search(handler.route) and not _ENTERS_NAME.search(head):
                continue
            body = handler.body(unit)
            typed = re.search(
                r"(?i)\b\w*(?:login|sign_?in|auth\w*|credential)s?\w*(?:request|dto|model|form|input|command|body|vo|param)?\s+\w+\s*[,)]",
                handler.guards,
            )
            handed = _PASSWORD.search(body) or (
                typed and re.search(r"(?i)\.\s*(?:log_?in|sign_?in|authenticate)\w*\(", body)
            )
            if handed and not _ELSEWHERE.search(body + handler.guards) and "POST" in (handler.methods or {"POST"}):
                yield unit, handler.line, Saw("refutes", "a sign-in takes a password of the app's own", "derived")


# --- Blazor ------------------------------------------------------------------------------------------------------

_BROWSER_STORE = re.compile(
    r"(?i)(?:local|session|browser)_?storage\w*\.(?:SetItem|SetItemAsString|Set)(?:Async)?(?:<[^<>()]*>)?$"
)


@on(
    "browser-token-library",
    "call",
    "SetItemAsync|SetItemAsStringAsync|SetItem|SetItemAsString|SetAsync|InvokeVoidAsync|InvokeAsync",
    "csharp",
)
def token_of_blazor(fact: Fact, unit: Unit) -> Saw | None:
    """A token that a page of Blazor WebAssembly puts into the browser's storage."""
    values = [value for _, value in fact.arguments()]
    if fact.last.startswith("Invoke"):
        if not values or not re.fullmatch(r"\"(?:local|session)Storage\.setItem\"", values[0]):
            return None
        values = values[1:]
    elif not _BROWSER_STORE.search(fact.name) or "Protected" in fact.name:
        return None
    if unit.search(r"\bProtected(?:Local|Session|Browser)Storage\b") or len(values) < 2:
        return None  # sealed by the server
    key = textual.unquote(unit.resolve(values[0])) or values[0]
    if not re.search(r"(?i)(?:token|jwt)$", key) and not re.search(r"(?i)(?:^|\.)\w*(?:token|jwt)$", values[1]):
        return None
    if re.search(r"(?i)csrf|xsrf|expir|antiforgery|^\"\"$|null", key + values[1]):
        return None
    return Saw("refutes", "a token is kept in the browser's storage: every script of the page can read it", "derived")


@on("client-decodes-access-token", "call", "Split", "csharp")
def claims_of_blazor(fact: Fact, unit: Unit) -> Saw | None:
    """A page of Blazor that makes its user of the claims of a token that it took apart by hand."""
    by_hand = re.search(r"(?i)(?:jwt|token)\w*\.Split$", fact.name) and re.search(r"[\"']\.[\"']", fact.text)
    if not by_hand or not unit.search(r"\bAuthenticationStateProvider\b"):
        return None
    if not re.search(r"FromBase64String|Base64", unit.text) or unit.search(r"\bValidateToken(?:Async)?\("):
        return None
    return Saw("refutes", "claims are read from a token that was issued for an API, not for this page", "derived")


# --- IdentityModel -----------------------------------------------------------------------------------------------


@on("signature-check-disabled", "name", r"(?:^|\.)RequireIdentityTokenSignature$", "csharp")
def unsigned_identity_token(fact: Fact, unit: Unit) -> Saw | None:
    """IdentityModel's client for desktops and phones, told to take ID tokens that nobody signed."""
    off = unit.false(fact.value)
    return Saw("refutes", "RequireIdentityTokenSignature is false: unsigned ID tokens are taken") if off else None
