"""Routes that nothing authenticates, in Java: what Spring Security lets in, JAX-RS resources, Azure Functions.

Heuristics, as in `unguarded`; only a route of sensitive name that is let in is named, never one public by nature.
"""

from __future__ import annotations

import re
from itertools import islice
from typing import TYPE_CHECKING

from ztcheck.collectors.source import textual
from ztcheck.collectors.source.checks import unguarded
from ztcheck.collectors.source.checks.routes import PUBLIC
from ztcheck.collectors.source.handlers import MAX_CALL, MAX_HANDLERS, Handler
from ztcheck.collectors.source.model import Fact, Project, Saw, Unit
from ztcheck.collectors.source.registry import on, whole

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

_MATCHERS = r"(?:antMatchers|requestMatchers|mvcMatchers|regexMatchers|pathMatchers|securityMatcher)"
# What hands out or changes data by its name, or the insides of the service itself.
_SENSITIVE = re.compile(
    r"(?i)^/actuator(?:/\*\*?|/(?:env|heapdump|beans|configprops|threaddump|loggers|shutdown|httptrace|mappings|jolokia)\b.*)$|/h2-console\b|"
    r"^(?:/\w+)?/\*\*$(?<!^/\*\*)(?!.)|/(?:admin|users?|accounts?|customers?|employees?|orders?|payments?|invoices?|manage\w*|internal|export|upload|delete)(?:/|$)"
)
_ASSETS = re.compile(
    r"(?i)\b(?:css|js|img|images?|fonts?|webjars|static|assets|public|resources|favicon|swagger[\w-]*|api-docs|openapi|docs?|error|health|info|login|logout|auth|signup|"
    r"sign-?(?:in|up|out)|register|token|oauth2?|callback|forgot|reset|verify|webhooks?|captcha|index|home|prometheus|metrics)\b|\.\w{2,4}$|^/$"
)


def _routes(text: str) -> list[str]:
    return re.findall(r"\"([^\"\n]*)\"", text)


@on("unguarded-route", "call", "permitAll", "java")
def let_in(fact: Fact, unit: Unit) -> Saw | None:  # noqa: ARG001 - every judge takes both
    """A route that Spring Security lets everybody call, by its name no public one."""
    head = fact.text[: fact.text.rstrip().rfind(".permitAll")].rstrip()
    if not head.endswith(")"):
        return None
    opening = textual.opening(head, len(head) - 1)
    if not re.search(rf"\b{_MATCHERS}\s*$", head[:opening]):
        return None
    given = head[opening:]
    if "HttpMethod.GET" in given or "HttpMethod.OPTIONS" in given or "HttpMethod.POST" in given:
        return None  # a shop's catalog, a preflight, a registration
    named = next((route for route in _routes(given) if _SENSITIVE.search(route) and not _ASSETS.search(route)), None)
    if named is None:
        return None
    line = fact.line + fact.text[: fact.text.find(f'"{named}"')].count("\n")
    return Saw("refutes", f"{named} is let in", "heuristic", line=line, subject=named)


@on("unguarded-route", "call", _MATCHERS.strip("(?:)"), "java")
def ignored(fact: Fact, unit: Unit) -> Saw | None:  # noqa: ARG001 - every judge takes both
    """A route that Spring Security is told to pass by altogether."""
    if not re.search(r"\bignoring\(\)\s*\.", fact.text):
        return None
    named = next((route for route in _routes(fact.text) if route != "/**" and not _ASSETS.search(route)), None)
    if named is None or not re.search(r"^/\w+", named):
        return None
    line = fact.line + fact.text[: fact.text.find(f'"{named}"')].count("\n")
    return Saw("refutes", f"{named} passes Spring Security by", "heuristic", line=line, subject=named)


# --- JAX-RS ------------------------------------------------------------------------------------------------------

_VERB = re.compile(r"(?m)^[ \t]*@(GET|POST|PUT|PATCH|DELETE)\b[ \t]*$")
_GUARDED = re.compile(
    r"@\w*(?:Role|Auth|Permit|Deny|Secur|Require|Claim|Scope|Permission|Protect|Login|Token)\w*\b|SecurityContext\b|\bJsonWebToken\b"
)
_STANDS_BEFORE = re.compile(
    r"ContainerRequestFilter|implements\s+[\w, .]*\bFilter\b|quarkus\.http\.auth\.permission|<security-constraint>|@LoginConfig|HttpAuthenticationMechanism|"
    r"quarkus\.security\.jaxrs\.deny|default-roles-allowed|micronaut-security|dropwizard-auth|HttpSecurity|keycloak|shiro|pac4j"
)


@whole("unguarded-route", "java")
def resources(project: Project, declared: Mapping[str, object]) -> Iterable[tuple[Unit, int, Saw]]:
    """Resources of JAX-RS that nothing stands before."""
    units = [unit for unit in project.production("java") if unit.search(r"@Path\(") and unit.search(_VERB)]
    if not units or any(unit.search(_STANDS_BEFORE) for unit in project.production("java", "text", "settings")):
        return
    open_routes: list[tuple[Unit, Handler]] = []
    asked = False
    for unit in units:
        head = re.search(r"(?:public\s+|final\s+)*\b(?:class|interface|record)\s+\w", unit.text)
        if head is None or re.search(r"@RegisterRestClient", unit.text[: head.start()]):
            continue
        prefix = re.search(r"@Path\(\s*(?:value\s*=\s*)?\"([^\"\n]*)\"", unit.text[: head.start()])
        covered = bool(_GUARDED.search(unit.text[: head.start()]))
        for match in islice(unit.finditer(_VERB), MAX_HANDLERS):
            line = unit.line_of(match.start(1))
            top = line
            while top > 1 and unit.lines[top - 2].strip().startswith("@"):
                top -= 1
            method = line
            while method < len(unit.lines) and unit.lines[method - 1].lstrip().startswith("@"):
                method += 1
            ends = sum(len(text) + 1 for text in unit.lines[line - 1 : method - 1])
            opening = unit.text.find("{", match.start(1) + ends - 1)
            signature = "\n".join(unit.lines[top - 1 : method]) + unit.text[match.start(1) + ends : opening]
            body = unit.text[opening : textual.closing(unit.text, opening, MAX_CALL)] if opening >= 0 else ""
            path = re.search(r"@Path\(\s*(?:value\s*=\s*)?\"([^\"\n]*)\"", signature)
            parts = [part[1].strip("/") for part in (prefix, path) if part]
            route = "/" + "/".join(part for part in parts if part)
            asks = (
                covered
                or bool(_GUARDED.search(signature))
                or bool(
                    re.search(r"(?i)principal|unauthorized|forbidden|\b40[13]\b|getHeaderString|verify|signature", body)
                )
            )
            asked = asked or asks
            if not asks and not PUBLIC.search(route):
                open_routes.append((unit, Handler(route, frozenset({match[1]}), method, "")))
    yield from unguarded.report(open_routes, declared, asked, "resource of this service")


# --- Azure Functions ---------------------------------------------------------------------------------------------

_TRIGGER = re.compile(r"@HttpTrigger\(")
_ASKS = re.compile(
    r"(?i)authoriz(?!ationlevel)|authenticat|x-ms-client-principal|signature|hmac|\b40[13]\b|unauthorized|forbidden|verify|validate\w*token|principal"
)


@whole("unguarded-route", "java")
def functions(project: Project, declared: Mapping[str, object]) -> Iterable[tuple[Unit, int, Saw]]:
    """Azure Functions in Java that take requests of everybody and ask nobody who calls."""
    open_routes: list[tuple[Unit, Handler]] = []
    for unit in project.production("java"):
        for match in islice(unit.finditer(_TRIGGER), MAX_HANDLERS) if "HttpTrigger" in unit.text else ():
            end = textual.closing(unit.text, match.end() - 1, MAX_CALL)
            trigger = unit.text[match.start() : end]
            at = trigger.find("AuthorizationLevel.ANONYMOUS")
            if at < 0:
                continue
            named = re.findall(r"@FunctionName\(\s*\"?([^\")]*)", unit.text[: match.start()])
            route = re.search(r"route\s*=\s*\"([^\"\n]*)\"", trigger)
            path = "/" + (route[1] if route else named[-1] if named else "").strip("/")
            opening = unit.text.find("{", end)
            body = unit.text[opening : textual.closing(unit.text, opening, 4 * MAX_CALL)] if opening >= 0 else ""
            if not PUBLIC.search(path) and not _ASKS.search(body) and not re.search(r"(?i)negotiate|webhook", path):
                open_routes.append((unit, Handler(path, frozenset(), unit.line_of(match.start() + at), "")))
    yield from unguarded.report(open_routes, declared, True, "function of this application")
