"""Routes that nothing authenticates, in Java: what Spring Security lets in, JAX-RS resources, Azure Functions.

Heuristics, as in `unguarded`; only a route of sensitive name that is let in is named, never one public by nature.
"""

from __future__ import annotations

import re
from collections import defaultdict
from itertools import islice
from typing import TYPE_CHECKING

from ztcheck.collectors.source import textual
from ztcheck.collectors.source.checks import unguarded
from ztcheck.collectors.source.checks.routes import PUBLIC
from ztcheck.collectors.source.checks.unguarded import CHANGES, asks_before, java_guard, module_of
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
def let_in(fact: Fact, unit: Unit) -> Saw | None:
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
    changes = re.search(r"HttpMethod\.(?:PUT|PATCH|DELETE)\b", given)
    routes = _routes(given)
    kept = re.fullmatch(r"\(\s*(?:HttpMethod\.\w+\s*,\s*)?(\w+)\s*\)", given) if not routes else None
    listed = kept and re.search(
        rf"\b{kept[1]}\b\s*=\s*(?:new\s+String\s*\[\s*\]\s*)?(?:\{{|List\.of\(|Arrays\.asList\()[^;]*;", unit.text
    )
    if listed:
        routes = _routes(listed[0])
    named = next(
        (route for route in routes if (changes or _SENSITIVE.search(route)) and not _ASSETS.search(route)), None
    )
    if named is None:
        return None
    if listed:
        line = unit.line_of(listed.start() + listed[0].find(f'"{named}"'))
    else:
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

_VERB = re.compile(r"(?m)^[ \t]*@(GET|POST|PUT|PATCH|DELETE)\b[ \t]*(?=$|@Path\()")
_GUARDED = re.compile(
    r"@\w*(?:Role|Auth|Permit|Deny|Secur|Require|Claim|Scope|Permission|Protect|Login|Token)\w*\b|SecurityContext\b|\bJsonWebToken\b"
)
_STANDS_BEFORE = re.compile(
    r"quarkus\.http\.auth\.permission|<security-constraint>|@LoginConfig|HttpAuthenticationMechanism|"
    r"quarkus\.security\.jaxrs\.deny|default-roles-allowed|micronaut-security|dropwizard-auth|HttpSecurity|keycloak|shiro|pac4j"
)


@whole("unguarded-route", "java")
def resources(project: Project, declared: Mapping[str, object]) -> Iterable[tuple[Unit, int, Saw]]:
    """Resources of JAX-RS that nothing stands before."""
    units = [unit for unit in project.production("java") if unit.search(r"@Path\(") and unit.search(_VERB)]
    if not units or any(
        unit.search(_STANDS_BEFORE) or asks_before(unit) for unit in project.production("java", "text", "settings")
    ):
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
                or bool(_GUARDED.search(signature.replace("@PermitAll", "") if match[1] in CHANGES else signature))
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


# --- servlets ----------------------------------------------------------------------------------------------------

_SERVLET_AT = re.compile(
    r"@WebServlet\(\s*(?:[^)\"]*?(?:value|urlPatterns)\s*=\s*)?\{?\s*\"([^\"\n]*)\"|\bclass\s+(\w+)\s+extends\s+HttpServlet\b"
)
_SERVLET_ASKS = re.compile(
    r"(?i)getSession|principal|isUserInRole|getRemoteUser|authenticate|authori[sz]|verify\w*token|validate\w*token|current_?user|is_?logged|\b40[13]\b|SC_UNAUTHORIZED|SC_FORBIDDEN|"
    r"signature|getCookies|check_?(?:session|login|auth)|session\b"
)
_SERVLET_DATA = re.compile(
    r"(?i)\b\w*(?:dao|repositor\w*|service|mapper|manager|statement|entityManager|jdbcTemplate)\w*\s*\.\s*\w+\(|executeQuery|executeUpdate|prepareStatement|Files\.(?:write|copy|delete)|getRuntime\("
)
_SERVLET_CHANGES = re.compile(
    r"(?i)\.(?:\w*(?:save|insert|update|delete|remove|create|persist|merge|add)\w*)\(|executeUpdate|\bupdate\s+\w+\s+set\b|\bdelete\s+from\b|\binsert\s+into\b"
)
_OPEN_SERVLET = re.compile(
    r"(?i)log|sign|regist|captcha|index|home|contact|search|list|product|catalog|image|static|error|health|callback|auth|verify|forgot|reset|password|init|encoding"
)


@whole("unguarded-route", "java")
def servlets(project: Project, declared: Mapping[str, object]) -> Iterable[tuple[Unit, int, Saw]]:
    """Servlets that change something and ask nobody who calls, in an application where people sign in."""
    units = [unit for unit in project.production("java") if unit.search(r"extends\s+HttpServlet\b")]
    if not units:
        return
    guards = {
        module_of(project, unit)
        for unit in project.production("java", "text", "settings")
        if java_guard(unit) or unit.search(r"<security-constraint>|@ServletSecurity")
    }
    sessions = {
        module_of(project, unit)
        for unit in project.production("java")
        if unit.search(r"getSession\(|[lL]ogin|getUserPrincipal")
    }
    open_routes: list[tuple[Unit, Handler]] = []
    for unit in units:
        module = module_of(project, unit)
        head = unit.search(_SERVLET_AT)
        name = (head[1] or head[2] or "") if head else ""
        if module in guards or module not in sessions or _OPEN_SERVLET.search(name + unit.path.rsplit("/", 1)[-1]):
            continue
        if _SERVLET_ASKS.search(unit.text) or not unit.search(_SERVLET_DATA):
            continue
        for handler in unit.handlers:
            body = handler.body(unit)
            if not handler.route and handler.first and _SERVLET_CHANGES.search(body):
                route = name if name.startswith("/") else f"/{name}"
                open_routes.append((unit, Handler(route, handler.methods, handler.line, "")))
    yield from unguarded.report(open_routes, declared, True, "servlet of this application")


# --- Javalin, Spark, Vert.x, Micronaut, functional routes ---------------------------------------------------------

_VERBS = r"(?P<verb>get|post|put|patch|delete)"
_PATH = r"\(\s*\"(?P<route>/[^\"\n]*)\""
# What marks files of a framework, how its routes are written, and what stands before all of them.
_FRAMEWORKS: tuple[tuple[re.Pattern[str], re.Pattern[str], re.Pattern[str]], ...] = (
    (
        re.compile(r"\bio\.javalin\b"),
        re.compile(
            rf"(?<![\w.])(?:(?:\w+\.)?(?:app|javalin|server|routes|config\.routes))?\.?(?<![\w])\b{_VERBS}{_PATH}\s*,"
        ),
        re.compile(
            r"(?i)accessManager|beforeMatched\(|AccessManager|JavalinJWT|\.before\([^;]{0,600}(?:auth|token|session|40[13])|handleAccess|Role\b"
        ),
    ),
    (
        re.compile(r"\bspark\.(?:Spark|Service|Request)\b"),
        re.compile(rf"(?m)(?<![\w.])(?:Spark\.|http\.|service\.)?{_VERBS}{_PATH}\s*,"),
        re.compile(r"(?i)\bbefore\([^;]{0,600}(?:auth|token|session|halt|40[13])|pac4j|SecurityFilter"),
    ),
    (
        re.compile(r"\bio\.vertx\.(?:ext|rxjava3?|reactivex|mutiny)\S*\.?web\b"),
        re.compile(rf"\.{_VERBS}{_PATH}\s*\)\s*\."),
        re.compile(
            r"AuthHandler|AuthenticationHandler|AuthorizationHandler|JWTAuth|OAuth2Auth|(?i:check\w*(?:auth|token|session)|authenticate\w*\()"
        ),
    ),
    (
        re.compile(r"\bRouterFunctions?\b"),
        re.compile(r"(?<![\w])(?P<verb>GET|POST|PUT|PATCH|DELETE)\(\s*\"(?P<route>/[^\"\n]*)\""),
        re.compile(r"HandlerFilterFunction|\.filter\([^;]{0,200}(?i:auth|token)|\bWebFilter\b"),
    ),
    (
        re.compile(r"\bio\.micronaut\.http\.annotation\b"),
        re.compile(
            r"(?m)^[ \t]*@(?P<verb>Get|Post|Put|Patch|Delete)\b(?:\(\s*(?:(?:uri|value)\s*=\s*)?\"(?P<route>[^\"\n]*)\")?"
        ),
        re.compile(r"micronaut-security|io\.micronaut\.security|HttpServerFilter|@ServerFilter"),
    ),
    (
        re.compile(r"@MutationMapping\b"),
        re.compile(r"@(?P<verb>Mutation)Mapping\b(?:\(\s*(?:name\s*=\s*)?\"(?P<route>[^\"\n]*)\")?"),
        re.compile(r"WebGraphQlInterceptor|ReactiveSecurityContextHolder"),
    ),
)


@whole("unguarded-route", "java")
def embedded(project: Project, declared: Mapping[str, object]) -> Iterable[tuple[Unit, int, Saw]]:
    """Routes of frameworks that are no Spring controllers, where nothing of the application asks who calls."""
    for marks, pattern, before in _FRAMEWORKS:
        units = [unit for unit in project.production("java") if unit.search(marks)]
        if not units:
            continue
        guards = {
            module_of(project, unit)
            for unit in project.production("java", "text", "settings")
            if unit.search(before) or java_guard(unit)
        }
        found: dict[str, list[tuple[Unit, Handler]]] = defaultdict(list)
        for unit in units:
            module = module_of(project, unit)
            if module in guards or not unit.search(pattern):
                continue
            prefix = (
                unit.search(r"@Controller\(\s*(?:value\s*=\s*)?\"([^\"\n]*)\"") if "micronaut" in unit.text else None
            )
            if "micronaut" in marks.pattern and (prefix is None and not unit.search(r"@Controller\b")):
                continue  # a client, which is written alike
            for match in islice(unit.finditer(pattern), MAX_HANDLERS):
                line = unit.line_of(match.start("verb"))
                route = "/" + "/".join(
                    part.strip("/") for part in (prefix[1] if prefix else "", match["route"] or "") if part.strip("/")
                )
                if match["verb"] == "Mutation":
                    route = "/graphql" + route
                statement = unit.text[match.start() : match.start() + 600].split(";")[0]
                if not unit.commented(line) and not PUBLIC.search(route) and not _SERVLET_ASKS.search(statement):
                    found[module].append((unit, Handler(route, frozenset({match["verb"].upper()}), line, "")))
        for open_routes in found.values():
            if any(handler.methods - {"GET"} for _, handler in open_routes):
                yield from unguarded.report(open_routes, declared, False, "route of this service")


_ANONYMOUS = re.compile(r"@Secured\(\s*(?:\{\s*)?(?:SecurityRule\.IS_ANONYMOUS|\"isAnonymous\(\)\")")


@whole("unguarded-route", "java")
def anonymous_of_micronaut(project: Project, declared: Mapping[str, object]) -> Iterable[tuple[Unit, int, Saw]]:  # noqa: ARG001
    """A controller or method of Micronaut that changes something and says that everybody may."""
    for unit in project.production("java"):
        for match in unit.finditer(_ANONYMOUS):
            line = unit.line_of(match.start())
            rest = unit.text[match.end() :]
            of_class = re.match(r"[^;{]*\bclass\s+(\w+)", rest)
            scope = rest if of_class else rest[: rest.find("{") + 1] + "\n".join(unit.lines[max(0, line - 4) : line])
            changes = re.search(r"@(?:Put|Patch|Delete)\b", scope)
            if changes and not unit.commented(line) and not PUBLIC.search("/" + (of_class[1] if of_class else "x/y")):
                yield unit, line, Saw("refutes", "everybody may change what it serves", "heuristic")


@whole("unguarded-route", "java")
def exported_repositories(project: Project, declared: Mapping[str, object]) -> Iterable[tuple[Unit, int, Saw]]:  # noqa: ARG001
    """Repositories that Spring Data REST serves, in a service that nothing stands before."""
    units = [unit for unit in project.production("java") if unit.search(r"@(?:RepositoryRestResource|RestResource)\b")]
    if not units:
        return
    guards = {module_of(project, unit) for unit in project.production("java", "text", "settings") if java_guard(unit)}
    for unit in units:
        match = unit.search(r"@RepositoryRestResource\b(?!\([^)]*exported\s*=\s*false)")
        if match and module_of(project, unit) not in guards:
            yield (
                unit,
                unit.line_of(match.start()),
                Saw("refutes", "the records of a repository are served to everybody", "heuristic"),
            )
