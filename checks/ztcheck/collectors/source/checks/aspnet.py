"""Routes that nothing authenticates, in ASP.NET: controllers, hubs, gRPC services, FastEndpoints, Azure Functions.

Heuristics, as in `unguarded`: a route is named only where no guard is seen on it, above it and in what stands before it.
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
from ztcheck.collectors.source.model import Project, Saw, Unit
from ztcheck.collectors.source.registry import whole

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

MAX_ACTIONS = 4  # open actions of one controller that are told apart
MAX_BASES = 6  # classes above a class that are followed
_CLASS = re.compile(
    r"(?m)^[ \t]*(?:(?:public|internal|sealed|partial|abstract|static)[ \t]+)*class[ \t]+(\w+)(?:<[^>{\n]{0,200}>)?\s{0,40}(?:\((?:[^()]|\([^()]*\)){0,2000}\)\s{0,40})?(?::\s*([^{;]{1,400}?))?\s*[{;]"
)
_QUOTED = re.compile(r"\"(?:\\.|[^\"\\\n])*\"")
# An attribute that lets nobody in without a sign-in, by its name; a form's own token, and what says that none is needed, are not one.
_GUARD = re.compile(
    r"(?i)authori[sz]|authenticat|auth(?!or)|permission|scope|api_?key|role|polic(?:y|ies)|secur|privilege|protect|login|claim|hmac|signature|access|internal"
)
_NO_GUARD = re.compile(
    r"\[\s*(?:\w*Anti[fF]orgery\w*|AllowAnonymous|EnableCors|DisableCors)\b[^\]\n]*\]|\bAllowAnonymous\b"
)
_NO_GUARD_OF_FORM = re.compile(r"\[\s*\w*Anti[fF]orgery\w*[^\]\n]*\]")
# What stands before every action of an application.
_EVERYWHERE = re.compile(
    r"FallbackPolicy\s*=|SetFallbackPolicy|AuthorizeFilter\b|EasyAuth|PassThroughAuthenticationHandler|\bAuthorizeFolder\(\s*\"/\"|\[assembly:\s*Authorize|"
    r"\bMap(?:Controllers|ControllerRoute|DefaultControllerRoute|AreaControllerRoute|RazorPages|RazorComponents)\b[^;]{0,400}\.Require(?:Authorization|Scope)|"
    r"UseMiddleware<\w*(?i:auth|jwt|token|api_?key|session|tenant|security)\w*>|\.Use(?!Authenti|Authori|Windows|OpenId|OAuth|Cookie)\w*(?i:auth|jwt|api_?key|basic)\w*\(|"
    r"[fF]ilters\.Add\w*(?:<|\(\s*(?:new\s+|typeof\(\s*)?)[\w.]*(?i:auth|jwt|token(?<!anti)|permission|api_?key)\w*"
)
_SIGNS_IN = re.compile(
    r"AddAuthentication|AddMicrosoftIdentityWeb|UseAuthentication|\[Authorize|AddIdentity(?:Core|ApiEndpoints)?\b|AddDefaultIdentity|UseWindowsAzure|UseOpenIdConnect|"
    r"UseCookieAuthentication|UseJwtBearer|AddJwtBearer|IsAuthenticated"
)
_REFUSES = re.compile(r"\b40[13]\b|Unauthorized|Forbidden|IsAuthenticated")
# By its name or base an action's, a page's or a service's own code that asks who calls.
_ASKS = re.compile(
    r"IsAuthenticated|\b(?:Unauthorized|Challenge|Forbid)\b|Status40[13]|\b40[13]\b|AuthorizeAsync|AuthenticateAsync|HttpContext\.Session|\bUser\.(?:Find|Claims|Identity|IsIn|Get|Has)|"
    r"(?i:signature|hmac|constructevent|x-ms-client-principal|adapter\.Process|Microsoft\.Bot|Microsoft\.Agents|conversation\.Command|IBot\b|validate_?\w*token|verify_?\w*token|clientstate|\bclaimsprincipal\b|authenticat|authoriz(?!e\()|api_?key|"
    r"confirm\w*token|current_?user|user_?context|identity_?service|webhook_?secret)"
)
# The header of a request that goes elsewhere.
_SENT_ON = re.compile(
    r"(?i)headers(?:\[\s*\"authorization\"\s*\]|\.authorization)\s*=(?!=)[^;]*|\bnew\s+AuthenticationHeaderValue\b"
)
_CONTROLLER = re.compile(r"(?:\b|\w)(?:Controller(?:Base)?|ApiController|ODataController)\b")
_CHANGES = re.compile(r"\[Http(?:Post|Put|Patch|Delete)\b|\bpublic\s[^;=\n(]*\b(?:Post|Put|Delete)\w*\(")
_DATA = re.compile(r"\[Http\w+|\[Route\b|\bpublic\s[^;=\n]*(?:Result|Task|IEnumerable|IQueryable|List)\b")
# What everybody may do by the name of its controller: to begin an account, to write to whoever runs the site.
_PUBLIC_NAME = re.compile(
    r"(?i)regist|sign_?(?:up|in|out)|log(?:in|out|on|off)|setup|install|contact|newsletter|feedback|sitemap|error|health"
)
_SENSITIVE = re.compile(
    r"(?i)delete|remove|export|import|admin|purge|upload|execute|impersonat|grant|assign|update|upsert|\bedit|approve|transfer|payroll|invoice|salary"
)


# What a request that only reads hands out to everybody.
_HANDS_OUT = re.compile(r"(?i)export(?!ed)|\bdump|secret|impersonat|payroll|salary")
# What belongs to persons, behind a path that names it and nothing else.
_PEOPLE = re.compile(
    r"(?i)(?:^|/)(?:customers?|employees?|patients?|invoices?|payments?|accounts?)(?:/history)?(?:/\{\w+(?::\w+)?\??\})?(?:\s|$)"
)


@dataclass(frozen=True, slots=True)
class _Class:
    """A class of C#: where it stands, its attributes, what it derives from, and the offset at which its body opens."""

    unit: Unit
    name: str
    line: int
    attributes: str
    bases: str
    opens: int

    @property
    def body(self) -> str:
        """The text of its body, without what guards a form."""
        text = self.unit.text
        opens = text[self.opens : self.opens + 1] == "{"
        return _NO_GUARD_OF_FORM.sub("", text[self.opens : textual.closing(text, self.opens)]) if opens else ""


def _attributes(unit: Unit, line: int) -> str:
    """The attributes that stand directly above *line*."""
    top = line
    while top > 1 and line - top < 30:
        above = unit.lines[top - 2].strip()
        if not above or (above.endswith(("{", "}", ";")) and not above.startswith(("[", "//"))):
            break
        top -= 1
    return "\n".join(text for text in unit.lines[top - 1 : line - 1] if not text.lstrip().startswith("//"))


def _classes(units: Iterable[Unit]) -> dict[str, list[_Class]]:
    found: dict[str, list[_Class]] = defaultdict(list)
    for unit in units:
        for match in islice(unit.finditer(_CLASS), MAX_HANDLERS):
            line = unit.line_of(match.start(1))
            found[match[1]].append(
                _Class(unit, match[1], line, _attributes(unit, line), match[2] or "", match.end() - 1)
            )
    return found


def _guarded(attributes: str) -> bool:
    return bool(_GUARD.search(_NO_GUARD.sub("", _QUOTED.sub('""', attributes))))


def _above(item: _Class, classes: Mapping[str, list[_Class]]) -> Iterator[_Class]:
    """*item* and the classes that it derives from, as far as they stand in the product."""
    seen = {item.name}
    current: _Class | None = item
    while current is not None and len(seen) <= MAX_BASES:
        yield current
        names = re.findall(r"\w+", re.sub(r"<[^<>]*>", "", current.bases))
        name = next((name for name in names if name in classes and name not in seen), None)
        current = classes[name][0] if name else None
        seen.add(name or "")


class _Applications:
    """The applications of a repository, each in the folder of its project file, and what stands before their routes."""

    def __init__(self, project: Project, units: list[Unit]) -> None:
        self.folders = {path.rpartition("/")[0] for path in project.by_path if path.endswith((".csproj", ".vbproj"))}
        self.hosts: set[str] = set()
        self.covered: set[str] = set()
        self.signs_in: set[str] = set()
        for unit in units:
            root = self.of(unit)
            if re.search(r"(?:^|/)(?:Program|Startup[\w.]*|Global\.asax)\.cs$", unit.path):
                self.hosts.add(root)
            if any(not unit.commented(unit.line_of(match.start())) for match in unit.finditer(_EVERYWHERE)) or (
                unit.search(r"RequestDelegate|IMiddleware\b|IFunctionsWorkerMiddleware|DelegatingHandler|app\.Use\(")
                and unit.search(_REFUSES)
                and not unit.path.endswith("Controller.cs")
            ):
                self.covered.add(root)
            if unit.search(_SIGNS_IN):
                self.signs_in.add(root)

    def of(self, unit: Unit) -> str:
        """The folder of the project file that *unit* belongs to."""
        folder = unit.path.rpartition("/")[0]
        while folder and folder not in self.folders:
            folder = folder.rpartition("/")[0]
        return folder

    def _in(self, unit: Unit, where: set[str]) -> bool:
        root = self.of(unit)
        return root in where or (bool(where) and root not in self.hosts)

    def covers(self, unit: Unit) -> bool:
        """Whether something stands before every route of the application of *unit*, or of one that a library may be in."""
        return self._in(unit, self.covered)

    def knows_users(self, unit: Unit) -> bool:
        """Whether the application of *unit*, or one that a library may be in, signs anybody in."""
        return self._in(unit, self.signs_in)


def _route_files(units: Iterable[Unit]) -> list[Unit]:
    return [
        unit
        for unit in units
        if unit.search(
            r"Controller\b|PageModel\b|HttpTrigger|\bMap(?:Hub|GrpcService)<|\bEndpoint(?:WithoutRequest)?\b"
        )
    ]


@whole("unguarded-route", "csharp")
def controllers(project: Project, declared: Mapping[str, object]) -> Iterable[tuple[Unit, int, Saw]]:  # noqa: ARG001
    """Controllers without [Authorize], where nothing covers the rest; hubs, gRPC services and endpoints likewise."""
    units = list(project.production("csharp"))
    if not _route_files(units):
        return
    applications = _Applications(project, units)
    classes = _classes(units)
    found: list[tuple[Unit, Handler, str]] = []
    for items in classes.values():
        for item in items:
            if not applications.covers(item.unit) and _open_controller(item, classes, applications):
                message = f"{item.name} has no [Authorize], and no policy covers the rest"
                found.append((item.unit, Handler(item.name, frozenset(), item.line, ""), message))
                found.extend(_changing(item))
    files: dict[str, list[tuple[Unit, Handler, str]]] = defaultdict(list)
    for entry in found:
        files[applications.of(entry[0])].append(entry)
    for entries in files.values():
        entries.sort(key=lambda entry: entry[0].path)
        many = len(entries) > unguarded.MANY and not applications.knows_users(entries[0][0])
        for unit, handler, message in entries[:1] if many else entries:
            said = f"{message}, nor {len(entries) - 1} other controllers" if many else message
            yield unit, handler.line, Saw("refutes", said, "heuristic", subject=handler.route)
    yield from _mapped(units, classes, applications)
    yield from _pages(project, units, classes, applications)
    for unit in units:
        yield from _anonymous(unit, classes)
        yield from _fast_endpoints(unit)


def _changing(item: _Class) -> Iterator[tuple[Unit, Handler, str]]:
    """The actions of a controller that nothing guards which change something, where they are few."""
    last = item.unit.line_of(item.opens + len(item.body))
    actions = [
        handler
        for handler in item.unit.handlers
        if item.line < handler.line <= last and handler.methods & unguarded.CHANGES and not handler.owner
    ]
    for handler in actions if len(actions) <= MAX_ACTIONS else ():
        name = re.search(r"(\w+)\s*\(", handler.guards.rsplit("public", 1)[-1])
        yield item.unit, handler, f"{name[1] if name else 'an action'} of {item.name} changes things for everybody"


def _open_controller(item: _Class, classes: Mapping[str, list[_Class]], applications: _Applications) -> bool:
    """Whether *item* is a controller that answers and that nothing guards: no attribute, of a base or of an action."""
    line = item.unit.lines[item.line - 1]
    api = bool(re.search(r"\[ApiController\b", item.attributes))
    line_up = list(_above(item, classes))
    if "abstract" in line or not (api or any(_CONTROLLER.search(part.bases) for part in line_up)):
        return False
    if any(_guarded(part.attributes) or "AllowAnonymous" in part.attributes for part in line_up):
        return False
    body = item.body
    inner = "\n".join(re.findall(r"(?m)^[ \t]*\[[^\n]*", body))
    if _PUBLIC_NAME.search(item.name) or PUBLIC.search("/" + item.name.removesuffix("Controller")):
        return False
    if _guarded(inner) or "AllowAnonymous" in inner or _ASKS.search(body) or not _DATA.search(body):
        return False
    views = not api and not re.search(
        r"ControllerBase|ApiController|ODataController", " ".join(p.bases for p in line_up)
    )
    return bool(_CHANGES.search(body)) or not (views or not applications.knows_users(item.unit))


def _mapped(
    units: list[Unit], classes: Mapping[str, list[_Class]], applications: _Applications
) -> Iterator[tuple[Unit, int, Saw]]:
    """Hubs of SignalR and services of gRPC that are mapped, and neither there nor themselves ask who calls."""
    for unit in units:
        for match in islice(unit.finditer(r"\bMap(Hub|GrpcService)<([\w.]+)>\("), MAX_HANDLERS):
            line = unit.line_of(match.start())
            name = match[2].rsplit(".", 1)[-1]
            statement = unit.text[match.start() : unit.text.find(";", match.end())]
            if unit.commented(line) or name not in classes or applications.covers(unit):
                continue
            if match[1] == "GrpcService" and not applications.knows_users(unit):
                continue  # a service inside, which a network guards
            if re.search(r"Require\w+\(|AllowAnonymous", statement) or PUBLIC.search("/" + name):
                continue
            guarded = any(
                _guarded(part.attributes) or _guarded("\n".join(re.findall(r"(?m)^[ \t]*\[[^\n]*", part.body)))
                for part in _above(classes[name][0], classes)
            )
            body = classes[name][0].body
            if guarded or re.search(r"Context\.User\b|GetHttpContext\(\)", body) or _ASKS.search(body):
                continue
            if not re.search(r"\bTask\b", body):
                continue
            what = "hub" if match[1] == "Hub" else "gRPC service"
            yield unit, line, Saw("refutes", f"the {what} {name} asks nobody who calls", "heuristic", subject=name)


_CHANGES_DATA = re.compile(r"SaveChanges|\.(?:Add|Update|Remove|Delete|Create|Insert|Save|Edit|Approve|Cancel)\w*\(")


def _pages(
    project: Project, units: list[Unit], classes: Mapping[str, list[_Class]], applications: _Applications
) -> Iterator[tuple[Unit, int, Saw]]:
    """Razor Pages that change something on a form that is sent, in an application where people sign in."""
    named = {
        applications.of(unit)
        for unit in units
        if unit.search(r"\bAuthorize(?:Folder|Page|AreaFolder|AreaPage)\(|\bAllowAnonymousToPage\(")
    }
    for unit in units:
        if not unit.path.endswith(".cshtml.cs") or re.search(r"(?i)/(?:Identity|Account|Login|Error)/", unit.path):
            continue
        page = project.by_path.get(unit.path.removesuffix(".cs"))
        if page is not None and page.search(r"@attribute\s*\[Authorize"):
            continue
        if applications.of(unit) in named or applications.covers(unit) or not applications.knows_users(unit):
            continue
        for items in classes.values():
            for item in items:
                body = item.body if item.unit is unit else ""
                posts = re.search(r"\bOnPost\w*\(", body)
                if not posts or "PageModel" not in item.bases or _PUBLIC_NAME.search(unit.path.rsplit("/", 1)[-1]):
                    continue
                if any(
                    _guarded(part.attributes) or "AllowAnonymous" in part.attributes for part in _above(item, classes)
                ):
                    continue
                if _CHANGES_DATA.search(body[posts.start() :]) and not _ASKS.search(body):
                    yield unit, item.line, Saw("refutes", f"{item.name} changes things for everybody", "heuristic")


def _anonymous(unit: Unit, classes: Mapping[str, list[_Class]]) -> Iterator[tuple[Unit, int, Saw]]:
    """[AllowAnonymous] on what changes or hands out something that is not public by its name."""
    if not unit.search(r"\bAllowAnonymous\b") or not unit.search(r"Controller\b"):
        return
    for items in classes.values():
        for item in items:
            if item.unit is unit and "AllowAnonymous" in item.attributes and _CONTROLLER.search(item.bases):
                changes = re.search(r"\[Http(?:Put|Patch|Delete)\b", item.body)
                if changes and not PUBLIC.search("/" + item.name) and not _ASKS.search(item.body):
                    line = item.line - next(
                        (n for n in range(1, 12) if "AllowAnonymous" in unit.lines[item.line - 1 - n]), 0
                    )
                    message = f"{item.name} lets everybody change what it serves"
                    yield unit, line, Saw("refutes", message, "heuristic", subject=item.name)
    guarded = any(_guarded(handler.guards) for handler in unit.handlers)
    for handler in unit.handlers:
        if "AllowAnonymous" not in handler.guards or handler.owner:
            continue
        name = re.search(r"(\w+)\s*\(", handler.guards.rsplit("public", 1)[-1])
        called = f"{handler.route} {name[1] if name else ''}"
        sensitive = handler.methods & {"PUT", "PATCH", "DELETE"} or (
            ("POST" in handler.methods and _SENSITIVE.search(called))
            or (handler.methods == {"GET"} and _HANDS_OUT.search(called))
            or (handler.methods == {"GET"} and _PEOPLE.search(called) and guarded)
        )
        public = (
            re.search(r"(?i)confirm|unsubscribe", called)
            or PUBLIC.search(handler.route or "/")
            or PUBLIC.search("/" + (name[1] if name else ""))
        )
        if handler.route == "" and name and not PUBLIC.search("/" + name[1]):
            public = None
        if not sensitive or public or _ASKS.search(handler.body(unit)):
            continue
        above = range(handler.line, max(0, handler.line - 10), -1)
        line = next((n for n in above if "AllowAnonymous" in unit.lines[n - 1]), handler.line)
        yield unit, line, Saw("refutes", f"{called.strip()} is open to everybody", "heuristic", subject=handler.route)


def _fast_endpoints(unit: Unit) -> Iterator[tuple[Unit, int, Saw]]:
    """Endpoints of FastEndpoints that change something and are open to everybody."""
    if not unit.search(r"\bAllowAnonymous\(\s*\)\s*;") or not unit.search(r":\s*(?:Ep\.)?Endpoint\w*\b"):
        return
    for match in unit.finditer(r"(?m)^[ \t]*AllowAnonymous\(\s*\)\s*;"):
        line = unit.line_of(match.start()) if unit.text[match.start()] != "\n" else unit.line_of(match.start() + 1)
        around = unit.around(line)
        verb = re.search(r"\b(Post|Put|Patch|Delete)\(\s*\$?\"([^\"\n]*)\"", around)
        if (
            verb
            and not PUBLIC.search("/" + verb[2].rsplit("api/", 1)[-1].strip("/"))
            and not _ASKS.search(unit.text.replace("AllowAnonymous", ""))
        ):
            yield unit, line, Saw("refutes", f"{verb[2]} is open to everybody", "heuristic", subject=verb[2])


# --- Azure Functions ---------------------------------------------------------------------------------------------

_TRIGGER = re.compile(r"\bHttpTrigger\(\s*(?:authLevel\s*:\s*)?(?:\w+\.)*AuthorizationLevel\.Anonymous\b([^)]*)\)")
_FUNCTION = re.compile(r"\[Function(?:Name)?\(\s*(?:\"([^\"\n]*)\"|nameof\((?:\w+\.)*(\w+)\)|(\w[\w.]*))")


@whole("unguarded-route", "csharp")
def functions(project: Project, declared: Mapping[str, object]) -> Iterable[tuple[Unit, int, Saw]]:
    """Azure Functions, in-process and isolated, that take requests of everybody and ask nobody who calls."""
    units = [unit for unit in project.production("csharp") if unit.search(_TRIGGER)]
    if not units:
        return
    everything = list(project.production("csharp"))
    applications = _Applications(project, everything)
    web = project.production("settings")
    if any(unit.path.endswith("staticwebapp.config.json") and "authenticated" in unit.text for unit in web):
        return
    roots: dict[str, tuple[list[tuple[Unit, Handler]], list[bool]]] = defaultdict(lambda: ([], []))
    for unit in units:
        if applications.covers(unit):
            continue
        open_routes, seen = roots[applications.of(unit)]
        for match in islice(unit.finditer(_TRIGGER), MAX_HANDLERS):
            line = unit.line_of(match.start())
            if unit.commented(line):
                continue
            before = list(_FUNCTION.finditer(unit.text, max(0, match.start() - 1500), match.start()))
            named = next((group for group in before[-1].groups() if group), "") if before else ""
            between = unit.text[before[-1].start() if before else match.start() : match.start()]
            route = re.search(r"Route\s*=\s*\"([^\"\n]*)\"", match[1])
            path = "/" + (route[1] if route else named).strip("/")
            opening = unit.text.find("{", unit.text.find(")", match.end()))
            arrow = unit.text.find("=>", match.end(), opening if opening > 0 else None)
            end = unit.text.find(";", arrow) if arrow > 0 else textual.closing(unit.text, opening, 4 * MAX_CALL)
            body = unit.text[match.end() : end]
            public = PUBLIC.search(path) or PUBLIC.search("/" + re.sub(r"(?<=[a-z])(?=[A-Z])", "/", named))
            bot = path.endswith("/messages") and unit.search(r"Microsoft\.(?:Bot|Agents)|\bIBot\b|TeamsFx")
            asks = (
                bot
                or _ASKS.search(_SENT_ON.sub("", body))
                or re.search(r"(?i)negotiate|webhook|\[Authorize", path + between)
            )
            seen.append(bool(asks))
            if not public and not asks:
                verbs = frozenset(verb.upper() for verb in re.findall(r"\"(\w+)\"", match[1].split("Route")[0]))
                open_routes.append((unit, Handler(path, verbs, line, "")))
    for open_routes, _ in roots.values():
        yield from unguarded.report(open_routes, declared, True, "function of this application")
