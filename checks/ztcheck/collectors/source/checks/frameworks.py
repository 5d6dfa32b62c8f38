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
        yield from unguarded.report(open_routes, declared, any(seen_guard), what, unguarded.FILES)


# --- NestJS ------------------------------------------------------------------------------------------------------

# A guard that lets in who has signed in, by its name; one that counts requests or compares a form's token does not.
_LETS_IN = re.compile(
    r"(?i)auth(?!or(?:s|\b))|jwt|session|token|bearer|roles?|permission|admin|owner|api_?key|basic|protect|signature|webhook|policy|policies|ability|acl|"
    r"account|member|user"
)
_COUNTS = re.compile(r"(?i)throttl|csrf|xsrf|rate|enabled|impersonat|feature|maintenance")
_GUARDS = re.compile(
    r"@UseGuards\(|@\w*(?:Auth|Guard|Role|Permission|Protect|Secured|Security|Login|Acl|Policies|Require|Scope)\w*\b"
)
_SAYS_PUBLIC = re.compile(
    r"@(?:\w*Public\w*|Skip\w*(?:Auth|Guard|Jwt)\w*|AllowAnonymous|NoAuth\w*|Unprotected|IsPublic)\b"
)
_ASKS_WHO = re.compile(r"@\w*(?:User|Auth|Session|Account|Member|Principal|Token|Signature|Headers?)\w*\(")
_NEST_ROUTE = re.compile(r"@(Get|Post|Put|Patch|Delete|All|Mutation)\(")
_ROUTED_CLASS = re.compile(r"@(?:Controller|Resolver|JsonController|Route)\(")
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
    if not any(unit.search(_ROUTED_CLASS) for unit in units):
        return
    covered = {
        unguarded.root_of(project, unit.path, ("package.json",))
        for unit in units
        for match in unit.finditer(_GLOBAL)
        if _LETS_IN.search(match[1] or match[2]) and not _COUNTS.search(match[1] or match[2])
    }
    covered |= {
        unguarded.root_of(project, unit.path, ("package.json",))
        for unit in units
        for match in unit.finditer(r"\.apply\(([^()]*)\)[^;]{0,400}\.forRoutes\(")
        if _LETS_IN.search(match[1]) and not _COUNTS.search(match[1])
    }
    roots: dict[str, _Found] = defaultdict(lambda: ([], []))
    for unit in units:
        root = unguarded.root_of(project, unit.path, ("package.json",))
        if root not in covered and unit.search(_ROUTED_CLASS):
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
            named = re.search(
                r"@(?:(?:Json)?Controller|Route)\((?:\s*\{[^}]*?path\s*:)?\s*[\"'`]([^\"'`]*)[\"'`]", item.text
            )
            prefix, covered, controller = (
                named[1] if named else "",
                _guards(item.text),
                bool(_ROUTED_CLASS.search(item.text)),
            )
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
        if route[1] == "Mutation":
            named = re.match(r"\s*(?:async\s+)?(\w+)\s*\(", text[item.end :])
            path = named if named and not _NAMED_PUBLIC.search(named[1]) else re.match("(login)", "login")
        whole_route = "/" + "/".join(part.strip("/") for part in (prefix, path[1] if path else "") if part.strip("/"))
        line = unit.line_of(item.start + route.start())
        methods = frozenset({route[1].upper().replace("MUTATION", "POST")} - {"ALL"})
        yield guarded, Handler(whole_route, methods, line, item.text, "", line, unit.line_of(last))


# --- Next.js -----------------------------------------------------------------------------------------------------

_APP_ROUTER = re.compile(r"(?:^|/)app(/.*|)/route\.[jt]sx?$|(?:^|/)routes(/.*|)/\+server\.[jt]s$")
_PAGES_ROUTER = re.compile(r"(?:^|/)pages(/api/.*)\.[jt]sx?$|(?:^|/)server(/(?:api|routes)/.*)\.[jt]s$")
_PAGE_HANDLER = re.compile(
    r"(?m)^export\s+default\s+(?:async\s+)?function\b[^(\n]*\(|^(?:export\s+default\s+(?:async\s*)?\([^()]*\)\s*=>|(?:const|async\s+function|function)\s+handler\b)"
    r"|^export\s+default\s+(?:defineEventHandler|eventHandler|cachedEventHandler)\("
)
_ROUTE_HANDLER = re.compile(
    r"(?m)^export\s+(?:(?:async\s+)?function\s+(GET|POST|PUT|PATCH|DELETE)\s*\(|const\s+(GET|POST|PUT|PATCH|DELETE)\s*(?::\s*[\w<>.]+\s*)?=\s*(?:async\s*)?(?:\(|function\b))"
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


_FILE_FRAMEWORK = re.compile(
    r"from\s+[\"'](?:next(?:[-/][\w/-]+)?|@sveltejs/kit)[\"']|NextRequest|NextApiRequest|\bRe(?:quest|sponse)\b|[eE]ventHandler\("
)
_BEFORE_FILES = re.compile(r"(?:^|/)(?:middleware|proxy|hooks\.server)\.[jt]s$|(?:^|/)server/middleware/[^/]+\.[jt]s$")


@whole("unguarded-route", "javascript")
def file_routes(project: Project, declared: Mapping[str, object]) -> Iterable[tuple[Unit, int, Saw]]:
    """Routes of Next.js, of its app and of its pages router, of SvelteKit and of Nuxt that neither they nor a
    middleware covers."""
    units = list(project.production("javascript"))
    routed = [unit for unit in units if _APP_ROUTER.search(unit.path) or _PAGES_ROUTER.search(unit.path)]
    if not routed or not any(unit.search(_FILE_FRAMEWORK) for unit in routed):
        return
    covered = {
        unguarded.root_of(project, unit.path, ("package.json",))
        for unit in units
        if _BEFORE_FILES.search(unit.path) and _covers_routes(unit)
    }
    definitions = unguarded.Definitions(units, unguarded.DEFINED)
    roots: dict[str, _Found] = defaultdict(lambda: ([], []))
    for unit in routed:
        root = unguarded.root_of(project, unit.path, ("package.json",))
        if root in covered:
            continue
        open_routes, seen_guard = roots[root]
        code = _code(unit)
        asks = bool(_ASKS.search(code)) or _asks_elsewhere(unit, code, definitions)
        for handler, text in _file_handlers(unit):
            own = text if asks and handler.methods else code  # where some of a file's handlers ask, each is read alone
            guarded = asks and (
                own is code
                or bool(_ASKS.search(own))
                or _asks_elsewhere(unit, own, definitions)
                or any(_ASKS.search(body) for name in _calls(own) for body in definitions.bodies(name, unit.path))
            )
            seen_guard.append(guarded)
            if (
                not guarded
                and _DOES.search(text)
                and not (asks and handler.methods <= {"GET"})
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
            r"(?i)getToken|withAuth|next-auth/middleware|\bauth\(|locals\.user|getUserSession|clerkMiddleware|getSession|verify|updateSession|authenticat",
            unit.text,
        )
    )


def _file_handlers(unit: Unit) -> Iterator[tuple[Handler, str]]:
    """The handlers of a file that is a route, with their texts."""
    route = _APP_ROUTER.search(unit.path)
    pages = _PAGES_ROUTER.search(unit.path)
    matches = list(unit.finditer(_ROUTE_HANDLER if route else _PAGE_HANDLER))
    code = _uncommented(unit.text)
    if route:
        for match in matches:
            line = unit.line_of(match.start())
            following = re.search(r"\nexport\b", unit.text[match.end() :])
            last = match.end() + following.start() if following else len(unit.text)
            methods = frozenset({match[1] or match[2]})
            text = _uncommented(unit.text[match.start() : last])
            yield Handler(route[1] or route[2] or "", methods, line, "", "", line, unit.line_of(last)), text
    elif pages and matches and (pages[1] or "ventHandler(" in matches[0][0]):
        line = unit.line_of(matches[0].start())
        path = re.sub(r"/index$|\.(?:get|post|put|patch|delete)$", "", pages[1] or pages[2] or "")
        yield Handler(path, frozenset(), line, "", "", line, len(unit.lines)), code


def _uncommented(text: str) -> str:
    return re.sub(r"/\*[\s\S]*?\*/|(?<!:)//[^\n]*", "", text)


def _calls(code: str) -> list[str]:
    """The names of the functions that *code* calls."""
    return list(dict.fromkeys(re.findall(r"(?<![\w.$])([A-Za-z_$][\w$]*)\(", code)))[:20]


def _code(unit: Unit) -> str:
    """The text of *unit* without comments and imports of packages, whose names say nothing of what runs."""
    return re.sub(
        r"(?m)^import\s[^;'\"]*from\s+[\"'][^.@~][^\"'\n]*[\"'];?$|/\*[\s\S]*?\*/|(?<!:)//[^\n]*", "", unit.text
    )


def _asks_elsewhere(unit: Unit, code: str, definitions: unguarded.Definitions) -> bool:
    """Whether a function of the product that *code*, a part of *unit*, calls asks who calls."""
    for name in _calls(code):
        module = unguarded.imported(unit, name)
        ours = module and re.match(r"[.~]|@/|\$lib|src/|lib/|models?/|server/|utils?/", module)
        if ours and any(_ASKS.search(body) for body in definitions.bodies(name)):
            return True
    return False


_ACTION = re.compile(r"(?m)^export\s+(?:async\s+function\s+(\w+)\s*\(|const\s+(\w+)\s*=\s*async\s*(?:\(|function\b))")
_CHANGES_DATA = re.compile(
    r"\.(?:create|update|delete|upsert|insert|remove|save|createMany|updateMany|deleteMany|insertOne|updateOne|deleteOne|findByIdAnd\w+)\(|"
    r"\b(?:INSERT INTO|DELETE FROM|UPDATE \w+ SET)\b"
)
_SIGNS_IN = re.compile(
    r"from\s+[\"'](?:next-auth|@clerk/|@auth/|@auth0/|iron-session|lucia|better-auth|@supabase/ssr|@kinde|(?:[@~.]{1,2}/)(?:[\w/]+/)?auth[\"'/])"
)


@whole("unguarded-route", "javascript")
def server_actions(project: Project, declared: Mapping[str, object]) -> Iterable[tuple[Unit, int, Saw]]:
    """Server actions, which anybody may call as a route, that change data and ask nobody who calls."""
    units = list(project.production("javascript"))
    acting = [unit for unit in units if unit.search(r"(?m)\A\s*(?://[^\n]*\s*)*[\"']use server[\"']")]
    if not acting or not any(unit.search(_SIGNS_IN) for unit in units):
        return
    definitions = unguarded.Definitions(units, unguarded.DEFINED)
    open_routes: list[tuple[Unit, Handler]] = []
    for unit in acting:
        for match in islice(unit.finditer(_ACTION), MAX_HANDLERS):
            name = match[1] or match[2]
            following = re.search(r"\n(?:export|async function|function|const)\b", unit.text[match.end() :])
            last = match.end() + following.start() if following else len(unit.text)
            text = _uncommented(unit.text[match.start() : last])
            asks = _ASKS.search(text.partition("(")[2]) or _asks_elsewhere(unit, text, definitions)
            asks = asks or any(
                _ASKS.search(body) for one in _calls(text) for body in definitions.bodies(one, unit.path)
            )
            if _CHANGES_DATA.search(text) and not asks and not _NAMED_PUBLIC.search(name):
                line = unit.line_of(match.start())
                handler = Handler(name, frozenset({"POST"}), line, "", "", line, unit.line_of(last))
                open_routes.append((unit, handler))
    yield from unguarded.report(open_routes, declared, True, "server action of this application")


# --- Azure Functions, Hapi ---------------------------------------------------------------------------------------

_FUNCTION = re.compile(r"\bapp\.(http|get|post|put|patch|deleteRequest)\(\s*([\"'`])([^\"'`\n]*)\2\s*,")
_NAMED_PUBLIC = re.compile(
    r"(?i)login|logout|regist|sign_?(?:in|up|out)|token|auth|password|contact|newsletter|feedback|health|web_?hook|callback|\bmessages$|ping|status|version|warm_?up|negotiate|subscri"
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
            if re.search(r"(?i)client-?principal", code):
                continue  # whom the platform signed in
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
        unit.search(
            r"\.auth\.default\(|addHook\(\s*[\"'](?:onRequest|preHandler|preValidation)[\"']\s*,[\s\S]{0,300}?(?i:auth|verify|jwt)"
        )
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


# --- actions of SvelteKit and Remix, resolvers of GraphQL --------------------------------------------------------

_ACTION_FILE = re.compile(r"(?:^|/)routes(/.*|)/\+page\.server\.[jt]s$|(?:^|/)app/routes/(.*)\.[jt]sx?$")
_FORM_ACTION = re.compile(r"(?m)^export\s+(?:const\s+(?:actions\b|action\s*[:=])|(?:async\s+)?function\s+action\s*\()")
_ONE_ACTION = re.compile(r"(?m)^[ \t]*(?:async\s+)?(\w+)\s*(?::\s*(?:async\s*)?\(|\([^()\n]*\)\s*\{)")
_WRITES = re.compile(_CHANGES_DATA.pattern + r"|\bdb\.(?:delete|insert|update)\(")
_ASKS_CALLER = re.compile(_ASKS.pattern + r"|requireUser|locals\.\w*user|\buserId\b")


@whole("unguarded-route", "javascript")
def form_actions(project: Project, declared: Mapping[str, object]) -> Iterable[tuple[Unit, int, Saw]]:
    """Actions of SvelteKit and Remix that change data, and that neither they nor a hook covers."""
    units = list(project.production("javascript"))
    acting = [unit for unit in units if _ACTION_FILE.search(unit.path) and unit.search(_FORM_ACTION)]
    if not acting:
        return
    covered = {
        unguarded.root_of(project, unit.path, ("package.json",))
        for unit in units
        if unit.path.endswith(("hooks.server.ts", "hooks.server.js"))
        and re.search(r"redirect\(|error\(\s*40[13]", unit.text)
    }
    definitions = unguarded.Definitions(units, unguarded.DEFINED)
    roots: dict[str, _Found] = defaultdict(lambda: ([], []))
    for unit in acting:
        root = unguarded.root_of(project, unit.path, ("package.json",))
        path = _ACTION_FILE.search(unit.path)
        route = "/" + re.sub(r"[._]", "/", (path[1] or path[2] or "").strip("/")) if path else ""
        if root in covered or PUBLIC.search(route) or _NAMED_PUBLIC.search(route):
            continue
        open_routes, seen_guard = roots[root]
        for match in islice(unit.finditer(_FORM_ACTION), MAX_HANDLERS):
            following = re.search(r"\nexport\b", unit.text[match.end() :])
            text = unit.text[match.start() : match.end() + following.start() if following else len(unit.text)]
            code = _uncommented(text)
            asks = bool(_ASKS_CALLER.search(code)) or _asks_elsewhere(unit, code, definitions)
            asks = asks or any(
                _ASKS_CALLER.search(body) for name in _calls(code) for body in definitions.bodies(name, unit.path)
            )
            seen_guard.append(asks)
            writes = _WRITES.search(text)
            if writes and not asks:
                first = [one.start() for one in _ONE_ACTION.finditer(text, 0, writes.start())]
                inside = first[-1] if first and "actions" in match[0] else 0
                line = unit.line_of(match.start() + inside) + (text[inside:].startswith("\n"))
                open_routes.append((unit, Handler(route, frozenset({"POST"}), line, "", "", line, line)))
    yield from _reported(roots, declared, "action of this application")


_RESOLVERS = re.compile(r"\b(Mutation|Query)\s*(?::\s*(?:[\w.]+\s*=\s*)?|=\s*|:\s*[\w.]*Resolvers\b[^={\n]*=\s*)\{")
_RESOLVED = re.compile(r"\s*(?:async\s+)?(?:\*\s*)?(\w+)\s*(?::\s*(?:async\s*)?(?:\(|function\b|\w+\s*=>)|\()")
_GRAPHQL = re.compile(
    r"apollo-server|@apollo/server|graphql-yoga|express-graphql|mercurius|graphql-tools|makeExecutableSchema|graphql-http"
)
_SHIELDS = re.compile(
    r"graphql-shield|graphql-auth\b|AuthDirective|authDirective|@auth\b|@isAuthenticated|@authenticated|@hasRole|requireAuth|(?i:throw new \w*(?:authenticationerror|unauthor\w*))[^\n]*\n?[^\n]*\n?[^\n]*context"
)
_PUBLIC_FIELD = re.compile(r"(?i)^(?:me|viewer|_\w*|hello|node|nodes|search\w*|healthz?|version)$")


@whole("unguarded-route", "javascript")
def resolvers(project: Project, declared: Mapping[str, object]) -> Iterable[tuple[Unit, int, Saw]]:
    """Resolvers of GraphQL that change data, or read it beside others that ask who calls, and that ask nobody."""
    units = list(project.production("javascript"))
    if not any(unit.search(_GRAPHQL) for unit in units):
        return
    if any(unit.search(_SHIELDS) for unit in project.production("javascript", "text")):
        return
    definitions = unguarded.Definitions(units, unguarded.DEFINED)
    changing: list[tuple[Unit, Handler]] = []
    reading: list[tuple[Unit, Handler]] = []
    asked = False
    for unit in units:
        for match in islice(unit.finditer(_RESOLVERS), MAX_HANDLERS):
            end = textual.closing(unit.text, match.end() - 1)
            position = match.end()
            for part in textual.split(unit.text[match.end() : end])[:MAX_HANDLERS]:
                at = unit.text.find(part[:80], position, end) if part else -1
                field = _RESOLVED.match(part)
                if at < 0 or field is None:
                    continue
                position = at + len(part)
                code = _uncommented(part)
                asks = bool(
                    re.search(
                        r"\buser\b|\buserId\b|(?i:auth(?!or(?:s|\b))|session|permission|viewer|current_?user|logged_?in|require_?login)",
                        code.partition("{")[2] or code,
                    )
                )
                asks = asks or bool(_CALLER_GIVEN.search(code)) or definitions.check(_called(code), unit, project)
                asked = asked or asks
                if asks or _PUBLIC_FIELD.search(field[1]) or _NAMED_PUBLIC.search(field[1]):
                    continue
                line = unit.line_of(at + len(field[0]) - len(field[0].lstrip()))
                handler = Handler(field[1], frozenset({"POST"}), line, "", "", line, line)
                if match[1] == "Mutation":
                    changing.append((unit, handler))
                elif re.search(r"\bawait\b|\.find\w*\(|\.query\(|\.get\w*\(", code):
                    reading.append((unit, handler))
    yield from unguarded.report(changing + (reading if asked else []), declared, asked, "resolver of this service")


_CALLER_GIVEN = re.compile(
    r"\(\s*[^()]*\{[^{}()]*\b(?:user|currentUser|session|auth|userId|me|req)\b[^{}()]*\}\s*\)\s*(?:=>|\{)"
)
