"""Routes that nothing authenticates, of frameworks that find them by decorators, by the names of files or by objects:
NestJS, Next.js, Azure Functions, Hapi, tRPC.

Heuristics, as in `unguarded`: a route is named only where no guard is seen around it, above it and in its handler.
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
from ztcheck.collectors.source.handlers import MAX_CALL, MAX_HANDLERS, Handler
from ztcheck.collectors.source.model import Saw
from ztcheck.collectors.source.registry import whole

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from ztcheck.collectors.source.model import Project, Unit

MAX_BODY = 4000  # characters of a handler that are read
_Found = tuple[list[tuple["Unit", Handler]], list[bool]]


def _reported(
    roots: Mapping[str, _Found], declared: Mapping[str, object], what: str
) -> Iterator[tuple[Unit, int, Saw]]:
    for open_routes, seen_guard in roots.values():
        yield from unguarded.report(open_routes, declared, any(seen_guard), what)


# --- NestJS ------------------------------------------------------------------------------------------------------

# A guard that lets in who has signed in, by its name; one that counts requests or compares a form's token does not.
_LETS_IN = re.compile(
    r"(?i)auth(?!or(?:s|\b))|jwt|session|token|bearer|roles?|permission|admin|owner|api_?key|basic|protect|signature|webhook|policy|policies|ability|acl|"
    r"account|member|user"
)
_COUNTS = re.compile(r"(?i)throttl|csrf|xsrf|rate|enabled|impersonat|feature|maintenance")
_GUARDS = re.compile(
    r"@UseGuards\(|@\w*(?:Auth|Guard|Role|Permission|Protect|Secured|Login|Acl|Policies|Require|Scope)\w*\b"
)
_SAYS_PUBLIC = re.compile(
    r"@(?:\w*Public\w*|Skip\w*(?:Auth|Guard|Jwt)\w*|AllowAnonymous|NoAuth\w*|Unprotected|IsPublic)\b"
)
_ASKS_WHO = re.compile(r"@\w*(?:User|Auth|Session|Account|Member|Principal|Token|Signature|Headers?)\w*\(")
_NEST_ROUTE = re.compile(r"@(Get|Post|Put|Patch|Delete|All)\(")
_GLOBAL = re.compile(
    r"\bAPP_GUARD\b[^{}]{0,80}use(?:Class|Existing|Factory)\s*:\s*([\w.]+)|\buseGlobalGuards\(\s*(?:new\s+)?([\w.]+)"
)


@dataclass(frozen=True, slots=True)
class _Decorators:
    """Decorators that stand together: their text, where they begin and where what they decorate begins."""

    text: str
    start: int
    end: int


def _guards(text: str) -> bool:
    """Whether decorators name a guard that lets in who has signed in."""
    for match in _GUARDS.finditer(text):
        if match[0] != "@UseGuards(":
            return True
        given = text[match.end() : textual.closing(text, match.end() - 1, MAX_CALL)]
        if any(_LETS_IN.search(name) and not _COUNTS.search(name) for name in textual.split(given)):
            return True
    return False


def _decorated(text: str) -> Iterator[_Decorators]:
    position = 0
    first = re.compile(r"(?m)^[ \t]*@[A-Z]")
    while (match := first.search(text, position)) is not None:
        start = position = match.end() - 2
        while (one := re.compile(r"@[\w.]+").match(text, position)) is not None:
            position = one.end()
            if text[position : position + 1] == "(":
                position = textual.closing(text, position, MAX_CALL) + 1
            rest = re.compile(r"(?:\s|//[^\n]*\n|/\*.{0,2000}?\*/)*", re.S).match(text, position)
            position = rest.end() if rest else position
        yield _Decorators(text[start:position], start, position)
        position = max(position, match.end())


@whole("unguarded-route", "javascript")
def nest_routes(project: Project, declared: Mapping[str, object]) -> Iterable[tuple[Unit, int, Saw]]:
    """Routes of NestJS that no guard of their own, of their controller or of the application covers."""
    units = list(project.production("javascript"))
    if not any(unit.search(r"@Controller\(") for unit in units):
        return
    covered = {
        unguarded.root_of(project, unit.path, ("package.json",))
        for unit in units
        for match in unit.finditer(_GLOBAL)
        if _LETS_IN.search(match[1] or match[2]) and not _COUNTS.search(match[1] or match[2])
    }
    roots: dict[str, _Found] = defaultdict(lambda: ([], []))
    for unit in units:
        root = unguarded.root_of(project, unit.path, ("package.json",))
        if root not in covered and unit.search(r"@Controller\("):
            open_routes, seen_guard = roots[root]
            for guarded, handler in _nest(unit):
                seen_guard.append(guarded)
                if not guarded and not PUBLIC.search(handler.route):
                    open_routes.append((unit, handler))
    yield from _reported(roots, declared, "route of this application")


def _nest(unit: Unit) -> Iterator[tuple[bool, Handler]]:
    """The routes of the controllers of *unit*, with whether something authenticates who calls."""
    text = unit.text
    prefix, covered, controller = "", False, False
    for item in islice(_decorated(text), MAX_HANDLERS):
        after = text[item.end : item.end + 200]
        if re.match(r"(?:export\s+)?(?:default\s+)?(?:abstract\s+)?class\b", after):
            named = re.search(r"@Controller\((?:\s*\{[^}]*?path\s*:)?\s*[\"'`]([^\"'`]*)[\"'`]", item.text)
            prefix, covered, controller = named[1] if named else "", _guards(item.text), "@Controller(" in item.text
            continue
        route = _NEST_ROUTE.search(item.text)
        if route is None or not controller:
            continue
        path = re.match(r"\s*\[?\s*[\"'`]([^\"'`]*)[\"'`]", item.text[route.end() :])
        opening = text.find("(", item.end)
        if opening < 0:
            continue
        ends = textual.closing(text, opening, MAX_CALL)
        body = text.find("{", ends)
        last = textual.closing(text, body, MAX_BODY) if 0 <= body < ends + 300 else ends
        guarded = (
            covered
            or _guards(item.text)
            or bool(_SAYS_PUBLIC.search(item.text))
            or bool(_ASKS_WHO.search(text[opening:ends]))
            or bool(unguarded.CHECKS.search(text[ends:last]))
        )
        whole_route = "/" + "/".join(part.strip("/") for part in (prefix, path[1] if path else "") if part.strip("/"))
        line = unit.line_of(item.start + route.start())
        methods = frozenset({route[1].upper()} - {"ALL"})
        yield guarded, Handler(whole_route, methods, line, item.text, "", line, unit.line_of(last))


# --- Next.js -----------------------------------------------------------------------------------------------------

_APP_ROUTER = re.compile(r"(?:^|/)app(/.*|)/route\.[jt]sx?$")
_PAGES_ROUTER = re.compile(r"(?:^|/)pages(/api/.*)\.[jt]sx?$")
_PAGE_HANDLER = re.compile(
    r"(?m)^export\s+default\s+(?:async\s+)?function\b[^(\n]*\(|^(?:export\s+default\s+(?:async\s*)?\([^()]*\)\s*=>|(?:const|async\s+function|function)\s+handler\b)"
)
_ROUTE_HANDLER = re.compile(
    r"(?m)^export\s+(?:(?:async\s+)?function\s+(GET|POST|PUT|PATCH|DELETE)\s*\(|const\s+(GET|POST|PUT|PATCH|DELETE)\s*=\s*(?:async\s*)?\()"
)
# Words by which code of a route, or of what it calls, asks who calls.
_ASKS = re.compile(
    r"(?i)auth(?!or(?:s|\b)|enticity)|session|getuser|currentuser|\bverif|\btoken\b|gettoken|permission|signature|webhook|\bprotect|x-api-key|cron_secret|"
    r"\b40[13]\b|forbidden|constructEvent|hmac|captcha"
)
# A route that waits for nothing and reads nothing of the request answers everybody the same.
_DOES = re.compile(r"\bawait\b|\.then\(|\breq(?:uest)?\.(?!method\b)\w|=>\s*\w+\(")
_NEXT_PUBLIC = re.compile(
    r"(?i)/(?:webhooks?|cron|health\w*|ping|status|og|rss|sitemap|hello|preview|revalidate)(?:/|$)"
)


@whole("unguarded-route", "javascript")
def next_routes(project: Project, declared: Mapping[str, object]) -> Iterable[tuple[Unit, int, Saw]]:
    """Routes of Next.js, of its app and of its pages router, that neither they nor a middleware covers."""
    units = list(project.production("javascript"))
    routed = [unit for unit in units if _APP_ROUTER.search(unit.path) or _PAGES_ROUTER.search(unit.path)]
    if not routed or not any(
        unit.search(r"from\s+[\"']next(?:[-/][\w/-]+)?[\"']|NextRequest|NextApiRequest|\bRe(?:quest|sponse)\b")
        for unit in routed
    ):
        return
    covered = {
        unguarded.root_of(project, unit.path, ("package.json",))
        for unit in units
        if re.search(r"(?:^|/)(?:middleware|proxy)\.[jt]s$", unit.path) and _covers_routes(unit)
    }
    definitions = unguarded.Definitions(units, unguarded.DEFINED)
    roots: dict[str, _Found] = defaultdict(lambda: ([], []))
    for unit in routed:
        root = unguarded.root_of(project, unit.path, ("package.json",))
        if root in covered:
            continue
        open_routes, seen_guard = roots[root]
        handler = _next(unit)
        if handler is not None:
            code = _code(unit)
            guarded = bool(_ASKS.search(code)) or _asks_elsewhere(unit, definitions)
            seen_guard.append(guarded)
            if (
                not guarded
                and _DOES.search(code)
                and not PUBLIC.search(handler.route)
                and not _NEXT_PUBLIC.search(handler.route)
            ):
                open_routes.append((unit, handler))
    yield from _reported(roots, declared, "route of this application")


def _covers_routes(unit: Unit) -> bool:
    """Whether a middleware asks who calls, and runs before the routes of the API too."""
    matcher = re.search(r"\bmatcher\s*:\s*(\[[^\]]*\]|[\"'`][^\"'`\n]*[\"'`])", unit.text)
    if matcher and (
        re.search(r"\(\?![^)]*\bapi(?![\w/])", matcher[1]) or ("/api" not in matcher[1] and "(?!" not in matcher[1])
    ):
        return False
    return bool(
        re.search(
            r"(?i)getToken|withAuth|\bauth\(|clerkMiddleware|getSession|verify|updateSession|authenticat", unit.text
        )
    )


def _next(unit: Unit) -> Handler | None:
    """The first handler of a file that is a route."""
    route = _APP_ROUTER.search(unit.path)
    pages = _PAGES_ROUTER.search(unit.path)
    match = next(unit.finditer(_ROUTE_HANDLER if route else _PAGE_HANDLER), None)
    if match is None:
        return None
    line = unit.line_of(match.start())
    if route:
        return Handler(route[1], frozenset({match[1] or match[2]}), line, "", "", line, len(unit.lines))
    return Handler(re.sub(r"/index$", "", pages[1] if pages else ""), frozenset(), line, "", "", line, len(unit.lines))


def _code(unit: Unit) -> str:
    """The text of *unit* without comments and imports of packages, whose names say nothing of what runs."""
    return re.sub(
        r"(?m)^import\s[^;'\"]*from\s+[\"'][^.@~][^\"'\n]*[\"'];?$|/\*[\s\S]*?\*/|(?<!:)//[^\n]*", "", unit.text
    )


def _asks_elsewhere(unit: Unit, definitions: unguarded.Definitions) -> bool:
    """Whether a function of the product that the route calls asks who calls."""
    names = dict.fromkeys(re.findall(r"(?<![\w.$])([A-Za-z_$][\w$]*)\(", _code(unit)))
    for name in list(names)[:20]:
        module = unguarded.imported(unit, name)
        ours = module and re.match(r"[.~]|@/|src/|lib/|models?/|server/|utils?/", module)
        if ours and any(_ASKS.search(body) for body in definitions.bodies(name)):
            return True
    return False


# --- Azure Functions, Hapi ---------------------------------------------------------------------------------------

_FUNCTION = re.compile(r"\bapp\.(http|get|post|put|patch|deleteRequest)\(\s*([\"'`])([^\"'`\n]*)\2\s*,")
_NAMED_PUBLIC = re.compile(
    r"(?i)login|logout|regist|sign_?(?:in|up|out)|token|auth|password|health|web_?hook|callback|\bmessages$|ping|status|version|warm_?up|negotiate|subscri"
)
_TRIGGER = re.compile(r"(?i)\"authLevel\"\s*:\s*\"anonymous\"")


@whole("unguarded-route", "javascript")
def functions_of_code(project: Project, declared: Mapping[str, object]) -> Iterable[tuple[Unit, int, Saw]]:  # noqa: ARG001
    """Azure Functions (model 4 of Node.js) that anybody may call, and that ask nobody who they are."""
    units = [unit for unit in project.production("javascript") if "@azure/functions" in unit.text]
    if not units:
        return
    definitions = unguarded.Definitions(list(project.production("javascript")), unguarded.DEFINED)
    for unit in units:
        for match in islice(unit.finditer(_FUNCTION), MAX_HANDLERS):
            opening = unit.text.index("(", match.start())
            given = unit.text[match.end() : textual.closing(unit.text, opening, MAX_CALL)]
            level = re.search(r"\bauthLevel\s*:\s*[\"'`](\w+)", given)
            route = re.search(r"\broute\s*:\s*[\"'`]([^\"'`]*)", given)
            names = f"/{route[1]}" if route else f"/{match[3]}"
            # The library's default is anonymous (Node.js developer guide, HTTP trigger).
            if (level and level[1].lower() != "anonymous") or PUBLIC.search(names) or _NAMED_PUBLIC.search(names):
                continue
            handler = re.search(r"\bhandler\s*(?::\s*([\w.]+))?\s*(?:,|\}|$)", given)
            named = (handler[1] or "handler").rsplit(".", 1)[-1] if handler else None
            plain = re.fullmatch(r"\s*(\w+)\s*", given)  # app.get("name", handler)
            if level is None and not plain and "handler" not in given and "=>" not in given:
                continue
            named = plain[1] if plain else named
            bodies = list(definitions.bodies(named, unit.path)) if named else []
            code = "\n".join([given, *bodies])
            if not unguarded.CHECKS.search(code) and not definitions.check(_called(code), unit, project):
                message = f"no authentication is in sight for {names}"
                yield unit, unit.line_of(match.start()), Saw("refutes", message, "heuristic", subject=names)


def _called(code: str) -> str:
    """The names that *code* hands its request to, as a list of arguments."""
    found = re.findall(r"(?<![\w.$])([A-Za-z_$][\w$]*)\((?=[^()\n]*\b(?:req|request|headers|context)\b)", code)
    return ", ".join(dict.fromkeys(name for name in found if name not in ("function", "async", "if", "return")))


@whole("unguarded-route", "javascript", "python")
def functions_of_files(project: Project, declared: Mapping[str, object]) -> Iterable[tuple[Unit, int, Saw]]:  # noqa: ARG001
    """Azure Functions whose function.json lets anybody call them, and whose code asks nobody who they are."""
    for unit in project.production("settings"):
        match = _TRIGGER.search(unit.text) if unit.path.endswith("function.json") else None
        if match is None or "httpTrigger" not in unit.text:
            continue
        folder = unit.path.rpartition("/")[0]
        route = re.search(r"\"route\"\s*:\s*\"([^\"]*)\"", unit.text)
        names = f"/{route[1] if route else folder.rpartition('/')[2]}"
        code = [
            other.text
            for other in project.production("javascript", "python")
            if other.path.startswith(folder + "/") and other.path.count("/") == unit.path.count("/")
        ]
        asks = any(unguarded.CHECKS.search(text) or _ASKS.search(text) or "ClientPrincipal" in text for text in code)
        if code and not asks and not PUBLIC.search(names) and not _NAMED_PUBLIC.search(names):
            message = f"no authentication is in sight for {names}"
            yield unit, unit.line_of(match.start()), Saw("refutes", message, "heuristic", subject=names)


_HAPI_ROUTE = re.compile(
    r"\bmethod\s*:\s*(?:\[[^\]\n]*\]|[\"'`][\w*]+[\"'`])\s*,\s*(?:path|url)\s*:\s*[\"'`](/[^\"'`\n]*)[\"'`]"
)


@whole("unguarded-route", "javascript")
def object_routes(project: Project, declared: Mapping[str, object]) -> Iterable[tuple[Unit, int, Saw]]:
    """Routes of Hapi and Fastify that are objects, which neither they nor a default of the server covers."""
    units = [
        unit
        for unit in project.production("javascript")
        if unit.search(_HAPI_ROUTE) and unit.search(r"hapi|fastify|\bserver\.route\(")
    ]
    if not units:
        return
    everything = list(project.production("javascript"))
    definitions = unguarded.Definitions(everything, unguarded.DEFINED)
    default = any(
        unit.search(r"\.auth\.default\(|addHook\(\s*[\"'](?:onRequest|preHandler)[\"']\s*,[^\n]*(?i:auth|verify|jwt)")
        for unit in everything
    )
    roots: dict[str, _Found] = defaultdict(lambda: ([], []))
    for unit in units:
        open_routes, seen_guard = roots[unguarded.root_of(project, unit.path, ("package.json",))]
        for match in islice(unit.finditer(_HAPI_ROUTE), MAX_HANDLERS):
            start = unit.text.rfind("{", 0, match.start())
            given = unit.text[start : textual.closing(unit.text, start, MAX_CALL)] if start >= 0 else ""
            off = re.search(r"\bauth\s*:\s*(?:false|null|\{[^}]*mode\s*:\s*[\"']try)", given)
            own = re.search(
                r"\bauth\s*:\s*(?!false|null)|(?:preHandler|onRequest|preValidation|pre)\s*:\s*[^\n]*(?i:auth|verify|jwt|guard|session|permission)",
                given,
            )
            handler = re.search(r"\bhandler\s*:\s*([\w.]+)\s*[,}\n]", given)
            bodies = list(definitions.bodies(handler[1].rsplit(".", 1)[-1], unit.path)) if handler else []
            guarded = (bool(own) or default) and not off
            checks = any(unguarded.CHECKS.search(text) for text in [re.sub(r"\bauth\s*:\s*\w+", "", given), *bodies])
            seen_guard.append(guarded)
            if guarded or checks or PUBLIC.search(match[1]) or unit.commented(unit.line_of(match.start())):
                continue
            line = unit.line_of(match.start())
            open_routes.append((unit, Handler(match[1], frozenset(), line, "", "", line, line)))
    yield from _reported(roots, declared, "route of this application")


# --- tRPC --------------------------------------------------------------------------------------------------------

_PROCEDURE = re.compile(r"\b(\w+)\s*:\s*(?:public|base|open|unprotected|t\.)[pP]rocedure\b")


@whole("unguarded-route", "javascript")
def procedures(project: Project, declared: Mapping[str, object]) -> Iterable[tuple[Unit, int, Saw]]:
    """Public procedures of tRPC that change something, where others ask for a session."""
    units = [unit for unit in project.production("javascript") if "rocedure" in unit.text]
    if not any(unit.search(r"\b(?:protected|private|authed|authenticated|admin|user)\w*Procedure\b") for unit in units):
        return
    open_routes: list[tuple[Unit, Handler]] = []
    for unit in units:
        starts = list(islice(unit.finditer(_PROCEDURE), MAX_HANDLERS))
        for match in starts:
            following = re.search(r"\n\s*\w+\s*:\s*\w*[pP]rocedure\b", unit.text[match.end() : match.end() + MAX_BODY])
            text = unit.text[match.start() : match.end() + (following.start() if following else MAX_BODY)]
            if (
                ".mutation(" not in text
                or unguarded.CHECKS.search(text)
                or _NAMED_PUBLIC.search(match[1])
                or PUBLIC.search("/" + match[1])
            ):
                continue
            line = unit.line_of(match.start())
            open_routes.append((unit, Handler(match[1], frozenset({"POST"}), line, "", "", line, line)))
    yield from unguarded.report(open_routes, declared, True, "procedure of this application")
