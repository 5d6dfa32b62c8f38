"""Switches in files of settings: of proxies that sign people in, of gateways, of registrations, of Easy Auth.

They are looked for in the text, for the same switch is written as an argument, as a variable, as a key of YAML, JSON
or TOML, and as a name with its value on the next line.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from itertools import islice
from typing import TYPE_CHECKING

from ztcheck.collectors.source.model import Project, Saw, Unit
from ztcheck.collectors.source.registry import whole

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from ztcheck.evidence import Effect

MOST = 50  # of one switch in one file


@dataclass(frozen=True, slots=True)
class _Switch:
    """A switch: words of which one must stand in the file in lower case, its name, the value that is wrong, what to say.

    Where *bare* is true, an argument without a value counts too.
    """

    words: tuple[str, ...]
    name: str
    wrong: str
    message: str
    bare: bool = False
    effect: Effect = "refutes"


_ON = r"true|1|yes|on"
_OFF = r"false|0|no|off"
_SWITCHES: Mapping[str, tuple[_Switch, ...]] = {
    "issuer-check-disabled": (
        _Switch(("skip-issuer", "skip_issuer"), r"(?:insecure[-_])?(?:oidc[-_])?skip[-_]issuer[-_](?:verification|check)", _ON, "tokens of any issuer pass", bare=True),
        _Switch(("validateissuer",), r"ValidateIssuer", r"false", "tokens of any issuer pass"),
    ),
    "audience-check-disabled": (
        _Switch(("validateaudience",), r"ValidateAudience", r"false", "tokens for any audience pass"),
    ),
    "expiry-check-disabled": (
        _Switch(("validatelifetime",), r"ValidateLifetime", r"false", "tokens that have ended pass"),
        _Switch(("require-expiration-time",), r"require-expiration-time", r"false", "tokens that never end pass"),
    ),
    "signature-check-disabled": (
        _Switch(("require-signed-tokens",), r"require-signed-tokens", r"false", "tokens without a signature pass"),
        _Switch(("requiresignedtokens",), r"RequireSignedTokens", r"false", "tokens without a signature pass"),
    ),
    "mutable-claim-as-key": (
        _Switch(("unverified-email", "unverified_email"), r"(?:insecure[-_])?(?:oidc[-_])?allow[-_]unverified[-_]email", _ON, "an address that nobody verified lets somebody in", bare=True),
    ),
    "certificate-check-off": (
        _Switch(("insecure-skip-verify", "insecure_skip_verify", "insecureskipverify"), r"(?:\w+[-_.])*(?:insecure[-_]skip[-_]verify|insecureSkipVerify)", _ON, "any certificate is accepted", bare=True),
        _Switch(("tls_skip_verify", "tls-skip-verify"), r"(?:\w+[-_.])*tls[-_]skip[-_]verify(?:[-_]insecure)?", _ON, "any certificate is accepted"),
        _Switch(("insecureskiptlsverify", "insecure-skip-tls-verify"), r"insecureSkipTLSVerify|insecure-skip-tls-verify", _ON, "any certificate is accepted", bare=True),
        _Switch(("accept_untrusted",), r"trust_chain_verification", r"ACCEPT_UNTRUSTED", "any certificate is accepted"),
        _Switch(("proxy-ssl-verify",), r"nginx\.ingress\.kubernetes\.io/proxy-ssl-verify", r"off", "any certificate is accepted"),
        _Switch(("node_tls_reject_unauthorized",), r"NODE_TLS_REJECT_UNAUTHORIZED", r"0", "any certificate is accepted"),
        _Switch(("proxy_ssl_verify",), r"proxy_ssl_verify", r"off", "any certificate is accepted"),
        _Switch(("pythonhttpsverify",), r"PYTHONHTTPSVERIFY", r"0", "any certificate is accepted"),
        _Switch(("sslrequired",), r"sslRequired", r"none", "people sign in over plain HTTP"),
    ),
    "insecure-cookie-settings": (
        _Switch(("cookie-secure", "cookie_secure"), r"(?:\w+[-_])*cookie[-_]secure", _OFF, "the session's cookie is also sent over plain HTTP"),
        _Switch(("cookie-httponly", "cookie_httponly"), r"(?:\w+[-_])*cookie[-_]httponly", _OFF, "scripts can read the session's cookie"),
        _Switch(("insecure-cookie", "insecure_cookie"), r"(?:\w+[-_])*insecure[-_]cookie", _ON, "the session's cookie is also sent over plain HTTP", bare=True),
    ),
    "implicit-response-type": (
        _Switch(("implicitflowenabled",), r"implicitFlowEnabled", r"true", "the client may use the implicit flow"),
        _Switch(("allowimplicitflow", "allow-implicit-flow"), r"-?-?oauth2-?Allow-?Implicit-?Flow", r"\$?true", "the authorization endpoint issues access tokens"),
        _Switch(("idtokenimplicitflow",), r"-?oauth2AllowIdTokenImplicitFlow", r"\$?true", "the authorization endpoint issues ID tokens"),
        _Switch(("tokenissuance", "token_issuance", "token-issuance"), r"(?:-?-?enable-?)?access[-_]?token[-_]?issuance(?:[-_]enabled)?", r"\$?true", "the authorization endpoint issues access tokens"),
        _Switch(("tokenissuance", "token_issuance", "token-issuance"), r"(?:-?-?enable-?)?id[-_]?token[-_]?issuance(?:[-_]enabled)?", r"\$?true", "the authorization endpoint issues ID tokens"),
    ),
    "route-without-scope-check": (
        _Switch(("allowwebapitobeauthorizedbyacl",), r"AllowWebApiToBeAuthorizedByACL", r"true", "tokens without a scope or role pass: does the code look who calls?", effect="review"),
    ),
    "unguarded-route": (
        _Switch(("requireauthentication", "require_authentication"), r"require_?Authentication", r"false", "Easy Auth lets everybody through: does the app itself refuse?", effect="review"),
        _Switch(("allowanonymous",), r"unauthenticated_?(?:client_?)?Action", r"AllowAnonymous|1", "Easy Auth lets everybody through: does the app itself refuse?", effect="review"),
    ),
}  # fmt: skip
_KINDS = re.compile(
    r"(?i)\.(?:ya?ml|json|jsonc|toml|ini|cfg|conf|config|env|properties|tf|tfvars|bicep|bicepparam|sh|ps1|psm1|xml|azcli)$|(?:^|/)(?:\.env[^/]*|[^/]*dockerfile[^/]*)$"
)
_OTHERS = re.compile(
    r"(?i)(?:^|/)(?:package(?:-lock)?\.json|tsconfig[^/]*|[\w.-]*schema[\w.-]*\.json|[\w.-]*\.schema\.json|swagger[^/]*|openapi[^/]*|crds?/[^/]*|[^/]*crd[^/]*\.ya?ml)$"
)
_LOCALLY = re.compile(r"(?i)(?:^|[./_-])(?:dev|development|local|debug)(?:[./_-]|$)")


def _written(switch: _Switch) -> re.Pattern[str]:
    """How a switch is written: its name, and what is wrong on the same line, or as the value on the next one."""
    value = rf"(?:[\"']?[ \t]*[=:][ \t]*|[ \t]+|[\"']?[ \t]*,?[ \t]*\n?[ \t]*[\"']?value[\"']?[ \t]*[:=][ \t]*)[\"']?(?i:{switch.wrong})(?![\w-])"
    written = rf"(?<![\w.])(?:OAUTH2_PROXY_|GF_(?:\w+_)?|--?)?(?i:{switch.name}){value}"
    return re.compile(written + (rf"|--(?i:{switch.name})(?=[\"'\s,\]\\]|$)" if switch.bare else ""))


_WORDS = tuple(sorted({word for switches in _SWITCHES.values() for switch in switches for word in switch.words}))


def _wrong(check: str, project: Project) -> Iterator[tuple[Unit, int, Saw]]:
    switches = [(switch, _written(switch)) for switch in _SWITCHES[check]]
    for unit, held in project.settings_with(_WORDS):
        if not _KINDS.search(unit.path) or _OTHERS.search(unit.path):
            continue
        for switch, pattern in switches:
            for match in islice(pattern.finditer(unit.text), MOST) if held.intersection(switch.words) else ():
                line = unit.line_of(match.start())
                if not unit.commented(line) and _counts(check, unit, line):
                    name = re.split(r"[\s=:\"',]", match[0].lstrip("-"))[0]
                    yield unit, line, Saw(switch.effect, f"{name}: {switch.message}", "derived")


def _counts(check: str, unit: Unit, line: int) -> bool:
    """Whether a switch that is wrong elsewhere is wrong in this file too."""
    near = "\n".join(unit.lines[max(0, line - 3) : line + 2])
    if re.search(r"(?i)\"type\"\s*:\s*\"boolean\"|description:|\bdefault:\s*(?:true|false)\s*$", near):
        return False  # a schema
    if check in ("insecure-cookie-settings", "certificate-check-off"):
        return not _LOCALLY.search(unit.path) and not re.search(r"(?i)//localhost|127\.0\.0\.1", near)
    return True


def _judge(check: str) -> None:
    def judge(project: Project, declared: Mapping[str, object]) -> Iterable[tuple[Unit, int, Saw]]:  # noqa: ARG001
        return _wrong(check, project)

    whole(check, "settings", "text")(judge)


for _check in _SWITCHES:
    _judge(_check)


# --- Azure API Management ----------------------------------------------------------------------------------------

_POLICY = re.compile(r"<(validate-jwt|validate-azure-ad-token)\b(?P<head>[^>]*)>(?P<body>.*?)</\1>", re.S)


@whole("audience-check-disabled", "settings", "text")
def gateway_without_audience(project: Project, declared: Mapping[str, object]) -> Iterable[tuple[Unit, int, Saw]]:  # noqa: ARG001
    """A policy of API Management that validates tokens and names no audience.

    https://learn.microsoft.com/en-us/azure/api-management/validate-jwt-policy
    """
    for unit in project.production("settings", "text"):
        if "<validate-" not in unit.text or not unit.path.endswith((".xml", ".json", ".bicep", ".tf", ".cshtml")):
            continue
        for match in islice(unit.finditer(_POLICY), MOST):
            body = re.sub(r"(?s)<!--.*?-->", "", match["body"])
            asked = re.search(
                r"<audiences?>|<claim\s+name=\\?[\"'](?:aud|appid|azp)\\?[\"']|<client-application-ids>", body
            )
            own = re.search(r"<issuer-signing-keys>", body)
            line = unit.line_of(match.start())
            if not asked and not own and not unit.commented(line):
                yield unit, line, Saw("refutes", f"{match[1]} names no audience: a token for any API passes", "derived")


# --- Istio and Envoy ---------------------------------------------------------------------------------------------

_RULE = re.compile(r"(?m)^(?P<indent>[ \t]*)(?:-[ \t]+)?issuer:[ \t]*[\"']?https?://[^\n]+\n")


@whole("audience-check-disabled", "settings")
def mesh_without_audience(project: Project, declared: Mapping[str, object]) -> Iterable[tuple[Unit, int, Saw]]:  # noqa: ARG001
    """A rule of Istio or Envoy that accepts an issuer's tokens for any audience."""
    for unit in project.production("settings"):
        if not unit.path.endswith((".yml", ".yaml")) or not re.search(
            r"(?m)^kind:\s*RequestAuthentication\b|envoy\.filters\.http\.jwt_authn", unit.text
        ):
            continue
        for match in islice(unit.finditer(_RULE), MOST):
            line = unit.line_of(match.start())
            depth = len(re.match(r"[ \t]*(?:-[ \t]+)?", unit.lines[line - 1])[0])  # type: ignore[index]
            rest = []
            for text in unit.lines[line : line + 30]:
                indent = len(re.match(r"[ \t]*", text)[0])  # type: ignore[index]
                if text.strip() and (indent < depth or text.lstrip().startswith("- issuer")):
                    break
                rest.append(text)
            before = "\n".join(unit.lines[max(0, line - 4) : line - 1])
            if not re.search(r"(?m)^\s*audiences\s*:", "\n".join(rest) + "\n" + before) and not unit.commented(line):
                message = "the rule names no audience: a token for any API passes"
                yield unit, line, Saw("review", message, "derived")


# --- Keycloak ----------------------------------------------------------------------------------------------------


@whole("password-grant-calls", "settings")
def password_grant_allowed(project: Project, declared: Mapping[str, object]) -> Iterable[tuple[Unit, int, Saw]]:  # noqa: ARG001
    """A client of an exported realm, or of Spring Security, that may take people's passwords."""
    for unit in project.production("settings"):
        if unit.path.endswith(".json") and "directAccessGrantsEnabled" in unit.text:
            for match in islice(unit.finditer(r"\"directAccessGrantsEnabled\"\s*:\s*true"), MOST):
                named = re.findall(
                    r"\"clientId\"\s*:\s*\"([^\"]*)\"", unit.text[max(0, match.start() - 4000) : match.start()]
                )
                if named and named[-1] not in ("admin-cli", "account", "security-admin-console"):
                    message = f"the client {named[-1]} may take people's passwords"
                    yield unit, unit.line_of(match.start()), Saw("refutes", message, "derived")
        elif unit.path.endswith((".yml", ".yaml", ".properties")):
            for match in islice(
                unit.finditer(r"(?m)^\s*(?:[\w.-]*\.)?authorization-?[gG]rant-?[tT]ype\s*[:=]\s*[\"']?password\b"), MOST
            ):
                line = unit.line_of(match.start() + len(match[0]) - 1)
                if not unit.commented(line):
                    yield unit, line, Saw("refutes", "the client asks for people's passwords", "derived")
