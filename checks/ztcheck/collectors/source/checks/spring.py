"""How resource servers of Spring Security, MicroProfile and Nimbus are told to check tokens: by whom, and for whom.

What they check follows from what their settings and their code name (Spring Security, "OAuth 2.0 Resource Server JWT":
with a JWK Set URI alone only the signature and the times are checked; the audience is checked where it is named).
"""

from __future__ import annotations

import re
from collections import defaultdict
from dataclasses import dataclass
from itertools import islice
from typing import TYPE_CHECKING

from ztcheck.collectors.source import textual
from ztcheck.collectors.source.checks import unguarded
from ztcheck.collectors.source.checks.routes import PUBLIC
from ztcheck.collectors.source.checks.unguarded import module_of
from ztcheck.collectors.source.handlers import MAX_CALL, MAX_HANDLERS, Handler
from ztcheck.collectors.source.model import Fact, Project, Saw, Unit
from ztcheck.collectors.source.registry import on, whole

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

_KEYS_FROM = re.compile(r"(?i)resourceserver\.jwt\.jwk-?set-?uri$|^mp\.jwt\.verify\.publickey\.location$")
_ISSUED_BY = re.compile(r"(?i)resourceserver\.jwt\.issuer-?uri$|^mp\.jwt\.verify\.issuer$")
_MEANT_FOR = re.compile(r"(?i)\baudiences?\b|app-id-uri")
_ISSUER_COMPARED = re.compile(
    r"JwtValidators\.createDefaultWithIssuer|JwtIssuerValidator|JwtIssuerAuthenticationManagerResolver|JwtIssuerReactiveAuthenticationManagerResolver|"
    r"from(?:Oidc)?IssuerLocation\(|withIssuerLocation\(|[gG]etIssuer\(|\"iss\"|AadResourceServer|JwtClaimNames\.ISS|IssuerValidator"
)
_AUDIENCE_COMPARED = re.compile(r"(?i)audience|\"aud\"|getAud\(|AadResourceServer|JwtClaimNames\.AUD")


@whole("issuer-check-disabled", "settings")
def issuer_not_named(project: Project, declared: Mapping[str, object]) -> Iterable[tuple[Unit, int, Saw]]:  # noqa: ARG001
    """A resource server that is given an issuer's keys and not its name: it compares none then."""
    for unit, line, named in _told(project):
        if not named and not _in_code(project, unit, _ISSUER_COMPARED):
            message = "the keys of an issuer are named and not the issuer: tokens of every one who signs with them pass"
            yield unit, line, Saw("review", message, "derived")


@whole("audience-check-disabled", "settings")
def audience_not_named(project: Project, declared: Mapping[str, object]) -> Iterable[tuple[Unit, int, Saw]]:  # noqa: ARG001
    """A resource server that is told of no audience: it looks at none then."""
    for unit, line, _ in _told(project):
        module = module_of(project, unit)
        settings = (other for other in project.production("settings") if module_of(project, other) == module)
        if not any(other.search(_MEANT_FOR) for other in settings) and not _in_code(project, unit, _AUDIENCE_COMPARED):
            message = "the resource server is told of no audience: tokens for any API of the issuer pass"
            yield unit, line, Saw("review", message, "derived")


def _told(project: Project) -> Iterable[tuple[Unit, int, bool]]:
    """Where a resource server is told whose tokens to take, and whether the issuer is named anywhere beside it."""
    found: list[tuple[Unit, int, bool, str]] = []
    for unit in project.production("settings"):
        if unit.holds("resourceserver", "mp.jwt.verify"):
            for item in unit.settings:
                issuer = bool(_ISSUED_BY.search(item.key))
                if issuer or _KEYS_FROM.search(item.key):
                    found.append((unit, item.line, issuer, module_of(project, unit)))
    named = {module for _, _, issuer, module in found if issuer}
    seen: set[str] = set()
    for unit, line, issuer, module in sorted(found, key=lambda entry: not entry[2]):
        if module not in seen:
            seen.add(module)
            yield unit, line, issuer or module in named


def _in_code(project: Project, unit: Unit, pattern: re.Pattern[str]) -> bool:
    module = module_of(project, unit)
    code = (other for other in project.production("java", "text") if other.path.endswith((".java", ".kt")))
    return any(module_of(project, other) == module and other.search(pattern) for other in code)


@on("issuer-check-disabled", "call", "withJwkSetUri|withPublicKey", "java")
def issuer_of_decoder(fact: Fact, unit: Unit) -> Saw | None:
    """A decoder of Spring Security that is made of an issuer's keys and given no validator."""
    if not re.search(r"JwtDecoder\s*\.\s*with", fact.text) or unit.search(r"setJwtValidator\(|validat\w*\("):
        return None
    if unit.search(_ISSUER_COMPARED) or (fact.last == "withPublicKey" and unit.search(r"JwtEncoder\b")):
        return None  # of tokens of the app's own
    return Saw("review", f"{fact.last}: the decoder is given no validator, and compares no issuer", "derived")


@on("audience-check-disabled", "call", "fromIssuerLocation|fromOidcIssuerLocation|withIssuerLocation", "java")
def audience_of_decoder(fact: Fact, unit: Unit) -> Saw | None:
    """A decoder of Spring Security that is made of an issuer's name and looks at no audience."""
    if not re.search(r"JwtDecoders?\s*\.", fact.text) or unit.search(_AUDIENCE_COMPARED):
        return None
    return Saw("review", f"{fact.last}: the decoder is given no check of the audience", "derived")


@on("expiry-check-disabled", "call", "setJWTClaimsSetVerifier", "java")
def claims_not_verified(fact: Fact, unit: Unit) -> Saw | None:
    """Nimbus' processor whose check of a token's claims is taken away, its times among them."""
    given = unit.resolve(fact.argument(position=0) or "")
    off = given == "null" or re.fullmatch(r"\([\w\s,]*\)\s*->\s*\{\s*(?:return;)?\s*\}", given)
    return Saw("refutes", f"{fact.last} checks no claim: expired tokens pass") if off else None


@on("issuer-check-disabled", "call", "DefaultJWTProcessor", "java")
def issuer_of_nimbus(fact: Fact, unit: Unit) -> Saw | None:
    """Nimbus' processor with an issuer's keys and no check of claims but of the times."""
    if not unit.search(r"(?i)RemoteJWKSet|JWKSourceBuilder|jwks") or unit.search(
        r"setJWTClaimsSetVerifier\(|DefaultJWTClaimsVerifier|getIssuer\(|\"iss\""
    ):
        return None
    return Saw("review", f"{fact.last}: no issuer is compared", "derived")


# --- what the rules of Spring Security let in ---------------------------------------------------------------------

_RULES = re.compile(
    r"(?:\.|\b)(?:(?P<any>any(?:Request|Exchange))\(\s*\)|(?:antMatchers|requestMatchers|mvcMatchers|pathMatchers)(?P<opens>\())"
)
_ON_METHOD = re.compile(
    r"@(?:PreAuthorize|Secured|RolesAllowed|PostAuthorize|PreFilter|RequiresPermissions|RequiresRoles|SaCheck\w*|\w*(?:Auth|Permission|Role|Scope|Login)\w*)\b"
)
_SAYS_OPEN = re.compile(
    r"@(?:PreAuthorize\(\s*\"(?:permitAll(?:\(\))?|isAnonymous\(\))\"\s*\)|PermitAll\b|AnonymousAccess\b|Anonymous\b|SaIgnore\b|PassToken\b|IgnoreAuth\b|NoAuth\w*\b|NoLogin\b|PublicApi\b)"
)
_ASKS = re.compile(
    r"(?i)principal|authentication\b|checkToken|verifyToken|validateToken|isLogin|getSession|current_?user|@CookieValue|securitycontext|unauthorized|forbidden|"
    r"\b40[13]\b|signature|hmac|webhook"
)
_OPEN_BY_NAME = re.compile(
    r"(?i)sign|log|regist|auth|token|password|verif|confirm|activat|contact|feedback|newsletter|subscri|callback|webhook|hook|notify|search|query|graphql|captcha|health|public|open|refresh|otp|forgot|reset"
)
_READS_ALL = re.compile(r"(?i)/(?:admin|users?|accounts?|customers?|employees?|orders?|payments?|invoices?)(?:/|$)")


@dataclass(frozen=True, slots=True)
class _Rule:
    """A rule of a chain: which requests it is about, and whether it lets everybody in."""

    method: str | None
    routes: tuple[re.Pattern[str], ...]
    lets: bool


def _ant(pattern: str) -> re.Pattern[str]:
    """An expression for what an Ant pattern of Spring matches."""
    parts = re.split(r"(\*\*|\*|\{[^{}]*\})", "/" + pattern.lstrip("/"))
    text = "".join(
        ".*" if part == "**" else "[^/]*" if part == "*" or part.startswith("{") else re.escape(part) for part in parts
    )
    return re.compile(re.sub(r"/\.\*$", "(?:/.*)?", text) + "/?$")


_LISTED = r"\b{name}\b\s*=\s*(?:new\s+String\s*\[\s*\]\s*)?(?:\{{|List\.of\(|Arrays\.asList\(|Set\.of\(|(?=\"))([^;]*);"


def _routes_of(given: list[str], unit: Unit) -> list[str]:
    """The patterns that the arguments of a matcher write, or that names of this file among them hold."""
    found: list[str] = []
    for value in given:
        written = re.findall(r"\"([^\"\n]*)\"", value)
        name = re.search(r"(\w+)\)?$", value)
        if not written and name and not value.startswith("HttpMethod"):
            listed = re.search(_LISTED.format(name=re.escape(name[1])), unit.text)
            written = re.findall(r"\"([^\"\n]*)\"", listed[1]) if listed else []
        found.extend(written)
    return found


def _rules(unit: Unit) -> list[_Rule]:
    """The rules of a file's chains, in their order."""
    found: list[_Rule] = []
    for match in islice(unit.finditer(_RULES), MAX_HANDLERS):
        if unit.commented(unit.line_of(match.start() + 1)):
            continue
        end = textual.closing(unit.text, match.start("opens"), MAX_CALL) if match["opens"] else match.end() - 1
        after = re.compile(r"\s*\.\s*(\w+)").match(unit.text, end + 1)
        if after is None:
            continue
        lets = after[1] in ("permitAll", "anonymous")
        if match["any"]:
            found.append(_Rule(None, (re.compile(""),), lets))
            continue
        given = textual.split(unit.text[match.start("opens") + 1 : end])
        method = re.search(
            r"\b(?:HttpMethod\.|method\s*=\s*)\"?(GET|POST|PUT|PATCH|DELETE|OPTIONS|HEAD)\b", " ".join(given)
        )
        routes = tuple(_ant(route) for route in _routes_of(given, unit)[:MAX_ROUTES])
        alone = method and len(given) == 1  # every route of one method
        found.append(_Rule(method[1] if method else None, (re.compile(""),) if alone else routes, lets))
    return found


MAX_ROUTES = 60  # of one rule


def _let_in(rules: list[_Rule], route: str, method: str) -> bool:
    for rule in rules:
        if rule.method in (None, method) and any(pattern.match(route) for pattern in rule.routes):
            return rule.lets
    return False


@whole("unguarded-route", "java")
def let_in_by_rules(project: Project, declared: Mapping[str, object]) -> Iterable[tuple[Unit, int, Saw]]:
    """Changes, and reads of people's data, that the rules of Spring Security let everybody ask for."""
    configured: dict[str, list[_Rule]] = defaultdict(list)
    for unit in project.production("java"):
        if unit.search(r"HttpSecurity\b"):
            configured[module_of(project, unit)].extend(_rules(unit))
    configured = {module: rules for module, rules in configured.items() if any(rule.lets for rule in rules)}
    if not configured:
        return
    open_routes: list[tuple[Unit, Handler]] = []
    for unit in project.production("java"):
        rules = configured.get(module_of(project, unit)) if unit.search(r"@(?:Rest)?Controller\b") else None
        head = unit.search(r"\bclass\s+\w") if rules else None
        if not rules or not head or _ON_METHOD.search(_SAYS_OPEN.sub("", unit.text[: head.start()])):
            continue
        page = bool(unit.search(r"@Controller\b")) and not unit.search(r"@ResponseBody\b")
        for handler in unit.handlers:
            methods = handler.methods or frozenset({"GET"})
            changes = methods & unguarded.CHANGES
            if not handler.first or not (changes or (_READS_ALL.search(handler.route) and not page)):
                continue
            called = f"{handler.route} {unit.lines[handler.first - 1].partition('(')[0].rpartition(' ')[2]}"
            if (
                not all(_let_in(rules, handler.route or "/", method) for method in changes or methods)
                or _ON_METHOD.search(_SAYS_OPEN.sub("", handler.guards))
                or _OPEN_BY_NAME.search(called)
                or PUBLIC.search(handler.route or "/")
                or _ASKS.search(handler.guards + handler.body(unit))
            ):
                continue
            open_routes.append((unit, handler))
    yield from unguarded.report(open_routes, declared, True, "route of this service")


@whole("unguarded-route", "java")
def said_open(project: Project, declared: Mapping[str, object]) -> Iterable[tuple[Unit, int, Saw]]:
    """Handlers that change something, or are an administrator's by their route, and say themselves that they are open."""
    open_routes: list[tuple[Unit, Handler]] = []
    for unit in project.production("java"):
        if not unit.search(_SAYS_OPEN) or not unit.search(r"Mapping\b"):
            continue
        for handler in unit.handlers:
            said = _SAYS_OPEN.search(handler.guards)
            if (
                not said
                or _OPEN_BY_NAME.search(re.sub(r"/api/", "/", handler.route))
                or _ASKS.search(handler.body(unit))
            ):
                continue
            if handler.methods & {"PUT", "PATCH", "DELETE"} or re.search(
                r"(?i)/admin|/manage|delete|remove|export|upload", handler.route
            ):
                open_routes.append((unit, handler))
    yield from unguarded.report(open_routes, declared, True, "route of this service")


@on("unguarded-route", "call", "excludePathPatterns|excludePathPattern|addExclude|notMatch", "java")
def passed_by(fact: Fact, unit: Unit) -> Saw | None:  # noqa: ARG001 - every judge takes both
    """A route of sensitive name that an interceptor of one's own is told to pass by."""
    given = fact.text[textual.opening(fact.text.rstrip(), len(fact.text.rstrip()) - 1) :]
    for route in re.findall(r"\"([^\"\n]*)\"", given):
        if _READS_ALL.search(route.replace("*", "")) and not _OPEN_BY_NAME.search(route):
            line = fact.line + fact.text[: fact.text.find(f'"{route}"')].count("\n")
            return Saw("refutes", f"{route} passes the interceptor by", "heuristic", line=line, subject=route)
    return None
