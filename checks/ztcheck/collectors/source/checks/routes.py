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
    r"(?i)^/?$|^(?!.*\badmin).*(?:(?:^|[/_.-])(?:health\w*|ready\w*|live|alive|liveness|heartbeat|ping)(?:$|[/_.?-])|redoc|favicon|static|assets|robots|login|logout|log-?in|sign-?(?:in|up|out)|register|callback|redirect|"
    r"auth|oauth|token|forgot|reset|docs|openapi|swagger|\.well-known|version|metrics|public|error|privacy|terms|about|index|home|manifest|captcha|verify)"
)
# Dependencies of FastAPI that hand over things, and ask nobody who they are.
_PROVIDES = re.compile(
    r"Depends\(\s*(?:\w+\.)*get_(?:async_)?(?:db|database|session|settings|config\w*|engine|logger|client|redis|cache|repo\w*|\w+_(?:repo\w*|service|client|session|db))\s*\)"
    r"|:\s*(?:\w+\.)*(?:Async)?Session\b"
)
_GUARD = re.compile(
    r"(?i)login_required|requires?_?(?:auth|login|scope|role|token|user)|auth\w*\.|authenticat|authoriz|permission|current_?user|get_?user|token_?required|"
    r"jwt_required|\bsession\b|g\.user|Depends\(|Security\(|protected|scope_required|verify|validate_?token|is_admin|X-MS-CLIENT|"
    r"easy_?auth|principal|@\w+_only\b|@check_\w*(?:access|visibility|permission)"
)


@on("unguarded-route", "call", "permitAll", "java")
def permit_all(fact: Fact, unit: Unit) -> Saw | None:  # noqa: ARG001 - every judge takes both
    """Spring Security that lets every other request in."""
    last = re.search(
        r"(anyRequest\(\)|(?:antMatchers|requestMatchers|mvcMatchers)\(\s*\"/\*\*\"\s*\))\s*\.permitAll\(\)$",
        re.sub(r"\s+", "", fact.text),
    )
    if last is None:
        return None
    line = fact.line + fact.text[: fact.text.rfind("permitAll")].count("\n")
    return Saw("refutes", "every request that no rule names is let in", "derived", line=line)


_ROUTE = re.compile(r"\.(route|get|post|put|patch|delete|websocket)\(")


@on("unguarded-route", "annotation", _ROUTE.pattern, "python")
def python_route(fact: Fact, unit: Unit) -> Saw | None:  # noqa: ARG001 - asks the engine for routes
    """Routes of Flask, Quart and FastAPI, which `python_routes` judges with all files at hand."""
    return None


@whole("unguarded-route", "python")
def python_routes(project: Project, declared: Mapping[str, object]) -> Iterable[tuple[Unit, int, Saw]]:  # noqa: ARG001
    """Routes of Flask, Quart and FastAPI that no dependency of theirs and of no router around them covers."""
    units = [unit for unit in project.units if unit.language == "python"]
    guarded = {module for unit in units if "include_router" in unit.text for module in _guarded(unit)}
    classes = _classes(units)
    for unit in units:
        path = unit.path.removesuffix(".py").removesuffix("/__init__")
        if not any(path == module or path.endswith("/" + module) for module in guarded):
            for fact in unit.facts:
                if fact.kind == "annotation" and _ROUTE.search(fact.name):
                    saw = _unguarded(fact, unit)
                    if saw and not _covered_by_class(unit, fact.line, classes):
                        yield unit, fact.line, saw


# A page that shows everybody the same.
_PAGE = re.compile(
    r"\s*return\s+(?:\w+\.)?(?:render_template|send_file|send_from_directory)\(\s*[\"'][^\"']*[\"'](?:,\s*\w+=[\"'][^\"']*[\"'])*\s*\)\s*"
)
_AUTHENTICATES = re.compile(
    r"dependencies\s*=\s*\[[^\]]*(?:Depends|Security)\(\s*[\w.]*(?:auth|user|token|permission|role|scope|verif|require|principal|admin|login|protect)",
    re.I,
)


_CLASS = re.compile(r"(?m)^class\s+(\w+)(?:\[[^\]\n]*\])?\s*(?:\(([^)]*)\))?\s*:")
_CLASS_GUARD = re.compile(
    r"(?m)^[ \t]+\w+\s*(?::[^=\n]+)?=\s*(?:\w+\.)?(?:Depends|Security)\(\s*[\w.]*(?i:auth|user|token|permission|role|scope|verif|principal|admin|login)"
)


def _classes(units: Iterable[Unit]) -> dict[str, tuple[tuple[str, ...], bool]]:
    """The bases of each class by its name, and whether it depends on who calls, as class-based views do."""
    found: dict[str, tuple[tuple[str, ...], bool]] = {}
    for unit in units:
        for match in unit.finditer(_CLASS) if "Depends(" in unit.text or "Controller" in unit.text else ():
            end = re.compile(r"(?m)^[^\s#)]").search(unit.text, match.end())
            body = unit.text[match.end() : end.start() if end else len(unit.text)]
            bases = tuple(re.findall(r"(?:^|,)\s*(?:\w+\.)*(\w+)", match[2] or ""))
            found.setdefault(match[1], (bases, bool(_CLASS_GUARD.search(body))))
    return found


def _covered_by_class(unit: Unit, line: int, classes: Mapping[str, tuple[tuple[str, ...], bool]]) -> bool:
    """Whether the route on *line* is a method of a class that, or a base of which, depends on who calls."""
    if not unit.lines[line - 1][:1].isspace():
        return False
    head = next((text for text in reversed(unit.lines[: line - 1]) if text[:6] == "class "), "")
    match = _CLASS.match(head)
    names, seen = ([match[1]] if match else []), set[str]()
    while names:
        name = names.pop()
        bases, guarded = classes.get(name, ((), False))
        if guarded:
            return True
        names += [base for base in bases if base not in seen]
        seen.add(name)
    return False


def _guarded(unit: Unit) -> Iterator[str]:
    """The modules (as paths) whose routers *unit* includes under a dependency that authenticates."""
    calls = [
        (match[1], match[2], unit.text[match.start() : textual.closing(unit.text, unit.text.index("(", match.start()))])
        for match in unit.finditer(r"(?m)^[ \t]*([\w.]+)\.include_router\(\s*([\w.]+)")
    ]
    names = {
        match[1]
        for match in unit.finditer(r"(?m)^[ \t]*(\w+)\s*=\s*(?:APIRouter|FastAPI)\(")
        if _AUTHENTICATES.search(unit.text[match.start() : textual.closing(unit.text, match.end() - 1)])
    }
    names |= {child for _, child, text in calls if _AUTHENTICATES.search(text)}
    for _ in calls:
        more = {child for parent, child, _ in calls if parent in names} - names
        if not more:
            break
        names |= more
    for match in unit.finditer(r"(?m)^[ \t]*from[ \t]+([\w.]+)[ \t]+import[ \t]+(\([^)]*\)|[^\n]+)"):
        module = match[1].strip(".").replace(".", "/")
        for name, alias in re.findall(r"(\w+)(?:\s+as\s+(\w+))?", match[2].strip("()")):
            if (alias or name) in names:
                yield module
            elif any(child.startswith(f"{alias or name}.") for child in names):
                yield f"{module}/{name}" if module else name


def _unguarded(fact: Fact, unit: Unit) -> Saw | None:
    """What there is to say of one route: that no authentication is in sight."""
    path = re.search(r"\(\s*(?:path\s*=\s*)?[rf]?[\"']([^\"']*)[\"']", fact.text)
    if path is None or "dependencies" in fact.text:
        return None
    changes = (
        path[1] in ("", "/")
        and re.search(r"\.(?:post|put|patch|delete)\(", fact.text)
        and not re.match(r"@app\b", fact.text)
        and not PUBLIC.search(unit.path)
    )
    if PUBLIC.search(path[1]) and not changes:
        return None
    if _asks_before(unit) or unit.search(
        r"Security\(|dependencies\s*=|AuthenticationMiddleware"
        r"|add_middleware\([^)]*(?:[aA]uth|JWT|Jwt|Token|Bearer|OIDC)",
    ):
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
    body = unit.around(definition)
    above = "\n".join(unit.lines[max(0, fact.line - 4) : definition])
    others = _PROVIDES.sub("", re.sub(r"@\w+\.(?:route|get|post|put|patch|delete|websocket)\([^)]*\)", "", above))
    inner = _PROVIDES.sub("", body.split("\n", 1)[-1] if "\n" in body else "")
    if _GUARD.search(others) or _GUARD.search(inner) or _PAGE.fullmatch(inner):
        return None
    return Saw("refutes", f"no authentication is in sight for {path[1]}", "heuristic", subject=path[1])


def _asks_before(unit: Unit) -> bool:
    """Whether something that runs before every request of this file may refuse it."""
    for match in unit.finditer(r"before_(?:app_)?request\b"):
        line = unit.line_of(match.start())
        if not unit.lines[line - 1].lstrip().startswith("@"):
            return True  # a function from elsewhere
        body = "\n".join(unit.lines[line : line + 25]).split("\n@")[0]
        if re.search(
            r"(?i)\babort\(|redirect\(|\breturn\b.*\b40[13]\b|login|authenticat|authoriz|verify|raise\s", body
        ):
            return True
    return False


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
    """Actions that change something and have no [Authorize], in a controller whose other changes have one."""
    for unit in project.production("csharp"):
        if not unit.search(r"\[Authorize") or unit.search(r"\[Authorize[^\n]*\][^{;]*\bclass\b"):
            continue
        changes = [handler for handler in unit.handlers if handler.methods & _CHANGES and not handler.owner]
        if not any("[Authorize" in handler.guards for handler in changes):
            continue
        for handler in changes:
            covered = re.search(r"\[(?:Authorize|AllowAnonymous|Require|ServiceFilter)", handler.guards)
            if not covered and not PUBLIC.search(handler.route) and not _GUARD.search(handler.body(unit)):
                message = f"{handler.route or 'an action'} has no [Authorize], and other changes of its controller do"
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


def _admin_routes(unit: Unit, administrative: re.Pattern[str]) -> Iterator[tuple[int, str, str]]:
    """Line, path and text of each route under an administrative path."""
    for number, line in enumerate(unit.lines, 1):
        match = re.search(
            r"(?:@\w+\.(?:route|get|post|put|patch|delete)|\b(?:app|router)\.(?:get|post|put|patch|delete)|@(?:Get|Post|Put|Delete|Request)Mapping|\[Http(?:Get|Post|Put|Delete)|\[Route)\(\s*(?:value\s*=\s*)?([\"'`][^\"'`]*[\"'`])",
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
            else:
                end = min(len(unit.lines), number + 12)
                text = "\n".join(unit.lines[max(0, number - 5) : end])
            yield number, match[1].strip("\"'`"), text


@whole("unguarded-privileged-route", "python", "javascript", "java", "csharp")
def privileged(project: Project, declared: Mapping[str, object]) -> Iterable[tuple[Unit, int, Saw]]:
    """A route under a declared administrative path, or /admin, that asks for no role."""
    administrative = _administrative(declared)
    for unit in project.units:
        if (
            unit.language not in ("python", "javascript", "java", "csharp")
            or not unit.search(administrative)
            or (unit.language == "javascript" and not unit.search(r"express|fastify|koa"))
        ):
            continue
        if unit.language in ("java", "csharp") and unit.search(
            r"hasRole|hasAuthority|@PreAuthorize|@Secured|Roles\s*=|RequireRole|Policy\s*="
        ):
            continue
        for line, path, text in _admin_routes(unit, administrative):
            if not re.search(
                r"(?i)role|is_?admin|admin_?required|require_?admin|admins?_?only|superuser|\bstaff|permission|authoriz|Depends\(|Security\(|policy|scope",
                text.replace(path, ""),
            ):
                yield unit, line, Saw("refutes", f"{path} asks for no role", "heuristic")


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
    r"|\.(?:create|insertOne|insertMany|findByIdAndUpdate|findOneAndUpdate|updateOne|bulkCreate|update)\(\s*(?:[\w.]+\s*,\s*|\{[^{}\n]*\}\s*,\s*)?req\.body\s*[,)]"
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
