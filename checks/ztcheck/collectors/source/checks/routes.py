"""Which requests are let in, and on what."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from ztcheck.collectors.source import textual
from ztcheck.collectors.source.model import Fact, Project, Saw, Unit
from ztcheck.collectors.source.registry import allowance, on, whole

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

# Routes that are public by their names: health, sign-in, static files, documents about the API.
PUBLIC = re.compile(
    r"(?i)^/?$|^/(?:api/)?status/?$|^(?!.*\badmin).*(?:(?:^|[/_.-])(?:health\w*|ready\w*|live|alive|liveness|heartbeat|ping)(?:$|[/_.?-])|redoc|favicon|static|assets|robots|login|logout|log-?in|sign-?(?:in|up|out)|register|registrations?(?:$|[/_.-])|callback|redirect|"
    r"auth|oauth|token|forgot|reset|docs|openapi|swagger|\.well-known|version|metrics|public|error|manifest|captcha|verify|(?:privacy|terms|about|index|home)[\w-]*(?:\.\w+)?/?$)"
)
_GUARD = re.compile(
    r"(?i)login_required|requires?_?(?:auth|login|scope|role|token|user)|auth\w*\.|authenticat|authoriz|permission|current_?user|get_?user|token_?required|"
    r"jwt_required|\bsession\b|g\.user|Depends\(|Security\(|protected|scope_required|verify|validate_?token|is_admin|X-MS-CLIENT|"
    r"easy_?auth|principal|@\w+_only\b|@check_\w*(?:access|visibility|permission)"
)


@on("unguarded-route", "call", "anyRequest", "java")
def ignores_all(fact: Fact, unit: Unit) -> Saw | None:  # noqa: ARG001 - every judge takes both
    """Spring Security told to pass every request by."""
    yes = re.search(r"\bignoring\(\)\s*\.\s*anyRequest\(\)$", fact.text)
    return Saw("refutes", "every request passes Spring Security by", "derived") if yes else None


def _only_files(before: str) -> bool:
    """Whether the chain of Spring Security that *before* begins is for scripts, styles and pictures alone."""
    begun = before.rfind("securityMatcher")
    routes = re.findall(r"\"([^\"\n]*)\"", before[begun:].split("headers")[0]) if begun >= 0 else []
    return bool(routes) and all(
        re.search(r"\*?\.\w{2,4}$|^/(?:assets|static|public|css|js|images?|img|fonts?|webjars|favicon)\b", route)
        for route in routes
    )


@on("unguarded-route", "call", "permitAll", "java")
def permit_all(fact: Fact, unit: Unit) -> Saw | None:
    """Spring Security that lets every other request in."""
    last = re.search(
        r"(any(?:Request|Exchange)\(\)|(?:antMatchers|requestMatchers|mvcMatchers|pathMatchers)\(\s*\"/\*\*\"\s*\))\s*\.permitAll\(\)$",
        re.sub(r"\s+", "", fact.text),
    )
    if last is None:
        return None
    line = fact.line + fact.text[: fact.text.rfind("permitAll")].count("\n")
    if _only_files("\n".join(unit.lines[max(0, fact.line - 12) : line])):
        return None
    return Saw("refutes", "every request that no rule names is let in", "derived", line=line)


@allowance("unguarded-route")
def public_route(saw: Saw, unit: Unit, component: str | None, declared: Mapping[str, Any]) -> Saw | None:  # noqa: ARG001
    """A route that the team lists as public; code often leaves out the prefix that it is mounted under."""
    return None if listed_public(saw.subject, declared) else saw


def listed_public(route: str, declared: Mapping[str, Any]) -> bool:
    """Whether the team lists *route* as public."""
    shape = _shape(route)
    listed = [_shape(item) for item in declared.get("public_routes") or ()]
    return bool(shape) and any(item == shape or item.endswith(shape) for item in listed)


def _shape(route: str) -> str:
    """A route with the names of its parameters left out, so that those of frameworks and of lists compare."""
    return re.sub(r"<[^<>]*>|\{[^{}]*\}|:\w+", "{}", route).rstrip("/") or ("/" if route else "")


@whole("unguarded-route", "csharp")
def actions(project: Project, declared: Mapping[str, object]) -> Iterable[tuple[Unit, int, Saw]]:  # noqa: ARG001
    """Actions that change something and have no [Authorize], in a controller whose other actions have one."""
    for unit in project.production("csharp"):
        if not unit.search(r"\[Authorize") or unit.search(r"\[Authorize[^\n]*\][^{;]*\bclass\b"):
            continue
        changes = [handler for handler in unit.handlers if handler.methods & _CHANGES and not handler.owner]
        if not any("[Authorize" in handler.guards for handler in unit.handlers if not handler.owner):
            continue
        for handler in changes:
            covered = re.search(r"\[(?:Authorize|AllowAnonymous|Require|ServiceFilter)", handler.guards)
            if not covered and not PUBLIC.search(handler.route) and not _GUARD.search(handler.body(unit)):
                message = f"{handler.route or 'an action'} has no [Authorize], and other actions of its controller do"
                yield unit, handler.line, Saw("review", message, "heuristic")


_ROUTED = re.compile(
    r"(?i)admin|\.route\(|\.(?:post|put|patch|delete)\(|Mapping|\[Http|Map(?:Post|Put|Patch|Delete)|Handle"
)


def _listed(declared: Mapping[str, Any]) -> list[str]:
    return [str(item).strip("/") for item in declared.get("administrative_routes") or ("/admin",)]


def _administrative(declared: Mapping[str, Any]) -> re.Pattern[str]:
    """What a quoted route under a declared administrative path looks like; under /admin where none is declared."""
    names = "|".join(re.sub(r"\\\{[^{}]*\\\}", "[^/]+", re.escape(item)) or ".*" for item in _listed(declared))
    return re.compile(rf"(?i)[\"'`][^\"'`]*/(?:{names})(?![\w-])[^\"'`]*[\"'`]")


MAX_ROUTE = 4000  # characters of one route with its handler


def _admin_routes(unit: Unit, administrative: re.Pattern[str]) -> Iterator[tuple[int, str, str]]:
    """Line, path and text of each route under an administrative path."""
    for number, line in enumerate(unit.lines, 1):
        if unit.language == "python" and line.endswith("(") and line.lstrip()[:1] == "@" and number < len(unit.lines):
            line += unit.lines[number].strip()
        match = re.search(
            r"(?:@\w+\.(?:route|get|post|put|patch|delete)|\b(?:app|api|server|fastify|\w*[rR]outer)\.(?:get|post|put|patch|delete)|@(?:Get|Post|Put|Delete|Request)Mapping|\[Http(?:Get|Post|Put|Delete)|\[Route)\(\s*(?:value\s*=\s*)?([\"'`][^\"'`]*[\"'`])",
            line,
        )
        if match and administrative.search(match[1]) and not unit.commented(number):
            end = number
            if unit.language == "python":
                definition = next(
                    (
                        n
                        for n in range(number, min(number + 15, len(unit.lines)) + 1)
                        if re.match(r"\s*(?:async\s+)?def\s", unit.lines[n - 1])
                    ),
                    number,
                )
                text = "\n".join(unit.lines[number - 1 : definition]) + "\n" + unit.around(definition)
            elif unit.language == "javascript":
                begin = unit.start_of(number) + match.start(1)
                text = unit.text[begin : textual.closing(unit.text, unit.text.rindex("(", 0, begin), MAX_ROUTE)]
            else:
                end = min(len(unit.lines), number + 12)
                text = "\n".join(unit.lines[max(0, number - 5) : end])
            yield number, match[1].strip("\"'`"), text


# Dependencies that say who calls, or hand over a thing, and refuse nobody for want of a role.
_SIGNS_IN_ONLY = re.compile(
    r"\bDepends\(\s*(?:\w+\.)*(?:get_(?:current_)?(?:active_)?user|current_user|get_(?:async_)?(?:db|session|database|settings))\s*\)"
)


_ADMINISTRATORS = r"(?i:is_?admin|admin_?(?:check|only|guard|required|auth)|(?:require|check|ensure|verify)_?admin)"


@whole("unguarded-privileged-route", "python", "javascript", "csharp")
def privileged(project: Project, declared: Mapping[str, object]) -> Iterable[tuple[Unit, int, Saw]]:
    """A route under a declared administrative path, or /admin, that asks for no role."""
    administrative = _administrative(declared)
    for unit in project.units:
        if (
            unit.language not in ("python", "javascript", "csharp")
            or not unit.search(administrative)
            or (unit.language == "javascript" and not unit.search(r"express|fastify|koa"))
        ):
            continue
        if unit.language == "csharp" and unit.search(_ASKS_FOR_ROLE):
            continue
        for line, path, text in _admin_routes(unit, administrative):
            owner = re.match(r"\s*(\w+)\.", unit.lines[line - 1])
            if owner and re.search(rf"(?m)^\s*{owner[1]}\.use\([^\n]*{_ADMINISTRATORS}", unit.text):
                continue  # what guards all its routes below a path
            if unit.language == "python":
                text = _SIGNS_IN_ONLY.sub("", text)
            if not re.search(
                r"(?i)role|is_?admin|admin_?required|require_?admin|admins?_?only|superuser|\bstaff|permission|authoriz|Depends\(|Security\(|policy|scope",
                text.replace(path, ""),
            ):
                yield unit, line, Saw("refutes", f"{path} asks for no role", "heuristic")


_ASKS_FOR_ROLE = re.compile(
    r"Roles\s*=|RequireRole|Policy\s*=|IsInRole|HasClaim|RequireClaim|AuthorizeAsync\(|\[Authorize\(|\[\w*(?:Permission|Role|Admin)\w*(?:\(|\])"
)
_ADMIN_CONTROLLER = re.compile(
    r"^[ \t]*\[Authorize\]\s*(?:\[[^\]\n]*\]\s*)*public[ \t]+(?:sealed[ \t]+|partial[ \t]+)*class[ \t]+(Admin(?:istrat(?:ion|ors?))?(?:[A-Z]\w*)?Controller)\b",
    re.M,
)
_DASHBOARD = re.compile(
    r":\s*IDashboard(?:Async)?AuthorizationFilter\b[^{]*\{(?:(?!\bclass\b)[\s\S]){0,400}?\bAuthorize(?:Async)?\([^)\n]*\)"
    r"\s*(?:=>\s*|\{(?:\s|//[^\n]*)*return\s+)(?P<yes>true|Task\.FromResult\(\s*true\s*\))\s*;"
)


@whole("unguarded-privileged-route", "csharp")
def administration(project: Project, declared: Mapping[str, object]) -> Iterable[tuple[Unit, int, Saw]]:  # noqa: ARG001
    """A controller for administrators that asks for a sign-in alone, and Hangfire's dashboard shown to everybody."""
    for unit in project.units:
        if unit.language != "csharp":
            continue
        for match in unit.finditer(_DASHBOARD):
            message = "everybody may use the dashboard that runs and deletes jobs"
            yield unit, unit.line_of(match.start("yes")), Saw("review", message, "heuristic")
        found = unit.search(_ADMIN_CONTROLLER)
        if found and not unit.search(_ASKS_FOR_ROLE):
            message = f"{found[1]} asks for a sign-in and for no role"
            yield unit, unit.line_of(found.start()), Saw("review", message, "heuristic")


_ADMIN_FILE = re.compile(r"(?i)(?:^|[/._-])admin\w*(?:[._-]\w+)*\.[cm]?[jt]s$")
_ASKS_ADMIN = re.compile(
    r"(?i)is_?admin\w*\(|\.is_?admin\b|require_?admin|admin_?(?:only|guard|required)|has_?permission|has_?role|authorize\("
)


@whole("unguarded-privileged-route", "javascript")
def administration_of_express(project: Project, declared: Mapping[str, object]) -> Iterable[tuple[Unit, int, Saw]]:  # noqa: ARG001
    """A route for whoever signed in, in a file for administrators whose other routes ask for one."""
    for unit in project.production("javascript"):
        if not _ADMIN_FILE.search(unit.path) or not unit.search(_ASKS_ADMIN):
            continue
        handlers = [handler for handler in unit.handlers if handler.owner and handler.first]
        asking = [handler for handler in handlers if _ASKS_ADMIN.search(handler.guards + handler.body(unit))]
        for handler in handlers if len(asking) >= 2 else ():
            if handler not in asking and re.search(r"(?i)auth|session|log(?:ged)?_?in|jwt|token", handler.guards):
                message = f"{handler.route} asks for no administrator, and others of this file do"
                yield unit, handler.line, Saw("review", message, "heuristic")


_CHANGES = frozenset({"POST", "PUT", "PATCH", "DELETE"})
_RECORDS = re.compile(
    r"(?i)\b\w*log(?:ger|ging)?\b\s*(?:\(\))?\s*[.(]|\.log\w*\(|audit|record_?event|track_?event|telemetry|slog\.|journal|publish\w*\("
)
_RECORDED_ELSEWHERE = re.compile(
    r"(?i)\.use\([^;\n]*audit|audit\w*(?:filter|middleware|interceptor|listener|aspect)|@audited|after_request|SaveChangesInterceptor"
)


@whole("privileged-change-without-log", "python", "csharp", "javascript", "java", "go")
def unrecorded_change(project: Project, declared: Mapping[str, object]) -> Iterable[tuple[Unit, int, Saw]]:
    """A route under a declared administrative path, or /admin, that changes data and leaves no record."""
    units = list(project.production("python", "csharp", "javascript", "java", "go"))
    if any(unit.search(_RECORDED_ELSEWHERE) or (unit.holds("@aspect") and unit.search(_RECORDS)) for unit in units):
        return
    administrative = _administrative(declared)
    # What a route is put together of stands in its file, or is its file's path.
    parts = [max(re.split(r"\{[^{}]*\}|/", item.lower()), key=len) for item in _listed(declared)]
    for unit in units:
        named = unit.holds(*parts) or any(part in unit.path.lower() for part in parts)
        for handler in unit.handlers if named and unit.search(_ROUTED) else ():
            if not handler.first or not handler.methods & _CHANGES or not administrative.search(f'"/{handler.route}"'):
                continue
            if not _RECORDS.search(handler.guards + handler.body(unit)):
                verb = "/".join(sorted(handler.methods & _CHANGES))
                yield unit, handler.line, Saw("refutes", f"{verb} {handler.route} leaves no record", "heuristic")


@on("route-without-scope-check", "annotation", r"\.(get|post|put|patch|delete)\(", "python")
def scope_missing(fact: Fact, unit: Unit) -> Saw | None:
    """A FastAPI route that authenticates and checks no scope, beside routes that check one."""
    if not unit.search(r"Security\([^)]*scopes\s*=") or "scopes" in fact.text:
        return None
    definition = next(
        (
            n
            for n in range(fact.end, min(fact.end + 25, len(unit.lines)) + 1)
            if re.match(r"\s*(?:async\s+)?def\s", unit.lines[n - 1])
        ),
        None,
    )
    if definition is None:
        return None
    first, last = unit.function(definition)
    text = "\n".join(unit.lines[first - 1 : last])
    yes = re.search(r"Depends\(", text) and "scopes" not in text and "scope" not in text.lower()
    return Saw("refutes", "the route checks no scope, and others of this file do", "heuristic") if yes else None


@on(
    "authorization-header-forwarded",
    "name",
    r"(?i)^[\"'\[]*authorization[\"'\]]*$|\[[\"']authorization[\"']\]$|\.Authorization$",
)
@on(
    "authorization-header-forwarded",
    "call",
    "AuthenticationHeaderValue|Add|set|setHeader|header|Set|TryAddWithoutValidation",
)
def forwarded(fact: Fact, unit: Unit) -> Saw | None:
    """The caller's own header or token sent on to another API."""
    text = fact.value if fact.kind == "name" else fact.text
    if fact.kind == "call" and not re.search(r"(?i)[\"']authorization[\"']", text):
        return None
    source = re.search(
        r"(?i)\breq(?:uest)?\.(?:headers?|get)(?:\.get)?(?:\.authorization\b|[\[(]\s*[\"']authorization)|\bctx\.(?:headers|get)\W+authorization|"
        r"Request\.Headers(?:\[\"Authorization\"\]|\.Authorization)|request\.getHeader\(\s*\"Authorization\"|\br\.Header\.Get\(\"Authorization\"\)|c\.GetHeader\(\"Authorization\"\)",
        text,
    )
    if not source:
        return None
    if fact.kind == "name" and re.match(r"\w+\s*(?::\s*[\w\[\]| ]+)?=(?![=>])", fact.text):
        return None  # a variable: what becomes of it shows where it is used
    sends = re.search(
        r"(?i)requests?\.(?:get|post|put|patch|delete)\(|httpx|\bfetch\(|axios|HttpClient|http\.NewRequest|\.Do\(|RestTemplate|WebClient|SendAsync|\bheaders\s*[:=]",
        unit.around(fact.line),
    )
    return Saw("refutes", "the caller's token is sent on to another API as it came", "derived") if sends else None


_UNPACKED = re.compile(
    r"(?:\b[A-Z]\w*|\.(?:update|create|insert\w*|update_one))\(\s*\*\*\s*(?:request\.(?:json|form|data|get_json\(\))|await request\.json\(\))\s*\)"
    r"|(?<!ettings)(?<!onfig)(?<!references)\.(?:create|insertOne|insertMany|findByIdAndUpdate|findOneAndUpdate|updateOne|bulkCreate|update)\(\s*(?:[\w.]+\s*,\s*|\{[^{}\n]*\}\s*,\s*)?req\.body\s*[,)]"
    r"|\bnew\s+[A-Z]\w*\(\s*req\.body\s*\)|Object\.assign\(\s*\w+\s*,\s*req\.body\s*\)"
)


@whole("request-body-bound-to-record", "python", "javascript")
def mass_assignment(project: Project, declared: Mapping[str, object]) -> Iterable[tuple[Unit, int, Saw]]:  # noqa: ARG001
    """A request body that is unpacked whole into a stored record."""
    for unit in project.units:
        if unit.language not in ("python", "javascript"):
            continue
        if "req.body" in unit.text or (unit.language == "python" and "**" in unit.text and "request" in unit.text):
            for match in unit.finditer(_UNPACKED):
                line = unit.line_of(match.start())
                if not unit.commented(line):
                    yield unit, line, Saw("refutes", "a request body is written whole into a record", "derived")


@whole("denial-without-log", "python", "csharp", "javascript", "java", "go")
def denial_without_log(project: Project, declared: Mapping[str, object]) -> Iterable[tuple[Unit, int, Saw]]:  # noqa: ARG001
    """A product that refuses callers and logs no refusal anywhere."""
    refusing = re.compile(
        r"\babort\(\s*40[13]|status_code\s*=\s*(?:status\.HTTP_)?40[13]|\.status\(\s*40[13]|StatusCode\(\s*40[13]|\b(?:Unauthorized|Forbid)\(\)|HttpStatus\.(?:UNAUTHORIZED|FORBIDDEN)|http\.Status(?:Unauthorized|Forbidden)"
        r"|(?:StatusCodeResult|CreateResponse|StatusCode)\(\s*(?:\(int\)\s*)?(?:HttpStatusCode\.(?:Unauthorized|Forbidden)|StatusCodes\.Status40[13])"
        r"|\bStatusCode\s*=\s*(?:\(int\)\s*)?(?:HttpStatusCode\.(?:Unauthorized|Forbidden)|StatusCodes\.Status40[13]|40[13])"
    )
    logging = re.compile(r"(?i)\b_?log(?:ger|ging)?\b\s*[.(]|console\.(?:warn|error|log)|slog\.|audit")
    silent: list[tuple[Unit, int]] = []
    for unit in project.production("python", "csharp", "javascript"):
        if not any(mark in unit.text for mark in ("401", "403", "Unauthorized", "Forbid", "UNAUTHORIZED", "FORBIDDEN")):
            continue
        for match in list(unit.finditer(refusing))[:20]:
            line = unit.line_of(match.start())
            if unit.commented(line):
                continue
            if logging.search(unit.around(line)):
                return
            silent.append((unit, line))
    for unit, line in silent[:3]:
        yield unit, line, Saw("review", "callers are refused, and no refusal of this product is logged", "heuristic")
