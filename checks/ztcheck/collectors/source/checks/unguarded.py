"""Routes that nothing authenticates: Express and its like, Go's routers, minimal APIs of ASP.NET Core.

All of it is a heuristic: a guard can stand where no text shows it. So a route is named only where no guard is seen in
what is registered with it, in what its router and the routers above it use, and in its handler.
"""

from __future__ import annotations

import re
from collections import defaultdict
from dataclasses import dataclass
from functools import lru_cache
from itertools import islice
from typing import TYPE_CHECKING

from ztcheck.collectors.source import textual
from ztcheck.collectors.source.checks.routes import PUBLIC, listed_public
from ztcheck.collectors.source.handlers import MAX_CALL, MAX_HANDLERS
from ztcheck.collectors.source.model import Project, Saw, Unit
from ztcheck.collectors.source.registry import whole

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from ztcheck.collectors.source.handlers import Handler

# An identifier that lets nobody in without a sign-in, by its name; what only serves or prepares sign-ins is not one.
MANY = 12  # open routes of one file, from which on one finding speaks for all
FILES = 10  # files of an application without any guard that are named
CHANGES = frozenset({"POST", "PUT", "PATCH", "DELETE"})
_NAMED = re.compile(
    r"(?i)(?<![\w$\"'`/])(?!(?:update|get|create|load|log|init|register|record|count|list|add|new)[A-Z_]|(?-i:\w*(?:Routes?|Router|Controller|Handler|Provider|Config|Limiter|Challenges)\b)|(?:is)?notauth)"
    r"[\w$]*(?:auth(?!or(?:s|\b))|logged_?in|login_?required|require_?(?:user|login|role|scope|token)|has_?(?:role|scope|permission)|check_?(?:jwt|token|scope|role|session|permission)|"
    r"(?:validate|verify)_?(?:token|jwt|access|session)|expressjwt|jwt_?(?:check|required|guard|with)|(?-i:JWT)(?=\()|jwt\w*\.(?=jwt|auth|new|middleware|verif|with)|protect|denyall|permission|is_?admin|bearer|keycloak|casbin|principal|guard\.(?=check)|ensure_?(?:user|session))[\w$]*"
)
CHECKS = re.compile(
    r"(?i)\b40[13]\b|unauthori[sz]ed|forbidden|authenticat|isAuthorized|jwt\.verify|jwtverify|req\.(?:session\.)?(?:user|account|auth|authInfo)\b|verify_?token|validate_?token|"
    r"getServerSession|res\.locals\.user|\bauthorization\b|tokenMap|\bclaims\b|CurrentUser|UserFrom|GetSession|session\.Get|"
    r"(?:check|validate|verify)_?(?:session|cookie)\w*\(|(?:is|check|require|ensure|must)_?(?:be_?)?(?:logged|signed)_?(?:in)?\w*\(|"
    r"signature|constructEvent|hmac|clientState|webhook_?secret|adapter\.process"
)
_PREPARES = re.compile(r"passport\.(?:initialize|session)\(\s*\)|\bsession\(\s*\{(?:[^{}]|\{[^{}]*\})*\}\s*\)")
_STATIC = re.compile(
    r"\b(?:sendFile|express\.static|res\.render|res\.redirect|http\.FileServer|http\.Redirect|c\.HTML|c\.File)\b"
)


def _refusing(body: str) -> str:
    """*body*, of a middleware without the header's name: one that only reads it lets everybody in."""
    return re.sub(r"(?i)\bauthorization\b", "", body) if "next(" in body else body


def _named_guard(text: str) -> bool:
    return bool(_NAMED.search(_PREPARES.sub("", text).replace("WithConfig", "With")))


class Definitions:
    """Where the functions of a language stand in the product, by name."""

    def __init__(self, units: list[Unit], pattern: str) -> None:
        self.units = units
        self.at = {unit.number: unit for unit in units}
        self.pattern = re.compile(pattern, re.M)
        self.known: dict[tuple[str, str | None], list[tuple[Unit, int]]] = {}

    def bodies(self, name: str, within: str | None = None) -> Iterator[str]:
        """The texts of all functions called *name*, of those in the file *within* where there are any."""
        places = self.known.get((name, within))
        if places is None:
            places = self._places([unit for unit in self.units if unit.path == within] if within else [], name)
            places = places or self._places(self.units, name)
            self.known[name, within] = places
        for unit, line in places:
            inside = [block for block in unit.blocks if line <= block[0] <= line + 2]
            if inside:
                first, last = min(inside)
                yield "\n".join(unit.lines[first - 1 : min(last, first + 120)])

    def _holding(self, name: str) -> list[Unit]:
        vocabulary = self.units[0].vocabulary if self.units else None
        if vocabulary is None:
            return self.units
        numbers = vocabulary.holding((name.lower(),))
        return [self.at[number] for number in sorted(numbers & self.at.keys())]

    def _places(self, units: list[Unit], name: str) -> list[tuple[Unit, int]]:
        """Where the first eight functions called *name* begin in *units*; only lines that hold the name are read."""
        mentioned = re.compile(rf"{re.escape(name)}(?=\s*[(:=])")
        found: dict[tuple[str, int], tuple[Unit, int]] = {}
        for unit in self._holding(name) if units is self.units else units:
            text = unit.text
            if name not in text:
                continue
            match = mentioned.search(text)
            while match and len(found) < 8:
                end = text.find("\n", match.end())
                end = len(text) if end < 0 else end
                start = text.rfind("\n", 0, match.start()) + 1
                for defined in self.pattern.finditer(text, start, end + 200):
                    place = defined.start(defined.lastindex or 0)
                    if defined[defined.lastindex or 0] == name and place <= end:
                        found.setdefault((unit.path, place), (unit, unit.line_of(place)))
                match = mentioned.search(text, end)
        return list(found.values())[:8]

    def check(self, text: str, unit: Unit, project: Project) -> bool:
        """Whether a function that *text*, a part of *unit*, names checks the caller."""
        names = dict.fromkeys(
            re.findall(r"(?<![\"'`/\w.])(?:([A-Za-z_$][\w$]*)\.)?([A-Za-z_$][\w$]*)(?=\s*(?:[(),\]]|$))", text)
        )
        for holder, name in list(names)[:12]:
            module = imported(unit, holder or name) if unit.language == "javascript" else None
            within = _module(unit, module, project) if module else None
            if any(CHECKS.search(_refusing(body)) for body in self.bodies(name, within)):
                return True
        return False


_IMPORT = re.compile(r"\bimport\s+([^;'\"]{0,2000}?)\bfrom\s+[\"']([^\"'\n]+)")
_REQUIRE = re.compile(r"=\s*(?:await\s+)?(?:require|import)\(\s*[\"']([^\"'\n]+)")


@lru_cache(256)
def _modules(text: str) -> dict[str, str]:
    """The modules that a file imports, by the names that it gives to them or to what it takes of them."""
    found: dict[str, str] = {}
    pairs = [(match[1], match[2]) for match in _IMPORT.finditer(text)]
    for match in _REQUIRE.finditer(text):
        line = text[max(0, text.rfind("\n", 0, match.start()), match.start() - 2000) : match.start()]
        pairs.append((line.rpartition("=")[2], match[1]))
    for names, module in pairs:
        for name in re.findall(r"[A-Za-z_$][\w$]*", names):
            found.setdefault(name, module)
    return found


def imported(unit: Unit, name: str) -> str | None:
    """The module from which *unit* imports *name*."""
    return _modules(unit.text).get(name)


def root_of(project: Project, path: str, names: tuple[str, ...]) -> str:
    """The folder of the nearest file called one of *names* above *path*: the application that it belongs to."""
    parts = path.split("/")[:-1]
    while parts:
        if any("/".join((*parts, name)) in project.by_path for name in names):
            break
        parts.pop()
    return "/".join(parts)


def report(
    found: list[tuple[Unit, Handler]], declared: Mapping[str, object], guarded: bool, what: str, each: int = 1
) -> Iterator[tuple[Unit, int, Saw]]:
    """One finding for each route, one for a file with many; where nothing is guarded and many are open, one for each of
    the first *each* files."""
    found = [(unit, handler) for unit, handler in found if not listed_public(handler.route, declared)]
    if not guarded and len(found) >= MANY:
        firsts = {unit.path: (unit, handler) for unit, handler in reversed(found)}
        for unit, handler in [firsts[path] for path in dict.fromkeys(unit.path for unit, _ in found)][:each]:
            message = f"no authentication is in sight for any {what}, such as {handler.route or 'this one'}"
            yield unit, handler.line, Saw("refutes", message, "heuristic")
        return
    files: dict[str, list[tuple[Unit, Handler]]] = defaultdict(list)
    for unit, handler in found:
        files[unit.path].append((unit, handler))
    for places in files.values():
        for unit, handler in places if len(places) < MANY else places[:1]:
            message = f"no authentication is in sight for {handler.route or 'a route'}"
            if len(places) >= MANY:
                message += f" and {len(places) - 1} other routes of this file"
            yield unit, handler.line, Saw("refutes", message, "heuristic")


# --- Express, Fastify, Koa ---------------------------------------------------------------------------------------

_USE = re.compile(r"(?<![\w$.])(?:this\.|self\.)?([A-Za-z_$][\w$]*)\s*\.\s*(use|register|addHook)\(")
_JWT_USED = re.compile(r"(?<![\w$.])jwt\(\s*\{")
# Middleware that lets in whoever did not sign in, too.
_OPTIONAL = re.compile(r"(?:authRequired|credentialsRequired)\s*:\s*false|passthrough\s*:\s*true")
DEFINED = (
    r"\bfunction\s+([\w$]+)\s*\(|(?:\b(?:const|let|var)\s+|\bexports\.|\bthis\.|^\s*)([\w$]+)\s*(?::[^=\n]{0,80})?[=:]\s*(?:async\s*)?(?:function\b|\([^()\n]*\)\s*(?::[^=\n]{0,60})?=>|[\w$]+\s*=>)|"
    r"^\s*(?:static\s+)?(?:async\s+)?([\w$]+)\s*\([^()\n]*\)\s*(?::[^{\n]{0,60})?\{"
)


@dataclass(frozen=True, slots=True)
class _Use:
    owner: str
    line: int
    path: str
    guard: bool
    modules: tuple[str, ...]
    names: tuple[str, ...] = ()


def _uses(unit: Unit, definitions: Definitions, project: Project) -> list[_Use]:
    """What routers of *unit* use: where, below which path, whether it is a guard, and which modules it mounts."""
    found = []
    for match in islice(unit.finditer(_USE), MAX_HANDLERS):
        line = unit.line_of(match.start())
        if unit.commented(line):
            continue
        end = textual.closing(unit.text, match.end() - 1, MAX_CALL)
        arguments = textual.split(unit.text[match.end() : end])
        if match[2] == "addHook":
            arguments = arguments[1:]  # when it runs
        path = textual.unquote(arguments[0]) if arguments else None
        rest = " , ".join(arguments[1:] if path is not None else arguments)
        names = re.findall(r"[A-Za-z_$][\w$]*", rest)
        modules = [module for name in names if (module := imported(unit, name))]
        modules += re.findall(r"(?:require|import)\(\s*[\"']([^\"'\n]+)", rest)
        guard = not _OPTIONAL.search(rest) and (
            _named_guard(rest)
            or bool(_JWT_USED.search(rest))
            or bool(re.search(r"=>|function", rest) and CHECKS.search(rest))
            or definitions.check(rest, unit, project)
        )
        found.append(_Use(match[1], line, (path or "").rstrip("/"), guard, tuple(modules), tuple(names)))
    return found


def _module(unit: Unit, module: str, project: Project) -> str | None:
    """The path of the file that *module* means when *unit* imports it; None where it is a package."""
    if not module.startswith("."):
        return None
    parts = unit.path.split("/")[:-1]
    for part in re.sub(r"\.[cm]?[jt]sx?$", "", module).split("/"):
        if part == "..":
            if not parts:
                return None
            parts.pop()
        elif part not in (".", ""):
            parts.append(part)
    base = "/".join(parts)
    endings = (".js", ".ts", ".mjs", ".cjs", ".tsx", "/index.js", "/index.ts")
    return next((base + ending for ending in endings if base + ending in project.by_path), None)


@whole("unguarded-route", "javascript")
def javascript_routes(project: Project, declared: Mapping[str, object]) -> Iterable[tuple[Unit, int, Saw]]:
    """Routes of Express, Fastify and Koa without any authentication in sight."""
    units = list(project.production("javascript"))
    routed = [unit for unit in units if any(handler.owner for handler in _served(unit))]
    if not routed:
        return
    definitions = Definitions(units, DEFINED)
    uses = {
        unit.path: _uses(unit, definitions, project) for unit in units if unit.search(r"\.(?:use|register|addHook)\(")
    }
    behind = _behind(project, uses)
    roots: dict[str, tuple[list[tuple[Unit, Handler]], list[bool]]] = defaultdict(lambda: ([], []))
    for unit in routed:
        root = root_of(project, unit.path, ("package.json",))
        mine = uses.get(unit.path, [])
        prefixes = [
            use.path
            for path, items in uses.items()
            for use in items
            if use.guard and use.path and path.startswith(root)
        ]
        guards = {
            (handler.route, handler.methods)
            for handler in unit.handlers
            if handler.owner and (_named_guard(handler.guards) or definitions.check(handler.guards, unit, project))
        }
        open_routes, seen_guard = roots[root]
        for handler in unit.handlers:
            if not handler.owner or not handler.route.startswith("/"):
                continue
            guarded = (
                unit.path in behind
                or (handler.route, handler.methods) in guards
                or (handler.route, frozenset()) in guards
                or any(
                    use.guard
                    and not use.path
                    and (
                        (use.line < handler.line and use.owner == handler.owner)
                        or any(
                            later.owner == use.owner and later.line > use.line and handler.owner in later.names
                            for later in mine
                        )
                    )
                    for use in mine
                )
                or any(re.match(rf"{re.escape(prefix)}(?:/|$)", handler.route) for prefix in prefixes)
            )
            checked = not guarded and _checked(unit, handler, definitions, project)
            seen_guard.append(guarded or (checked and not _harmless(unit, handler)))
            if not guarded and not checked and not _harmless(unit, handler):
                open_routes.append((unit, handler))
    for open_routes, seen_guard in roots.values():
        yield from report(open_routes, declared, any(seen_guard), "route of this application", FILES)


def _served(unit: Unit) -> tuple[Handler, ...]:
    """The handlers of *unit*; none of a file that registers no route."""
    return (
        unit.handlers
        if unit.search(r"\.\s*(?:get|post|put|patch|delete|all|route)\(\s*(?:[\"'`](?:/|\$\{this\.)|this\.\w)")
        else ()
    )


def _behind(project: Project, uses: Mapping[str, list[_Use]]) -> set[str]:
    """The files whose routers are mounted behind a guard, or in an application that guards everything before."""
    found: set[str] = set()
    for path, items in uses.items():
        unit = project.by_path[path]
        for use in items:
            before = [other for other in items if other.guard and other.line <= use.line]
            covered = use.guard or any(not other.path or use.path.startswith(other.path) for other in before)
            if covered:
                found |= {target for module in use.modules if (target := _module(unit, module, project))}
        if any(use.guard and not use.path for use in items) and unit.search(r"\b(?:express|fastify|Koa)\("):
            folder = path.rsplit("/", 1)[0] + "/" if "/" in path else ""
            found |= {other for other in uses if other != path and other.startswith(folder)}
    growing = True
    while growing:
        more = {
            target
            for path in found
            for use in uses.get(path, ())
            for module in use.modules
            if (target := _module(project.by_path[path], module, project))
        } - found
        found |= more
        growing = bool(more)
    return found


_FILE = re.compile(r"\.(?:js|css|ico|png|svg|txt|xml|html|webmanifest)$")


def _harmless(unit: Unit, handler: Handler) -> bool:
    """Whether a route is public by its name or its handler's, or shows nothing but a page or a file."""
    changes = (
        handler.route == "/"
        and handler.owner not in ("app", "server")
        and handler.methods & CHANGES
        and not PUBLIC.search("/" + unit.path.rsplit("/", 1)[-1])
    )
    if (PUBLIC.search(handler.route) and not changes) or handler.route in ("/*", "*") or _FILE.search(handler.route):
        return True
    body = handler.body(unit)
    if handler.methods == {"POST"} and re.search(r"/users?/?$", handler.route):
        return True  # where people sign up
    if re.search(
        r"(?i)callback|log_?(?:in|out)|sign_?(?:in|up|out)|health|SinglePageApp|RedirectHandler\b|NotFoundHandler\b|http\.FileServer",
        _registered(unit, handler).split("{")[0],
    ):
        return True
    return handler.methods <= {"GET"} and bool(_STATIC.search(body)) and body.count("\n") < 6


def _checked(unit: Unit, handler: Handler, definitions: Definitions, project: Project) -> bool:
    """Whether the handler itself asks who calls."""
    body = handler.body(unit)
    if body:
        # What another service answers with tells nothing of who calls.
        return bool(CHECKS.search(re.sub(r"[!=]==?\s*[\"'`][\w ]*[\"'`]", "", body)))
    name = _registered(unit, handler)
    return bool(name) and definitions.check(name, unit, project)


def _registered(unit: Unit, handler: Handler) -> str:
    """What is registered for *handler*'s route: the text of the call's last argument."""
    line = "\n".join(unit.lines[handler.line - 1 : handler.line + 6])
    opening = line.find("(")
    arguments = textual.split(line[opening + 1 : textual.closing(line, opening)]) if opening >= 0 else []
    return arguments[-1] if arguments else ""


# --- Go ----------------------------------------------------------------------------------------------------------

_GO_ROOT = re.compile(
    r"\b(?:gin\.(?:Default|New)|echo\.New|mux\.NewRouter|http\.NewServeMux|chi\.New(?:Router|Mux)|fiber\.New|httprouter\.New)\("
)
_GO_WRAPPED = re.compile(
    r"(?i)\b\w*(?:auth(?!or)|jwt|session|token)\w*\(\s*(?:\w+\.)?(?P<given>mux|router|r|engine|e|handler|h)\s*[,)]|ListenAndServe\w*\([^\n]*auth|Handler:\s*\w*\.?\w*auth\w*\("
)


# A handler that a function makes of another: ``var list = withUser(func …``.
_GO_MADE = re.compile(r"(?m)^(?:var\s+)?(\w+)\s*=\s*([\w.]+)\(")


def _go_wraps(unit: Unit) -> bool:
    """Whether a guard is put around a whole router; ``session(r)`` asks about a request and is none."""
    return any(
        match["given"] != "r" or not re.search(r"\br\s+\*http\.Request", unit.around(unit.line_of(match.start())))
        for match in islice(unit.finditer(_GO_WRAPPED), MAX_HANDLERS)
    )


@whole("unguarded-route", "go")
def go_routes(project: Project, declared: Mapping[str, object]) -> Iterable[tuple[Unit, int, Saw]]:
    """Routes of net/http, gin, echo, chi, gorilla and fiber without any authentication in sight."""
    units = [
        unit
        for unit in project.production("go")
        if unit.search(r"net/http|gin-gonic|labstack/echo|go-chi|gorilla/mux|gofiber")
    ]
    definitions = Definitions(units, r"^func\s+(?:\([^)\n]*\)\s*)?(\w+)\s*\(")
    roots: dict[str, tuple[list[tuple[Unit, Handler]], list[bool]]] = defaultdict(lambda: ([], []))
    wrapped = {root_of(project, unit.path, ("go.mod",)) for unit in units if _go_wraps(unit)}
    single = {
        root_of(project, unit.path, ("go.mod",))
        for unit in units
        for handler in unit.handlers
        if handler.owner and _named_guard(handler.guards)
    }
    # Applications in which a router, or a group of one, has a guard: what is made elsewhere may stand behind it.
    grouped = {
        root_of(project, unit.path, ("go.mod",))
        for unit in units
        for match in unit.finditer(r"\.(?:Use|Group|With|Middleware)\(([^\n]*)")
        if _named_guard(match[1])
    }
    made = {match[1]: match[2] for unit in units for match in unit.finditer(_GO_MADE)}
    callers = _Callers(units)
    for unit in units:
        root = root_of(project, unit.path, ("go.mod",))
        if root in wrapped:
            continue
        open_routes, seen_guard = roots[root]
        for handler in unit.handlers:
            if not handler.owner:
                continue
            state = _go_owner(unit, handler.owner, handler.line, callers)
            if _PROTECTED.search(handler.owner):
                state = "guarded"
            elif _MEANT_OPEN.search(handler.owner):
                state = "unknown"
            elif state == "unknown" and root in single and root not in grouped:
                state = "open"  # guards stand around single handlers here, and this one has none
            guarded = (
                _named_guard(handler.guards) or definitions.check(handler.guards, unit, project) or state == "guarded"
            )
            seen_guard.append(guarded)
            if (
                guarded
                or state == "unknown"
                or _harmless(unit, handler)
                or _checked(unit, handler, definitions, project)
            ):
                continue
            makers = [f"{made[name]}(" for name in re.findall(r"\w+", handler.guards) if name in made]
            if any(_named_guard(maker) or definitions.check(maker, unit, project) for maker in makers):
                continue
            open_routes.append((unit, handler))
    for open_routes, seen_guard in roots.values():
        yield from report(open_routes, declared, any(seen_guard), "route of this service")


# What a router or a group is called that has a guard, and one that is meant to have none.
_PROTECTED = re.compile(r"(?i)(?<!un)(?:protect|(?<!not)auth(?:ed|enticated|orized)|private|secured|restricted)")
_MEANT_OPEN = re.compile(r"(?i)public|unprotected|unauth|anonym|noauth")


class _Callers:
    """Where functions that are given a router are called, and with what."""

    def __init__(self, units: list[Unit]) -> None:
        self.units = units
        self.known: dict[tuple[str, int], list[tuple[Unit, int, str]]] = {}

    def given(self, name: str, position: int) -> list[tuple[Unit, int, str]]:
        """File and line of each call of *name*, with the argument at *position*."""
        found = self.known.get((name, position))
        if found is None:
            found = self.known[name, position] = list(islice(self._given(name, position), 8))
        return found

    def _given(self, name: str, position: int) -> Iterator[tuple[Unit, int, str]]:
        for unit in self.units:
            for match in re.finditer(rf"\b{name}\(", unit.text) if name in unit.text else ():
                line = unit.line_of(match.start())
                if not unit.lines[line - 1].lstrip().startswith("func ") and not unit.commented(line):
                    inside = unit.text[match.end() : textual.closing(unit.text, match.end() - 1, MAX_CALL)]
                    arguments = textual.split(inside)
                    if position < len(arguments) and re.fullmatch(
                        r"&?[\w.]+(?:\.Group\([^()]*\))?", arguments[position]
                    ):
                        yield unit, line, arguments[position].lstrip("&")


def _go_owner(unit: Unit, owner: str, line: int, callers: _Callers, depth: int = 4) -> str:
    """Whether what a route is registered on is ``guarded``, ``open``, or ``unknown`` because it is made elsewhere."""
    name = re.escape(owner)
    around = [block for block in unit.blocks if block[0] <= line <= block[1]]
    # Closures before it have a router of the same name, and of their own.
    other = {
        number
        for begin, end in unit.blocks
        if end < line and re.search(rf"\bfunc\(\s*{name}\b", unit.lines[begin - 1])
        for number in range(begin, end + 1)
    }
    for first, _ in around:
        before = "\n".join(unit.lines[number - 1] for number in range(first, line) if number not in other)
        if any(_named_guard(used) for used in re.findall(rf"(?m)(?<![\w.]){name}\.Use\(([^\n]*)", before)):
            return "guarded"
    if owner == "http":
        return "open"
    first = min((block[0] for block in around), default=1)
    before = "\n".join(unit.lines[first - 1 : line - 1])
    given = re.findall(rf"(?m)(?<![\w.]){name}\s*(?::=|=)\s*([^\n]+)", before) or re.findall(
        rf"(?m)^(?:var\s+)?{name}\s*=\s*([^\n]+)", unit.text
    )
    if not given and "." in owner:
        field = re.escape(owner.rsplit(".", 1)[1])
        given = re.findall(rf"(?m)(?:^|[{{,])\s*{field}:\s*([^\n,}}]+)", unit.text) or re.findall(
            rf"\.{field}\s*=\s*([^\n]+)", unit.text
        )
    whole_function = "\n".join(unit.lines[first - 1 : max((block[1] for block in around), default=line)])
    if given:
        made = given[-1]
        if _named_guard(re.sub(r"^\w[\w.]*\.(?:Group|Route|PathPrefix)\(\s*\"[^\"]*\"", "", made)):
            return "guarded"
        if _GO_ROOT.search(made):
            # What is returned may be mounted behind a guard.
            returned = re.search(rf"(?m)^\s*return\s+{name}\b", whole_function)
            return "unknown" if returned and _mounted(callers, unit, first) else "open"
        parent = re.match(r"(\w[\w.]*)\.(?:Group|PathPrefix|Party)\(", made)
        if parent and depth and parent[1] != owner:
            return _go_owner(unit, parent[1], line, callers, depth - 1)
        return "unknown"
    # A closure of chi or gin gets what its caller made of another router.
    for begin, _ in sorted(around, reverse=True):
        head = unit.lines[begin - 1]
        opened = re.search(rf"(\w+)\.(?:(With\([^\n]*\))\.)?(?:Group|Route)\([^\n]*\bfunc\(\s*{name}\b", head)
        if opened and depth and begin > 1:
            if opened[2] and _named_guard(opened[2]):
                return "guarded"
            return _go_owner(unit, opened[1], begin - 1, callers, depth - 1)
    # What is passed in is open where this very function guards only what it derives from it.
    derived = re.findall(rf"(?m)(?<![\w.]){name}\.Group\(([^\n]*)", whole_function)
    if any(_named_guard(text) for text in derived):
        return "open"
    return _go_passed(unit, owner, first, callers, depth - 1) if depth > 0 else "unknown"


def _mounted(callers: _Callers, unit: Unit, first: int) -> bool:
    """Whether what the function that begins on *first* returns is put below another router."""
    name = re.search(r"\bfunc\s+(?:\([^)\n]*\)\s*)?(\w+)\(", unit.lines[first - 1])
    return bool(name) and any(
        re.search(rf"\.(?:Mount|Handle|PathPrefix|Route)\([^\n]*\b{name[1]}\(", other.text)
        for other in callers.units
        if name and name[1] in other.text
    )


def _go_passed(unit: Unit, owner: str, first: int, callers: _Callers, depth: int) -> str:
    """What *owner* is where it is a parameter of the function that begins on *first*, by those who call it."""
    head = re.match(r"func\s+(?:\([^)\n]*\)\s*)?(\w+)\(([^\n]*)", unit.lines[first - 1])
    if head is None:
        return "unknown"
    names = [re.match(r"\s*(\w*)", part) for part in head[2].split(",")]
    position = next((number for number, part in enumerate(names) if part and part[1] == owner), None)
    if position is None:
        return "unknown"
    states = set()
    for other, line, argument in callers.given(head[1], position):
        group = re.match(r"([\w.]+)\.Group\((.*)\)$", argument)
        if group and _named_guard(re.sub(r"\"[^\"]*\"", "", group[2])):
            states.add("guarded")
            continue
        plain = group[1] if group else argument
        # Another function that gets the same router may put a guard on it.
        before = "\n".join(other.lines[other.function(line)[0] - 1 : line - 1])
        shared = [
            called
            for called in re.findall(rf"\b(\w+)\(\s*{re.escape(plain)}\b", before)
            if any(
                re.search(
                    rf"\bfunc\s+(?:\([^)\n]*\)\s*)?{called}\(\s*(\w+)[^\n]*\n(?:[^\n]*\n){{0,3}}?\s*\1\.Use\(",
                    file.text,
                )
                for file in callers.units
                if called in file.text
            )
        ]
        states.add("unknown" if shared else _go_owner(other, plain, line, callers, depth))
    return "open" if states == {"open"} else "guarded" if states == {"guarded"} else "unknown"


# --- Spring and its like ------------------------------------------------------------------------------------------

# Whatever may stand before every controller of a Java service, in code, in its build file or in its settings.
_JAVA_GUARD = re.compile(
    r"HttpSecurity|WebSecurityConfigurer|@PreAuthorize|"
    r"@Secured|@RolesAllowed|@RequiresPermissions|@SaCheck|spring-boot-starter-(?:security|oauth2)|spring-security-(?:config|web|oauth2?|config|saml2)|"
    r"springframework\.security\.(?!crypto)|springSecurityFilterChain|<(?:security|sec):|shiro|sa-token|quarkus-oidc|"
    r"keycloak-(?:spring|quarkus|servlet|jetty|tomcat|jaxrs)|keycloak\.adapters|KeycloakWebSecurity|spring-cloud-azure-starter-active-directory"
)
# Code of the app's own that runs before others, and the words by which it asks who calls.
_JAVA_BEFORE = re.compile(
    r"HandlerInterceptor|addInterceptors\(|OncePerRequestFilter|GenericFilterBean|extends\s+(?:Http)?Filter\b|"
    r"implements\s+(?:[\w.<>]+\s*,\s*)*(?:javax?\.servlet\.|jakarta\.servlet\.)?(?:Web|Global|HttpServer)?Filter\b|ContainerRequestFilter|@Aspect|@WebFilter"
)
_JAVA_WHO = re.compile(
    r"(?i)auth(?!or\b|ors\b)|token|log_?in|getSession|session\.|jwt|unauthori[sz]ed|forbidden|principal|\b40[13]\b|permission|credential|current_?user|api_?key|signature"
)


# What by its name runs before others and asks nobody: it counts, writes down, or speaks of origins.
_JAVA_OTHER = re.compile(
    r"(?i)\b(?:class|interface)\s+\w*(?:cors|origin|log|trac(?:e|ing)|metric|encod|charset|gzip|compress|xss|cache|mdc|correlation|rate|throttl|timing|transaction|web_?config|mvc)\w*"
)


def asks_before(unit: Unit) -> bool:
    """Whether *unit* of Java holds code of the app's own that runs before others and may ask who calls."""
    return bool(unit.search(_JAVA_BEFORE)) and bool(unit.search(_JAVA_WHO) or not unit.search(_JAVA_OTHER))


def java_guard(unit: Unit) -> bool:
    """Whether something in *unit*, code, build file or settings, may stand before every controller of a service."""
    return bool(unit.search(_JAVA_GUARD)) or asks_before(unit)


_JAVA_ASKS = re.compile(
    r"(?i)assert_?auth|principal|authentication|checkToken|verifyToken|validateToken|isLogin|getSession|currentUser|@CookieValue|"
    r"unauthorized|forbidden|\b40[13]\b"
)


def module_of(project: Project, unit: Unit) -> str:
    """The folder of the nearest build file above *unit*."""
    return root_of(project, unit.path, ("pom.xml", "build.gradle", "build.gradle.kts"))


@whole("unguarded-route", "java")
def java_routes(project: Project, declared: Mapping[str, object]) -> Iterable[tuple[Unit, int, Saw]]:
    """Controllers of a Java service that no security library, filter or interceptor stands before."""
    units = [unit for unit in project.production("java") if unit.search(r"@(?:Rest)?Controller\b")]
    if not units:
        return
    guards = {module_of(project, unit) for unit in project.production("java", "text", "settings") if java_guard(unit)}
    if guards:
        # Of several applications in one repository, one that has no guard of its own and shares none.
        apart = {
            module_of(project, unit) for unit in project.production("java") if "@SpringBootApplication" in unit.text
        }
        units = [
            unit
            for unit in units
            if guards <= apart and (module := module_of(project, unit)) in apart and module not in guards
        ]
    kept = {
        name
        for unit in units
        for match in unit.finditer(r"\bimplements\s+([^{]+)")
        for name in re.findall(r"\w+", match[1])
    }
    units += [
        unit
        for unit in project.production("java")
        if (named := unit.search(r"\bpublic\s+interface\s+(\w+)"))
        and named[1] in kept
        and unit.search(r"@\w+Mapping\(")
    ]
    open_routes: list[tuple[Unit, Handler]] = []
    asked = False
    for unit in units:
        for handler in unit.handlers:
            asks = bool(_JAVA_ASKS.search(handler.body(unit)))
            asked = asked or asks
            if not asks and handler.route and not PUBLIC.search(handler.route):
                open_routes.append((unit, handler))
    yield from report(open_routes, declared, asked, "route of this service")


# --- minimal APIs of ASP.NET Core --------------------------------------------------------------------------------

_AUTHORIZED = re.compile(
    r"RequireAuthorization|AllowAnonymous|\[Authorize|RequirePermission|RequireRole|RequireScope|HasPermission|\.Authorize\w*\(|WithAuth\w*\("
)


@whole("unguarded-route", "csharp")
def minimal_routes(project: Project, declared: Mapping[str, object]) -> Iterable[tuple[Unit, int, Saw]]:
    """Minimal APIs of ASP.NET Core that neither require authorization nor say that they need none."""
    units = list(project.production("csharp"))
    mapping = [unit for unit in units if unit.search(r"\.\s*Map(?:Get|Post|Put|Patch|Delete)\(")]
    if not mapping:
        return
    signs_in = any(unit.search(r"Authenti|Authoriz|MicrosoftIdentityWeb|ApiKey") for unit in units)
    if any(
        match and not unit.commented(unit.line_of(match.start()))
        for unit in units
        for match in unit.finditer(r"FallbackPolicy\s*=|SetFallbackPolicy")
    ):
        return
    groups = any(unit.search(r"MapGroup\([^;]*RequireAuthorization") for unit in units)
    # Methods that map routes and are called on the application itself.
    direct = {
        match[1]
        for unit in units
        for match in unit.finditer(r"\b(?:app|application|webApp|endpoints)\.(Map\w+)\(\s*\)\s*;")
    }
    # Methods whose caller requires authorization of the group of routes that they return.
    behind = {
        match[1] for unit in units for match in unit.finditer(r"\.(\w+)\(\s*\)[^;{}]{0,200}\.RequireAuthorization\(")
    }
    helpers = "|".join(
        {
            name
            for unit in units
            if unit.search(r"RequireAuthorization\(")
            for first, last in unit.blocks
            if last - first < 20
            and any("RequireAuthorization(" in line for line in unit.lines[first - 1 : last])
            and (name := _method_around(unit, first))
        }
    )
    if helpers:
        chained = rf"\.(?:{helpers})\([^;{{}}()]*\)[^;{{}}]{{0,200}}?\.(Map\w+)\("
        behind |= {match[1] for unit in units for match in re.finditer(chained, unit.text)}
    open_routes: list[tuple[Unit, Handler]] = []
    for unit in mapping:
        for handler in unit.handlers:
            if not handler.owner or PUBLIC.search(handler.route.rsplit("api/", 1)[-1].strip("/") or "/"):
                continue
            owner = re.escape(handler.owner)
            made = re.search(rf"\b{owner}\s*=\s*([^;]+);", unit.text)
            application = made and re.search(r"\.Build\(\)|WebApplication\.Create", made[1])
            statement = "\n".join(unit.lines[handler.line - 1 : handler.line + 3])
            if (
                _AUTHORIZED.search(handler.guards + handler.body(unit) + statement.split("=>")[0])
                or (made and _AUTHORIZED.search(made[1]))
                or re.search(rf"\b{owner}\.RequireAuthorization\(", unit.text)
                or (groups and not application and _method_around(unit, handler.line) not in direct)
                or _method_around(unit, handler.line) in behind
            ):
                continue
            open_routes.append((unit, handler))
    if not signs_in and not any(handler.methods - {"GET"} for _, handler in open_routes):
        return
    yield from report(open_routes, declared, signs_in, "endpoint of this application")


def _method_around(unit: Unit, line: int) -> str:
    """The name of the outermost method around *line*."""
    first = min((block[0] for block in unit.blocks if block[0] <= line <= block[1]), default=0)
    name = re.search(r"(\w+)(?:<[^<>()]*>)?\s*\(", unit.lines[first - 1][:500]) if first else None
    return name[1] if name else ""
