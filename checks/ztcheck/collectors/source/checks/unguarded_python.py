"""Routes that nothing authenticates, in Python: Flask, Quart, FastAPI, Sanic, aiohttp, Starlette, Tornado, Django with
its REST framework, and Azure Functions.

Heuristics, as in `unguarded`: a route is named only where no guard is seen around it, above it and in its handler.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from functools import cached_property
from itertools import islice
from typing import TYPE_CHECKING

from ztcheck.collectors.source import textual
from ztcheck.collectors.source.checks.routes import PUBLIC
from ztcheck.collectors.source.checks.unguarded import root_of
from ztcheck.collectors.source.handlers import MAX_CALL, MAX_HANDLERS
from ztcheck.collectors.source.model import Fact, Project, Saw, Unit
from ztcheck.collectors.source.registry import on, whole

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

# A dependency, a decorator or a function that lets nobody in without a sign-in, by its name.
_NAMED = re.compile(
    r"(?i)auth(?!ors?\b|ored)|login|logged_?in|signed_?in|current_?(?:\w*user|account|active)|\bget_?\w*user\b|permission|principal|jwt|bearer|oauth|"
    r"\btoken|token_|_token\b|role|scope|api_?key|verif|validat\w*(?:token|key|request|user|signature)|protect|require_|required|is_?admin|admin_only|"
    r"_only\b|claims|credential|identity|security|guard|\bacl|check_\w*(?:access|visib|user|session|token)|owner|ensure_|X-MS-CLIENT|staff|superuser"
)
# Code that asks who calls, or whether who calls may.
_ASKS = re.compile(
    r"(?i)\b40[13]\b|HTTP_40[13]|unauthori[sz]ed|forbidden|permissiondenied|authenticat|authoriz(?!ation_url)|is_?logged|login_required|current_?user|"
    r"get_?(?:\w+_)?user\b|\bg\.(?:user|claims|identity)|request\.(?:user|auth|state\.user|identity)\b|self\.user\b|\bprincipal|X-MS-CLIENT|is_admin|"
    r"(?:verify|validate|check|require|ensure|decode)_?\w*(?:auth|token|jwt|access|signature|user|session|login|role|scope|perm|key|secret|request)\w*\(|"
    r"construct_event|\bhmac\b|compare_digest|signature|client_?state|webhook_?(?:secret|token)|api_?key|process_activity|adapter\.process|"
    r"(?<![\w.])session(?:\[|\.get\(|\.pop\()\s*[\"']|[\"']\s+(?:not\s+)?in\s+(?:\w+\.)?session\b|\bg\.session\b|get_secure_cookie|authorized_userid|auth_context|"
    r"(?-i:(?<![.\w])[A-Z]{4,}\.(?:get|post|put|patch|delete)\()"  # an HTTP session that the sign-in gave its token
)
# Comments, documentation, statements of SQL: what they say asks nobody anything.
_WORDS = re.compile(
    r"[rbfRBF]{0,2}(?:\"\"\".*?\"\"\"|\'\'\'.*?\'\'\')|[rbfRBF]{0,2}(?P<text>\"(?:\\.|[^\"\\\n])*\"|'(?:\\.|[^'\\\n])*')|#[^\n]*",
    re.S,
)
_STATEMENT = re.compile(r"(?i)\b(?:select|insert|update|delete)\s.*\b(?:from|into|set)\s|\bwhere\s")
_LOG_CALL = re.compile(r"(?i)\b\w*log(?:ger|ging)?\.\w+\(|\bprint\(")


def code_only(text: str) -> str:
    """Return *text* without comments, documentation, statements of SQL and what is only logged; line by line alike."""

    def left(match: re.Match[str]) -> str:
        own = match["text"]
        return own if own and not _STATEMENT.search(own) else "\n" * match[0].count("\n") or '""' * (match[0][0] != "#")

    text = _WORDS.sub(left, text)
    position = 0
    while (call := _LOG_CALL.search(text, position)) is not None:
        end = textual.closing(text, call.end() - 1, MAX_CALL)
        text = text[: call.end()] + "\n" * text.count("\n", call.end(), end) + text[end:]
        position = call.end()
    return text


_FROM_WHERE = re.compile(r"\bclient\.host\b|\bremote_addr\b")
# Dependencies that hand over things, and ask nobody who they are.
_PROVIDES = re.compile(
    r"(?i)^(?:\w+\.)*(?:get|make|create|provide|build|inject)?_?(?:async_)?(?:\w+_)?(?:db|database|session|sessions|session_?maker|settings|config\w*|engine|logger|client|redis|"
    r"cache|repo\w*|service|services|store|storage|uow|unit_of_work|pagination|params|query\w*|filters?|page|manager|controller|handler|usecase|use_case|queue|broker)(?:_?dep)?$|^$"
)
_DEFINED = re.compile(r"(?m)^[ \t]*(?:async[ \t]+)?def[ \t]+(\w+)[ \t]*\(")
_ALIAS = re.compile(r"(?m)^(\w+)\s*(?::\s*TypeAlias\s*)?=\s*(?:\w+\.)?Annotated\[")
_DEPENDS = re.compile(r"\b(?:Depends|Security|Provide|inject)\(\s*([\w.]*)")
_PAGE = re.compile(
    r"\s*return\s+(?:await\s+)?(?:\w+\.)*(?:render_template|render|send_file|send_from_directory|TemplateResponse|FileResponse|HTMLResponse|redirect|RedirectResponse)\("
    r"[^\n]*\)\s*"
)
# What shops show to everybody.
_CATALOG = re.compile(r"(?i)^(?:/api)?(?:/v\d+)?/(?:products?|catalog(?:ue)?s?|categories)(?:/|$)")
_OPEN_FILES = re.compile(r"(?i)(?:front_?end|client|public|ui)[_-]?(?:settings|config)|(?:^|/)(?:hello|robots|sitemap)")


@dataclass
class _Code:
    """The Python of a product: where its functions stand, what its names of dependencies mean, which classes it has."""

    units: list[Unit]
    known: dict[str, bool] = field(default_factory=dict)

    @cached_property
    def functions(self) -> dict[str, list[tuple[Unit, int]]]:
        """File and line of the functions, by name."""
        found: dict[str, list[tuple[Unit, int]]] = {}
        for unit in self.units:
            for match in unit.finditer(_DEFINED):
                found.setdefault(match[1], []).append((unit, unit.line_of(match.start(1))))
        return found

    @cached_property
    def aliases(self) -> dict[str, str]:
        """What is depended on by a type that is annotated with it."""
        found: dict[str, str] = {}
        for unit in self.units:
            for match in unit.finditer(_ALIAS) if "Annotated[" in unit.text else ():
                given = _DEPENDS.search(
                    unit.text, match.end(), textual.closing(unit.text, match.end() - 1, MAX_CALL) + 1
                )
                if given:
                    found.setdefault(match[1], given[1])
        return found

    @cached_property
    def classes(self) -> dict[str, tuple[tuple[str, ...], str]]:
        """The bases of each class by its name, and its text."""
        found: dict[str, tuple[tuple[str, ...], str]] = {}
        for unit in self.units:
            for match in unit.finditer(_CLASS) if "class " in unit.text else ():
                bases = tuple(re.findall(r"(?:^|,)\s*(?:\w+\.)*(\w+)", match[2] or ""))
                found.setdefault(match[1], (bases, _class_body(unit, match.end())))
        return found

    def asks(self, name: str, depth: int = 3) -> bool:
        """Whether the dependency or helper *name* asks who calls: by what it does, else by its name."""
        last = name.rsplit(".", 1)[-1]
        if last in self.known:
            return self.known[last]
        self.known[last] = False  # of one that depends on itself
        bodies = [code_only(unit.around(line)) for unit, line in self.functions.get(last, ())[:4]]
        if bodies:
            found = any(_ASKS.search(body.split("\n", 1)[-1]) for body in bodies) or (
                depth > 0 and any(self.depends(_head(body), depth - 1) for body in bodies)
            )
            found = found or bool(_NAMED.search(last) and not _PROVIDES.match(last))
        else:
            found = not _PROVIDES.match(last)
        self.known[last] = found
        return found

    def depends(self, signature: str, depth: int = 3) -> bool:
        """Whether one of a function's dependencies asks who calls."""
        if any(self.asks(name, depth) for name in _DEPENDS.findall(signature)):
            return True
        types = re.findall(r":\s*(?:\w+\.)*([A-Z]\w*)", signature)
        return any(
            self.asks(self.aliases[name], depth) if name in self.aliases else _WHO.search(name) for name in types
        )

    def covered(self, name: str) -> bool:
        """Whether the class *name*, or one of its bases, depends on or asks who calls."""
        names, seen = [name], set[str]()
        while names:
            name = names.pop()
            if name in seen or name in _FRAMEWORK_BASES:
                continue
            seen.add(name)
            bases, body = self.classes.get(name, ((), ""))
            own = re.split(r"(?m)^[ \t]+(?:async[ \t]+)?def[ \t]+(?!__init__|prepare|dispatch|initial|setup)", body)[0]
            if (
                (seen != {name} and re.search(r"(?i)auth|login|permission|protected|secure|token|staff|access", name))
                or _CLASS_GUARD.search(body)
                or any(_NAMED.search(text) for text in _CLASS_DECORATORS.findall(body))
                or (re.search(r"def (?:prepare|dispatch|initial|setup)\b", own) and _ASKS.search(own))
            ):
                return True
            names += bases
        return False


# A type of which a request's caller is, by its name.
_WHO = re.compile(
    r"(?:Current\w*|Authenticated\w*|Auth\w*|\w*Claims|\w*Principal|Verified\w*|\w*Token\w*Dep|Admin\w*|Superuser)$"
)
_CLASS = re.compile(r"(?m)^class[ \t]+(\w+)(?:\[[^\]\n]*\])?[ \t]*(?:\(([^)]*)\))?[ \t]*:")
_CLASS_GUARD = re.compile(
    r"(?m)^[ \t]+\w+\s*(?::[^=\n]+)?=\s*(?:\w+\.)?(?:Depends|Security)\(\s*[\w.]*(?i:auth|user|token|permission|role|scope|verif|principal|admin|login)"
)
_CLASS_DECORATORS = re.compile(r"(?m)^[ \t]+(?:method_)?decorators\s*=\s*([^\n]+)")
_FRAMEWORK_BASES = frozenset(
    {"object", "MethodView", "Resource", "View", "RequestHandler", "HTTPEndpoint", "APIView", "ABC"}
)


def _class_body(unit: Unit, start: int) -> str:
    end = re.compile(r"(?m)^[^\s#)]").search(unit.text, start)
    return unit.text[start : end.start() if end else len(unit.text)]


def _head(body: str) -> str:
    """The parameters of the function whose text begins *body*."""
    opening = body.find("(")
    return body[opening : textual.closing(body, opening, MAX_CALL) + 1] if opening >= 0 else ""


# --- what stands before every route --------------------------------------------------------------------------------

_APPLICATION = re.compile(r"\b(?:FastAPI|Flask|Quart|Starlette|Sanic|Litestar|web\.Application)\(")
_AUTHENTICATES = re.compile(
    r"dependencies\s*=\s*\[?[^\]]*(?:Depends|Security)\(\s*[\w.]*(?:auth|user|token|permission|role|scope|verif|require|principal|admin|login|protect|scheme|"
    r"bearer|jwt|api_?key|secur|guard|access|claims|identity|session_)",
    re.I,
)
_MIDDLEWARE = re.compile(
    r"add_middleware\([^)]*(?:[aA]uth|JWT|Jwt|Token|Bearer|OIDC|Login)|AuthenticationMiddleware|middlewares?\s*=\s*\[[^\]]*(?i:auth|jwt|token|login)|"
    r"middlewares\.append\([^)]*(?i:auth|jwt|token|login)|wsgi_app\s*=\s*\w*(?:Auth|Token)|setup_aiohttp_apispec_auth|EasyAuth"
)
_BEFORE = re.compile(
    r"(?m)^[ \t]*@[\w.]+\.(?:before_(?:app_)?request|middleware(?:\(\s*[\"'](?:http|request)[\"']\s*\))?|on_request)\s*(?:\(\s*\))?\s*$"
)
_REFUSES = re.compile(
    r"(?i)\babort\(|redirect\(|\b40[13]\b|HTTP_40[13]|unauthori[sz]ed|forbidden|login|authenticat|authoriz|verify|raise\s+\w*(?:Auth|Perm|HTTP)"
)


# What a middleware does that lets nobody pass: one that only writes down what was asked does none of it.
_TURNS_AWAY = re.compile(
    r"(?i)\babort\(|redirect|\b40[13]\b|HTTP_40[13]|unauthori[sz]ed|forbidden|permissiondenied|raise\s|(?:verify|validate|decode|check)_?\w*(?:auth|token|jwt|user)\w*\(|\.user\s*="
)


def _asks_before(unit: Unit) -> bool:
    """Whether something that runs before every request of this file may refuse it."""
    if unit.search(_MIDDLEWARE):
        return True
    for match in unit.finditer(r"\.before_(?:app_)?request\b"):
        if not unit.lines[unit.line_of(match.start()) - 1].lstrip().startswith("@"):
            return True  # a function from elsewhere
    for match in unit.finditer(_BEFORE):
        after = re.match(r"\s*(?:async[ \t]+)?def[^\n]*\n", unit.text[match.end() :])
        if after and _REFUSES.search(_class_body(unit, match.end() + after.end())[:3000]):
            return True
    return any(
        _TURNS_AWAY.search(code_only(_class_body(unit, match.end())))
        for match in unit.finditer(r"(?m)^class\s+\w+\([^)\n]*(?:BaseHTTPMiddleware|MiddlewareMixin)[^)\n]*\)")
    )


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


# --- routes --------------------------------------------------------------------------------------------------------

_ROUTE = re.compile(r"\.(route|get|post|put|patch|delete|websocket|api_route)\(")
_CHANGES = re.compile(
    r"(?i)\.(?:post|put|patch|delete)\(|[\"'](?:POST|PUT|PATCH|DELETE)[\"']|HttpMethod\.(?:POST|PUT|PATCH|DELETE)"
)
_AZURE = re.compile(r"(?m)^\s*(?:import\s+azure\.functions|from\s+azure(?:\.functions)?\s+import)")
_LEVEL = re.compile(r"auth_level\s*=\s*(?:[\w.]*AuthLevel\.)?[\"']?(\w+)")
_REGISTERED = re.compile(
    r"(?<![\w.])(?:[\w.]+\.)?(?:add_(?:get|post|put|patch|delete|route|api_route|url_rule)|web\.(?:get|post|put|patch|delete|route)|Route|WebSocketRoute)"
    r"\(\s*(?:[\"'](?:GET|POST|PUT|PATCH|DELETE|\*)[\"']\s*,\s*)?(?:path\s*=\s*)?[rf]?[\"'](/[^\"']*)[\"']\s*,"
)
_SAFE_CLASS = re.compile(
    r"(?i)login|logout|regist|sign_?(?:in|up|out)|token|auth|password|health|webhook|callback|refresh|verif|activat|public|schema|swagger|error|ping|static|version|home|index|about|contact"
)


@on("unguarded-route", "annotation", _ROUTE.pattern, "python")
def python_route(fact: Fact, unit: Unit) -> Saw | None:  # noqa: ARG001 - asks the engine for routes
    """Routes by decorators, which `python_routes` judges with all files at hand."""
    return None


@whole("unguarded-route", "python")
def python_routes(project: Project, declared: Mapping[str, object]) -> Iterable[tuple[Unit, int, Saw]]:  # noqa: ARG001
    """Routes that no dependency, decorator or middleware of theirs and of no router around them covers."""
    units = [unit for unit in project.units if unit.language == "python"]
    code = _Code(units)
    guarded = {module for unit in units if "include_router" in unit.text for module in _guarded(unit)}
    level = _azure_level(units)
    covered = tuple(
        _reach(project, unit)
        for unit in units
        if unit.source.context != "test" and unit.search(_APPLICATION) and _asks_before(unit)
    )
    for unit in units:
        path = unit.path.removesuffix(".py").removesuffix("/__init__")
        if any(path == module or path.endswith("/" + module) for module in guarded) or _asks_before(unit):
            continue
        if _AZURE.search(unit.text):
            yield from _functions(unit, level, code)
        elif not unit.path.startswith(covered):
            yield from _decorated(unit, code)
            yield from _registered(unit, code)
            yield from _views(unit, code)


def _reach(project: Project, unit: Unit) -> str:
    """The folder, with its slash, of what the application in *unit* serves: its project's, else its own."""
    marks = ("pyproject.toml", "requirements.txt", "setup.py", "Pipfile")
    folder = root_of(project, unit.path, marks)
    if not folder and not any(mark in project.by_path for mark in marks):
        folder = unit.path.rpartition("/")[0]
    return folder and folder + "/"


def _open(message: str, route: str) -> Saw:
    return Saw("refutes", f"no authentication is in sight for {message}", "heuristic", subject=route)


# A handler that is given neither these nor the request refuses for another reason than who calls.
_KNOWS = re.compile(
    r"(?i)depends|security|request|\breq\b|header|cookie|socket|token|auth|secret|key|passw|code|credential|signature|login|user\b|\bself\b|\*"
)
_REQUEST = re.compile(
    r"(?i)\brequest\b|\bsession\b|\bg\.|\bself\.|\bc(?:on)?te?xt\b|passw|secret|credential|\btoken|signature|auth"
)
_SAYS_NO = re.compile(r"\b(?:HTTP_)?40[13](?:_\w+)?\b")


def _asked(code: _Code, above: str, signature: str, body: str) -> bool:
    """Whether a handler's decorators, its parameters or what it does ask who calls, or it shows a page only."""
    if any(_NAMED.search(line) for line in above.split("\n")) or code.depends(above + signature):
        return True
    if _FROM_WHERE.search(body):
        body = re.sub(r"\b40[13]\b", "", body)  # who calls from the right address is not asked for more
    if not (_KNOWS.search(signature) or _REQUEST.search(body)):
        body = _SAYS_NO.sub("", body)  # of a handler that sees nothing of who calls
    if _ASKS.search(body) or _PAGE.fullmatch(body):
        return True
    helpers = re.findall(
        r"(?<![\w.])(?:\w+\.)?([a-z_]\w*)\((?=[^()\n]*\b(?:req|request|self\.request|headers|authorization)\b)", body
    )
    return any(name in code.functions and code.asks(name) for name in helpers[:6])


def _definition(unit: Unit, line: int) -> int | None:
    """The line of the function that is decorated on *line*."""
    after = range(line, min(line + 25, len(unit.lines)) + 1)
    return next((n for n in after if re.match(r"\s*(?:async\s+)?def\s", unit.lines[n - 1])), None)


def _parts(unit: Unit, definition: int) -> tuple[str, str]:
    """The signature of the function that begins on line *definition*, and its body without its documentation."""
    text = code_only(unit.around(definition))
    signature = _head(text)
    body = text[text.find(signature) + len(signature) :].partition(":")[2] if signature else text
    return signature, re.sub(r"^[^\n]*\n\s*(?:\"\"\s*\n)?", "", body, count=1)


def _above(unit: Unit, definition: int) -> str:
    """The decorators of the function that begins on line *definition* but those that route to it."""
    top = definition
    while (
        top > 1
        and unit.lines[top - 2].strip()
        and not re.match(r"\s*(?:async\s+)?(?:def|class)\s", unit.lines[top - 2])
    ):
        top -= 1
    text = "\n".join(line for line in unit.lines[top - 1 : definition - 1] if not line.lstrip().startswith("#"))
    found = []
    position = 0
    while (match := re.compile(r"(?m)^[ \t]*@[\w.]+").search(text, position)) is not None:
        opening = match.end()
        position = textual.closing(text, opening, MAX_CALL) + 1 if text[opening : opening + 1] == "(" else opening
        decorator = text[match.start() : position]
        if _ROUTE.search(decorator):
            # What a route depends on is read as what its handler does.
            decorator = " ".join(re.findall(r"(?:Depends|Security)\([^()]*\)", decorator)) or (
                "required" if re.search(r"dependencies\s*=", decorator) else ""
            )
        found.append(decorator)
    return "\n".join(found)


def _decorated(unit: Unit, code: _Code) -> Iterator[tuple[Unit, int, Saw]]:
    routers = {
        match[1]
        for match in unit.finditer(
            r"(?m)^[ \t]*([\w.]+)\s*(?::\s*\w+\s*)?=\s*(?:\w+\.)?(?:APIRouter|FastAPI|Controller)\("
        )
        if re.search(
            r"dependencies\s*=|\bguards\s*=", unit.text[match.start() : textual.closing(unit.text, match.end() - 1)]
        )
    }
    prefixed = {
        match[1]
        for match in unit.finditer(
            r"(?m)^[ \t]*(\w+)\s*=\s*(?:\w+\.)?(?:APIRouter|Blueprint)\([^\n]*\b(?:url_)?prefix\s*=\s*[\"']/\w"
        )
    }
    for fact in unit.facts:
        if fact.kind != "annotation" or not _ROUTE.search(fact.name):
            continue
        path = re.search(r"\(\s*(?:(?:path|rule|uri)\s*=\s*)?[rf]?[\"'](?:\{[\w.]+\}(?=/))?([^\"']*)[\"']", fact.text)
        owner = re.match(r"@([\w.]+)\.\w+\(", fact.text)
        if path is None or owner is None or owner[1] in routers or path[1][:1] not in ("", "/"):
            continue
        home = path[1] in ("", "/")
        listed = home and (_CHANGES.search(fact.text) or owner[1] in prefixed)
        if (
            PUBLIC.search(path[1]) and not (listed and owner[1] != "app" and not PUBLIC.search(unit.path))
        ) or _OPEN_FILES.search(path[1]):
            continue
        if _CATALOG.search(path[1]) and not _CHANGES.search(fact.text):
            continue
        definition = _definition(unit, fact.end)
        if definition is None:
            continue
        signature, body = _parts(unit, definition)
        method = re.match(r"\s", unit.lines[fact.line - 1])
        head = (
            next((text for text in reversed(unit.lines[: fact.line - 1]) if text[:6] == "class "), "") if method else ""
        )
        inside = _CLASS.match(head)
        if _asked(code, _above(unit, definition), signature, body) or (inside and code.covered(inside[1])):
            continue
        yield unit, fact.line, _open(path[1], path[1])


def _registered(unit: Unit, code: _Code) -> Iterator[tuple[Unit, int, Saw]]:
    """Routes that are added by a call: of aiohttp, Starlette, Flask and FastAPI."""
    for match in islice(unit.finditer(_REGISTERED), MAX_HANDLERS):
        line = unit.line_of(match.start())
        if PUBLIC.search(match[1]) or _OPEN_FILES.search(match[1]) or unit.commented(line):
            continue
        opening = unit.text.index("(", match.start())
        given = unit.text[match.end() : textual.closing(unit.text, opening, MAX_CALL)]
        named = re.match(
            r"\s*(?:[\"'][\w.]+[\"']\s*,\s*)?(?:(?:endpoint|handler|view_func|endpoint_func)\s*=\s*)?(?:\w+\.)*(\w+)\s*(?:,|$|\))",
            given,
        )
        function = re.search(r"(?:view_func|endpoint|handler)\s*=\s*(?:\w+\.)*(\w+)\s*(?:,|$)", given)
        name = (function or named or [None, ""])[1]
        if "dependencies" in given or not name or name not in code.functions:
            continue
        places = code.functions[name]
        own = [place for place in places if place[0] is unit] or places
        if len(own) != 1:
            continue
        there, definition = own[0]
        signature, body = _parts(there, definition)
        if not _asked(code, _above(there, definition), signature, body) and not _asks_before(there):
            yield unit, line, _open(match[1], match[1])


_VIEW_BASES = re.compile(r"\b(?:MethodView|Resource|RequestHandler|HTTPEndpoint|HTTPMethodView|web\.View)\b")
_VERB = re.compile(r"(?m)^[ \t]+(?:async[ \t]+)?def[ \t]+(get|post|put|patch|delete)[ \t]*\(\s*self\b")


def _views(unit: Unit, code: _Code) -> Iterator[tuple[Unit, int, Saw]]:
    """Methods of views that are classes: of Flask, Flask-RESTful, Tornado, Starlette and Sanic."""
    if not unit.search(r"flask|tornado|starlette|sanic|quart|aiohttp") or not unit.search(_VIEW_BASES):
        return
    for match in islice(unit.finditer(_CLASS), MAX_HANDLERS):
        if not _VIEW_BASES.search(match[2] or "") or _SAFE_CLASS.search(match[1]) or code.covered(match[1]):
            continue
        decorators = unit.lines[max(0, unit.line_of(match.start()) - 4) : unit.line_of(match.start()) - 1]
        if any("@" in line and _NAMED.search(line) for line in decorators):
            continue
        body = _class_body(unit, match.end())
        for verb in _VERB.finditer(body):
            line = unit.line_of(match.end() + verb.start(1))
            signature, inner = _parts(unit, line)
            if not _asked(code, _above(unit, line), signature, inner):
                yield unit, line, _open(f"{verb[1].upper()} of {match[1]}", "")


# --- Azure Functions -----------------------------------------------------------------------------------------------


def _azure_level(units: list[Unit]) -> str:
    """The level of functions that name none: what the application names, else FUNCTION."""
    for unit in units:
        match = unit.search(r"FunctionApp\([^)]*http_auth_level\s*=\s*(?:[\w.]*AuthLevel\.)?[\"']?(\w+)")
        if match:
            return match[1].upper()
    return "FUNCTION"


def _functions(unit: Unit, level: str, code: _Code) -> Iterator[tuple[Unit, int, Saw]]:
    """Functions that anybody may call without a key, and that ask nobody who they are."""
    for fact in unit.facts:
        if fact.kind != "annotation" or not re.search(r"\.route\(", fact.name):
            continue
        named = _LEVEL.search(fact.text)
        path = re.search(r"\broute\s*=\s*[rf]?[\"']([^\"']*)[\"']", fact.text)
        route = path[1] if path else ""
        if (named[1].upper() if named else level) != "ANONYMOUS" or (route and PUBLIC.search(route)):
            continue
        definition = _definition(unit, fact.end)
        if definition is None:
            continue
        signature, body = _parts(unit, definition)
        if not _asked(code, _above(unit, definition), signature, body) and not _SAFE_CLASS.search(
            unit.lines[definition - 1]
        ):
            yield unit, fact.line, _open(route or "a function that anybody may call", route)


# --- Django --------------------------------------------------------------------------------------------------------

_ANYBODY = re.compile(r"permission_classes\s*(?::[^=\n]+)?=\s*[\[(]\s*(?:(?:\w+\.)*AllowAny\s*,?\s*)?[\])]")
_ANYBODY_DECORATED = re.compile(r"@permission_classes\(\s*[\[(]\s*(?:(?:\w+\.)*AllowAny\s*,?\s*)?[\])]\s*\)")
_REST_BASES = re.compile(r"APIView|ViewSet|GenericAPIView|\b(?:\w*(?:List|Create|Retrieve|Update|Destroy)\w*APIView)\b")
_WRITES = re.compile(
    r"request\.(?:POST|body|FILES|data)\b|method\s*(?:==|in)\s*[\[(]?[\"'](?:POST|PUT|DELETE)|\.(?:save|delete|create|update)\("
)


@whole("unguarded-route", "python")
def django_views(project: Project, declared: Mapping[str, object]) -> Iterable[tuple[Unit, int, Saw]]:  # noqa: ARG001
    """Views of Django that anybody may use to change something, and of its REST framework that say so."""
    units = [unit for unit in project.units if unit.language == "python"]
    rest = any("rest_framework" in unit.text for unit in units)
    django = rest or any("django" in unit.text for unit in units)
    if not django:
        return
    code = _Code(units)
    bare = rest and any("INSTALLED_APPS" in unit.text for unit in units)
    bare = bare and not any(unit.holds("default_permission_classes", "loginrequiredmiddleware") for unit in units)
    for unit in units:
        if rest and "permission" in unit.text and unit.source.context != "test":
            yield from _rest_views(unit)
        if bare and "rest_framework" in unit.text and unit.source.context != "test":
            yield from _bare_views(unit, code)
    if any("LoginRequiredMiddleware" in unit.text for unit in units):
        return
    asks = any(
        unit.search(
            r"login_required|LoginRequiredMixin|permission_required|PermissionRequiredMixin|is_authenticated|\bmsal\b|jwt\.decode\(|mozilla_django_oidc|social_django|"
            r"allauth|django_auth_adfs|\bauthenticate\("
        )
        for unit in units
    )
    if not asks:
        return
    routed = {
        name for unit in units if unit.path.endswith("urls.py") for name in re.findall(r"\b[A-Za-z_]\w*\b", unit.text)
    }
    for unit in units:
        if "django" in unit.text and not unit.path.endswith("urls.py") and "rest_framework" not in unit.text:
            yield from _django_functions(unit, code, routed)
            yield from _django_classes(unit, code, routed)


def _rest_views(unit: Unit) -> Iterator[tuple[Unit, int, Saw]]:
    default = unit.search(
        r"[\"']DEFAULT_PERMISSION_CLASSES[\"']\s*:\s*[\[(]\s*[\"']rest_framework\.permissions\.AllowAny[\"']"
    )
    if default:
        yield unit, unit.line_of(default.start()), _open("views that name no permission", "")
    for match in unit.finditer(_ANYBODY):
        line = unit.line_of(match.start())
        head = next((text for text in reversed(unit.lines[: line - 1]) if text[:6] == "class "), "")
        inside = _CLASS.match(head)
        body = "\n".join(unit.lines[line - 1 : line + 40]).split("\nclass ")[0]
        body = body.replace("authentication_classes", "")
        if inside and not unit.commented(line) and not _SAFE_CLASS.search(head) and not _ASKS.search(body):
            yield unit, line, _open(inside[1], "")
    for match in unit.finditer(_ANYBODY_DECORATED):
        line = unit.line_of(match.start())
        definition = _definition(unit, line)
        if definition is None or unit.commented(line) or _SAFE_CLASS.search(unit.lines[definition - 1]):
            continue
        if not _ASKS.search(_parts(unit, definition)[1]):
            yield unit, line, _open("a view that anybody may call", "")


_API_VIEW = re.compile(r"(?m)^@(?:\w+\.)*api_view\(\s*[\[(](?P<methods>[^\])]*)[\])]\s*\)")
_READS_ONLY = re.compile(
    r"\b(?:ReadOnly\w*|ListAPIView|RetrieveAPIView|TokenObtain\w*|TokenRefresh\w*|ObtainAuthToken)\b"
)


def _bare_views(unit: Unit, code: _Code) -> Iterator[tuple[Unit, int, Saw]]:
    """Views of the REST framework that name no permission, in a product that sets none: anybody may change things."""
    for match in islice(unit.finditer(_API_VIEW), MAX_HANDLERS):
        line = unit.line_of(match.start())
        definition = _definition(unit, line)
        if definition is None or not re.search("POST|PUT|PATCH|DELETE", match["methods"]):
            continue
        name = re.search(r"def\s+(\w+)", unit.lines[definition - 1])
        signature, body = _parts(unit, definition)
        if name is None or _SAFE_CLASS.search(name[1]) or _asked(code, _above(unit, definition), signature, body):
            continue
        yield unit, definition, _open(name[1], "")
    for match in islice(unit.finditer(_CLASS), MAX_HANDLERS):
        bases = match[2] or ""
        if not _REST_BASES.search(bases) or _READS_ONLY.search(bases) or _SAFE_CLASS.search(match[1]):
            continue
        body = code_only(_class_body(unit, match.end()))
        own = re.findall(r"\w+", bases)
        line = unit.line_of(match.start())
        decorators = unit.lines[max(0, line - 4) : line - 1]
        if (
            re.search(r"permission|throttle_scope", body)
            or any(_NAMED.search(text) for text in re.findall(r"(?m)^[ \t]+@[^\n]+", body))
            or any(name in code.classes or _NAMED.search(name) for name in own)
            or any("@" in text and _NAMED.search(text) for text in decorators)
            or _ASKS.search(body.replace("authentication_classes", ""))
        ):
            continue
        if "APIView" not in own or re.search(r"def (?:post|put|patch|delete)\(", body):
            yield unit, line, _open(match[1], "")


# --- tools of models -----------------------------------------------------------------------------------------------

_SERVER = re.compile(r"(?m)^[ \t]*(?P<name>\w+)\s*(?::[^=\n]+)?=\s*(?:\w+\.)*FastMCP\(")
_SERVED = r"\.(?:run|run_async|run_http_async)\([^()]*(?:transport\s*=\s*)[\"'](?:http|sse|streamable-http|streamable_http)[\"']|\.(?:http_app|streamable_http_app|sse_app|run_http_async|run_streamable_http_async|run_sse_async)\("


@whole("unguarded-route", "python")
def tools_for_everybody(project: Project, declared: Mapping[str, object]) -> Iterable[tuple[Unit, int, Saw]]:  # noqa: ARG001
    """A server of the Model Context Protocol that is served over HTTP and asks nobody who calls."""
    for unit in project.production("python"):
        for match in unit.finditer(_SERVER):
            opening = match.end() - 1
            given = unit.text[opening : textual.closing(unit.text, opening, MAX_CALL)]
            if re.search(r"\bauth\w*\s*=|token_verifier|\*\*", given) or unit.commented(unit.line_of(match.start())):
                continue
            served = unit.search(_SERVED)
            if served and not unit.search(_AUTHENTICATED_TOOLS) and not _asks_before(unit):
                message = "the tools of a server that is reached over HTTP"
                yield unit, unit.line_of(match.start("name")), _open(message, "")


_AUTHENTICATED_TOOLS = re.compile(
    r"(?i)authprovider|tokenverifier|jwtverifier|oauth\w*prov|\.auth\s*=|auth_server_provider|middleware\w*\(|get_access_token|authorization|get_http_headers|\b40[13]\b"
)


def _django_functions(unit: Unit, code: _Code, routed: set[str]) -> Iterator[tuple[Unit, int, Saw]]:
    for first, _ in islice(unit.blocks, MAX_HANDLERS):
        head = re.match(r"(?:async\s+)?def\s+(\w+)\(\s*request\b", unit.lines[first - 1])
        if head is None or head[1] not in routed or _SAFE_CLASS.search(head[1]) or PUBLIC.search("/" + head[1]):
            continue
        signature, body = _parts(unit, first)
        above = _above(unit, first)
        writes = _WRITES.search(body) or ("csrf_exempt" in above)
        if writes and not _asked(
            code,
            above.replace("@require_http_methods", "").replace("@require_POST", "").replace("@require_GET", ""),
            signature,
            body,
        ):
            yield unit, first, _open(head[1], "")


def _django_classes(unit: Unit, code: _Code, routed: set[str]) -> Iterator[tuple[Unit, int, Saw]]:
    for match in islice(unit.finditer(_CLASS), MAX_HANDLERS):
        bases = match[2] or ""
        if not re.search(r"\b(?:\w*(?:Create|Update|Delete)View|View)\b", bases) or match[1] not in routed:
            continue
        if _SAFE_CLASS.search(match[1]) or _NAMED.search(bases) or code.covered(match[1]):
            continue
        line = unit.line_of(match.start())
        decorators = unit.lines[max(0, line - 4) : line - 1]
        body = _class_body(unit, match.end())
        if any("@" in text and _NAMED.search(text) for text in decorators) or _ASKS.search(body):
            continue
        verb = next((found for found in _VERB.finditer(body) if found[1] != "get"), None)
        if verb:
            yield unit, unit.line_of(match.end() + verb.start(1)), _open(f"{verb[1].upper()} of {match[1]}", "")
