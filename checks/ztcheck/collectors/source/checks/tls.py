"""Whether every hop is encrypted and the server's certificate checked."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import TYPE_CHECKING

from ztcheck.collectors.source import textual
from ztcheck.collectors.source.checks.tokens import delegated
from ztcheck.collectors.source.model import Fact, Project, Saw, Setting, Unit
from ztcheck.collectors.source.registry import on, setting, whole

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

_CONDITION = re.compile(
    r"(?i)\bif\b.*(?:insecure|skip|verify|ssl|tls|self.?signed|reject_?unauthorized|dangerous|ignore|accept_?any|trust_?all|develop|debug|local|test)|\bif\b.*(?:!==?\s*[\"']prod|!\s*is_?prod)|\belse\b|IsDevelopment|\?\s*$"
)


# Whoever did not ask for it has already returned.
_LEFT = re.compile(
    r"(?i)\bif\s*\(?\s*!\s*[\w.]*(?:insecure|skip_?(?:tls|ssl|cert|verif)|dangerous|accept_?any|trust_?all|self_?signed)\w*\s*\)?\s*\{?"
    r"\s*return\b"
)
_FAILED = re.compile(r"(?i)\b(?:err(?:or)?|ex|exc|exception|e)\b\.?")


def _conditional(unit: Unit, line: int) -> bool:
    """Whether one of the lines just above makes it an option or a development setting; a failed check is neither."""
    if re.match(r"\s*\?\s*[{\w]", unit.lines[line - 1]):
        return True
    before = re.match(r"\s*if\s*\([^\n]*\)\s*\{?\s*(?=process\.env)", unit.lines[line - 1])
    if before and _CONDITION.search(before[0]):
        return True
    if _LEFT.search("\n".join(unit.lines[max(unit.function(line)[0] - 1, line - 13) : line - 1])):
        return True
    return any(_CONDITION.search(text) and not _FAILED.search(text) for text in unit.enclosing(line, 8))


def _off(unit: Unit, fact: Fact, message: str) -> Saw | None:
    return None if _conditional(unit, fact.line) else Saw("refutes", message)


@on(
    "certificate-check-off",
    "call",
    "get|post|put|patch|delete|head|request|options|send|Client|AsyncClient|Session|urlopen|stream|TCPConnector|ClientSession|HTTPSConnection|PoolManager|"
    "ConfidentialClientApplication|PublicClientApplication|HTTPTransport|AsyncHTTPTransport|fetch_token|OAuth2Session|AsyncOAuth2Client|OAuth2Client|connect|starttls|PyJWKClient",
    "python",
)
def python_call(fact: Fact, unit: Unit) -> Saw | None:
    """requests, httpx, aiohttp, urllib: a call that checks no certificate."""
    for keyword, value in fact.arguments():
        if keyword in ("verify", "verify_ssl", "ssl") and unit.resolve(value) == "False":
            saw = _off(unit, fact, f"{fact.name} is called with {keyword}=False: any certificate is accepted")
            given = range(fact.line, fact.end + 1)
            line = next((n for n in given if re.search(rf"\b{keyword}\s*=", unit.lines[n - 1])), fact.line)
            return replace(saw, line=line) if saw else None
        if keyword in ("context", "ssl", "ssl_context") and re.match(
            r"(?:\w+\.)*_create_unverified_context\(", unit.resolve(value)
        ):
            return _off(unit, fact, f"{fact.name} is given a context that checks no certificate")
        if keyword == "cert_reqs" and "CERT_NONE" in value:
            return _off(unit, fact, f"{fact.name} is called with CERT_NONE: any certificate is accepted")
    return None


_DEFAULT = re.compile(
    r"(?m)^[ \t]*(?:async[ \t]+)?def[ \t]+\w+\((?:[^()]|\([^()]*\)){0,400}?\b(verify|verify_ssl|ssl_verify)\s*(?::\s*[\w | ]+)?=\s*False\b"
)


@whole("certificate-check-off", "python")
def unchecked_by_default(project: Project, declared: Mapping[str, object]) -> Iterable[tuple[Unit, int, Saw]]:  # noqa: ARG001
    """A function of one's own that calls elsewhere and checks no certificate unless it is told to."""
    for unit in project.production("python"):
        if not unit.search(r"(?m)^[ \t]*(?:import|from)\s+(?:requests|httpx|urllib3|aiohttp)\b"):
            continue
        for match in unit.finditer(_DEFAULT):
            line = unit.line_of(match.start(1))
            around = unit.around(unit.line_of(match.start()))
            if re.search(rf"\b(?:verify|verify_ssl|ssl)\s*=\s*(?:self\.)?{match[1]}\b", around) and not re.search(
                r"(?i)\bjwt\b", around
            ):
                yield unit, line, Saw("refutes", f"{match[1]} is False unless somebody asks for it", "derived")


@on(
    "certificate-check-off",
    "name",
    r"\.verify$|check_hostname|verify_mode|connection_verify|verify_ssl|ssl_verify|verify_certs|_create_default_https_context|^[\"']verify[\"']$|\[[\"']verify[\"']\]$|"
    r"\w+_VERIFY_SSL$|environ\[[\"'](PYTHONHTTPSVERIFY|CURL_CA_BUNDLE|REQUESTS_CA_BUNDLE|AZURE_CLI_DISABLE_CONNECTION_VERIFICATION|OAUTHLIB_INSECURE_TRANSPORT)[\"']\]$",
    "python",
)
def python_name(fact: Fact, unit: Unit) -> Saw | None:
    """A switch that turns certificate checks off."""
    last = fact.last
    switch = _ENVIRONMENT.get(last) if "environ" in fact.name else None
    if switch is not None:
        yes = textual.unquote(fact.value) in switch
        return _off(unit, fact, f"{last} is set so that certificates go unchecked") if yes else None
    if re.match(r"\s*\w+\s*:\s*\w+", fact.text) and fact.name == last:
        return None
    if (
        last == "verify"
        and not fact.name.endswith(".verify")
        and not re.search(r"(?i)requests|httpx|session|http|client|verify_?ssl|timeout|headers", unit.around(fact.line))
    ):
        return None  # of a token, or of something else
    if last in ("check_hostname", "verify_mode") and re.search(r"\bgetpeercert\(", unit.around(fact.line)):
        return None  # the certificate itself is what the connection is made for
    if last == "verify_mode":
        return _off(unit, fact, "verify_mode is CERT_NONE") if "CERT_NONE" in fact.value else None
    if last == "_create_default_https_context":
        return _off(unit, fact, "every HTTPS connection goes unchecked") if "_create_unverified" in fact.value else None
    return _off(unit, fact, f"{fact.name} is False: any certificate is accepted") if unit.false(fact.value) else None


# Variables of the environment that switch checks off, and the values that do: of Python, curl and requests, the Azure
# command line; oauthlib lets tokens travel over plain HTTP.
_ENVIRONMENT = {
    "PYTHONHTTPSVERIFY": ("0",),
    "CURL_CA_BUNDLE": ("",),
    "REQUESTS_CA_BUNDLE": ("",),
    "AZURE_CLI_DISABLE_CONNECTION_VERIFICATION": ("1", "true", "True"),
    "OAUTHLIB_INSECURE_TRANSPORT": ("1", "true", "True"),
}


@on(
    "certificate-check-off",
    "name",
    "rejectUnauthorized|NODE_TLS_REJECT_UNAUTHORIZED|strictSSL|checkServerIdentity",
    "javascript",
)
def javascript_name(fact: Fact, unit: Unit) -> Saw | None:
    """A switch that turns certificate checks off."""
    if fact.last == "checkServerIdentity":
        empty = re.search(
            r"=>\s*(?:\{\s*(?:return\s*(?:undefined|null)?;?\s*)?\}|undefined|null|void 0|true)$", fact.value.strip()
        )
        return _off(unit, fact, "checkServerIdentity accepts every server") if empty else None
    off = unit.false(fact.value) or fact.value.strip("\"'`") == "0"
    if re.search(
        r"proxy\s*:\s*[\"'`]https?://(?:localhost|127\.0\.0\.1)",
        "\n".join(unit.lines[max(0, fact.line - 4) : fact.line + 3]),
    ):
        return None  # a proxy on this machine, for debugging
    if off and re.search(r"getPeerCertificate|\bgetCertificate\(", unit.around(fact.line)):
        return None  # the certificate itself is what the connection is made for
    return _off(unit, fact, f"{fact.last} is off: any certificate is accepted") if off else None


@on(
    "certificate-check-off",
    "name",
    "ServerCertificate(Custom)?ValidationCallback|RemoteCertificateValidationCallback|CertificateValidationCallback|RequireHttpsMetadata|"
    "TrustServerCertificate",
    "csharp",
)
def csharp_name(fact: Fact, unit: Unit) -> Saw | None:
    """Callbacks that accept everything, and metadata over plain HTTP."""
    if fact.last == "RequireHttpsMetadata":
        return (
            _off(unit, fact, "RequireHttpsMetadata is false: signing keys may come over plain HTTP")
            if unit.false(fact.value)
            else None
        )
    if fact.last == "TrustServerCertificate":
        trusts = unit.true(fact.value)
        return _off(unit, fact, "TrustServerCertificate: the database's certificate is not checked") if trusts else None
    yes = re.search(
        r"=>\s*(?:\{\s*return\s+)?true\s*;?\s*\}?;?$|DangerousAcceptAny|delegate\s*(?:\([^)]*\))?\s*\{\s*return\s+true",
        delegated(fact, unit).strip(),
    )
    return _off(unit, fact, f"{fact.last} accepts every certificate") if yes else None


@on("certificate-check-off", "call", "SslStream|RemoteCertificateValidationCallback|AuthenticateAsClient", "csharp")
def csharp_stream(fact: Fact, unit: Unit) -> Saw | None:
    """A stream whose certificate anybody may have made."""
    if not re.search(
        r"(?:\([\w\s,.?]*\)|\w+)\s*=>\s*(?:\{\s*return\s+)?true\b|delegate\s*(?:\([^)]*\))?\s*\{\s*return\s+true",
        fact.text,
    ):
        return None
    return _off(unit, fact, f"{fact.last} accepts every certificate")


@on("certificate-check-off", "name", "VerificationFlags$", "csharp")
def csharp_chain(fact: Fact, unit: Unit) -> Saw | None:
    """A chain of certificates whose faults are all ignored."""
    yes = re.search(r"X509VerificationFlags\.(?:AllFlags|AllowUnknownCertificateAuthority)\s*;?$", fact.value.strip())
    if not yes or re.search(r"CustomTrustStore|ExtraStore|Thumbprint|SequenceEqual", unit.around(fact.line)):
        return None  # the root is compared by hand
    return _off(unit, fact, "the chain of certificates may end anywhere")


@on(
    "certificate-check-off",
    "call",
    "setTrustAll|setVerifyHost|setHostnameVerifier|setDefaultHostnameVerifier|hostnameVerifier|setSSLHostnameVerifier|SSLConnectionSocketFactory|loadTrustMaterial|TrustAllStrategy|trustManager|getTrustManagers|X509TrustManager|X509ExtendedTrustManager|"
    "verifySsl|validateTLSCertificates|useRelaxedHTTPSValidation|HostnameVerifier",
    "java",
)
def java_call(fact: Fact, unit: Unit) -> Saw | None:
    """Host names and certificates that nobody checks."""
    if fact.last in ("setTrustAll", "setVerifyHost", "verifySsl", "validateTLSCertificates"):
        given = fact.argument(position=0) or ""
        off = unit.true(given) if fact.last == "setTrustAll" else unit.false(given)
        return _off(unit, fact, f"{fact.last}({given}): any certificate is accepted") if off else None
    if fact.last == "useRelaxedHTTPSValidation":
        return _off(unit, fact, f"{fact.last}: any certificate is accepted")
    if fact.last == "TrustAllStrategy" or re.search(r"TrustAllStrategy|InsecureTrustManagerFactory", fact.text):
        return _off(unit, fact, "every certificate is trusted")
    if fact.last.startswith("X509"):
        return _off(unit, fact, "a trust manager that trusts everyone") if _trusts_all(fact.text) else None
    if re.search(
        r"NoopHostnameVerifier|ALLOW_ALL|AllowAll|TrustAny|->\s*(?:\{\s*return\s+)?true|boolean\s+verify\([^)]*\)\s*\{\s*return\s+true\s*;",
        fact.text,
    ):
        return _off(unit, fact, "host names are not checked")
    return None


_KEPT = re.compile(
    r"\b(?:TrustStrategy|HostnameVerifier)\s+(?P<name>\w+)\s*=\s*(?:\([\w\s,\[\].]*\)|\w+)\s*->\s*(?:true|\{\s*return\s+true;)"
    r"|\bclass\s+(?P<manager>\w+)\s+extends\s+X509ExtendedTrustManager\b"
    r"|\.(?:put|setProperty)\(\s*\"(?P<property>jdk\.internal\.httpclient\.disableHostnameVerification|com\.sun\.jndi\.ldap\.object\.disableEndpointIdentification)\"\s*,\s*\"?true"
    r"|\.(?:put|setProperty)\(\s*\"(?P<mail>mail\.(?:smtps?|imaps?|pop3s?)\.ssl\.(?:trust(?=\"\s*,\s*\"\*\")|checkserveridentity(?=\"\s*,\s*\"?false)))\""
)


@whole("certificate-check-off", "java")
def java_kept(project: Project, declared: Mapping[str, object]) -> Iterable[tuple[Unit, int, Saw]]:  # noqa: ARG001
    """A verifier, strategy or trust manager that says yes, kept under a name; a property that turns the check off."""
    for unit in project.units:
        for match in unit.finditer(_KEPT) if unit.language == "java" else ():
            line = unit.line_of(match.start())
            what = match["name"] or match["property"] or match["mail"] or match["manager"]
            trusts = not match["manager"] or _trusts_all(unit.text[match.end() : match.end() + 4000])
            if trusts and not unit.commented(line) and not _conditional(unit, line):
                yield unit, line, Saw("refutes", f"{what} accepts every certificate or host name")


@on("certificate-check-off", "annotation", r"implements\b.*(X509TrustManager|HostnameVerifier)", "java")
def java_class(fact: Fact, unit: Unit) -> Saw | None:
    """A class that trusts every certificate or host name."""
    body = "\n".join(unit.lines[fact.line - 1 : fact.line + 60])
    if "HostnameVerifier" in fact.text:
        yes = re.search(r"boolean\s+verify\([^)]*\)\s*\{\s*return\s+true\s*;", body)
        return Saw("refutes", "a host name verifier that accepts every name") if yes else None
    return Saw("refutes", "a trust manager that trusts everyone") if _trusts_all(body) else None


def _trusts_all(text: str) -> bool:
    return bool(
        re.search(r"checkServerTrusted\([^)]*\)[^{;]*\{\s*(?://[^\n]*\s*|/\*.*?\*/\s*|return;\s*)*\}", text, re.S)
    )


@on("certificate-check-off", "name", "InsecureSkipVerify", "go")
def go_name(fact: Fact, unit: Unit) -> Saw | None:
    """crypto/tls told to check nothing, unless the function checks on its own or an option asks for it."""
    near = "\n".join(unit.lines[max(0, fact.line - 9) : fact.line + 8])
    if not unit.true(fact.value) or re.search(r"VerifyConnection|VerifyPeerCertificate", near):
        return None
    if re.search(r"(?i)(?:^|/)(?:scan|scanner|probe)/|_(?:dev|debug)\.go$", unit.path):
        return None
    return _off(unit, fact, "InsecureSkipVerify is true: any certificate is accepted")


@on("certificate-check-off", "call", "EnableInsecureSkipVerify", "go")
def go_call(fact: Fact, unit: Unit) -> Saw | None:
    """imroc/req told to check nothing."""
    return _off(unit, fact, f"{fact.last}: any certificate is accepted")


@on("certificate-check-off", "name", "^Insecure$|TLSClientConfig\\.Insecure$", "go")
def go_kubernetes(fact: Fact, unit: Unit) -> Saw | None:
    """Kubernetes' client told to check nothing."""
    before = "\n".join(
        [*unit.lines[max(0, fact.line - 4) : fact.line - 1], unit.lines[fact.line - 1][: fact.column - 1]]
    )
    inside = re.search(r"TLSClientConfig\{[^}]*$", before) or "TLSClientConfig." in fact.name
    yes = unit.true(fact.value) and inside
    return _off(unit, fact, "TLSClientConfig.Insecure is true: any certificate is accepted") if yes else None


_LOCAL = re.compile(
    r"(?i)^(?:localhost|127\.|0\.0\.0\.0|\[|::1|host\.docker\.internal|169\.254\.|[^./:]+(?::\d+)?(?:/|$)|\$|%|\{|<|\*)|\.(?:local|svc|test|example|internal)\b|"
    r"example\.(?:com|org|net)|schemas?\.|w3\.org|xmlns|purl\.org|json-schema|\.dtd|apache\.org|opensource\.org|creativecommons"
)
_SERVICE = re.compile(
    r"(?i)(?:authority|issuer(?:-?ur[il])?|jwk-?set-?ur[il]|token_?ur[il]|(?:api|base|service|backend|server|metadata|graph|auth|idp|callback|redirect)[\w-]*_?(?:ur[il]|endpoint|address|host)|endpoint)$"
)


_HTTPS_ONLY = {"httpsonly", "supportshttpstrafficonly", "enablehttpstrafficonly", "httpstrafficonlyenabled"}
_JSON_SETTINGS = re.compile(r"(?i)settings|config|env|param|host|option|launch|manifest|deploy|local|client|auth")


@setting("certificate-check-off")
def plain_http(item: Setting, unit: Unit) -> Saw | None:
    """Settings that ask for plain HTTP or old TLS."""
    name = re.sub(r"[-_]", "", item.last).lower()
    if name in _HTTPS_ONLY and item.value.lower() == "false":
        file_share = unit.search(r"(?i)nfs_?v3|\bnfs\b")  # which works without HTTPS only
        return None if file_share else Saw("refutes", f"{item.last} is false: plain HTTP is served")
    if name in ("mintlsversion", "minimumtlsversion") and re.fullmatch(r"(?:TLS)?_?1[._][01]", item.value.strip("'\"")):
        return Saw("refutes", f"{item.last} accepts TLS {item.value}")
    if name == "nodetlsrejectunauthorized" and item.value.strip("'\"") == "0":
        return Saw("refutes", "NODE_TLS_REJECT_UNAUTHORIZED is 0: any certificate is accepted")
    if name == "requirehttpsmetadata" and item.value.lower() == "false" and "development" not in unit.path.lower():
        return Saw("refutes", "RequireHttpsMetadata is false: signing keys may come over plain HTTP")
    match = re.match(r"http://(.+)", item.value)
    if (
        match
        and _SERVICE.search(item.last)
        and not _LOCAL.search(match[1])
        and not re.search(r"(?i)develop|local", unit.path)
        and (not unit.path.endswith(".json") or _JSON_SETTINGS.search(unit.path.rsplit("/", 1)[-1]))
    ):
        return Saw("refutes", f"{item.last} is a plain http:// address", "derived")
    return None


@on("certificate-check-off", "call", "SetEnvironmentVariable", "csharp")
def environment_of_dotnet(fact: Fact, unit: Unit) -> Saw | None:
    """A variable of the environment that switches checks off for what the program starts."""
    name = textual.unquote(fact.argument(position=0) or "") or ""
    value = textual.unquote(fact.argument(position=1) or "")
    off = {**_ENVIRONMENT, "NODE_TLS_REJECT_UNAUTHORIZED": ("0",)}.get(name, ())
    return _off(unit, fact, f"{name} is {value}: certificates go unchecked") if value in off else None
