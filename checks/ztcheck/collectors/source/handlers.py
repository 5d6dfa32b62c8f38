"""Request handlers in program text: which route they answer, what stands before them, and where their body lies.

Flask, Quart, FastAPI, Azure Functions, Django; Express, Fastify, Koa, Next.js; ASP.NET Core controllers, pages and
minimal APIs; Spring and servlets; net/http, gin, echo, chi, gorilla and fiber.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from itertools import islice
from typing import TYPE_CHECKING

from ztcheck.collectors.source import textual

if TYPE_CHECKING:
    from collections.abc import Iterator

    from ztcheck.collectors.source.model import Unit

_METHODS = frozenset({"GET", "POST", "PUT", "PATCH", "DELETE"})
MAX_HANDLERS = 500  # of one file: more are generated code
MAX_MENTIONS = 50  # of one name
MAX_CALL = 10_000  # characters of one registration


@dataclass(frozen=True, slots=True)
class Handler:
    """One request handler.

    *route* is its path as the code writes it, empty where it is not in sight. *methods* are upper-case HTTP methods;
    none means any. *line* is where it is registered, else where it begins. *guards* is the text that stands around
    it: decorators, middleware, attributes, its signature. *owner* is what it is registered on (``app``, ``router``).
    *first* and *last* are the lines of its body, 0 where that stands elsewhere.
    """

    route: str
    methods: frozenset[str]
    line: int
    guards: str
    owner: str = ""
    first: int = 0
    last: int = 0

    def body(self, unit: Unit) -> str:
        """Return the text of its body in *unit*, empty where it stands elsewhere."""
        return "\n".join(unit.lines[self.first - 1 : self.last]) if self.first else ""


def of(unit: Unit) -> tuple[Handler, ...]:
    """Return the request handlers of *unit*, by the line on which they are registered."""
    finder = {"python": _python, "javascript": _javascript, "csharp": _csharp, "java": _java, "go": _go}.get(
        unit.language
    )
    if finder is None:
        return ()
    found = [handler for handler, _ in zip(finder(unit), range(MAX_HANDLERS), strict=False)]
    return tuple(sorted(found, key=lambda handler: (handler.line, handler.first)))


def around(unit: Unit, line: int) -> Handler | None:
    """Return the innermost handler of *unit* whose body holds *line*, or None."""
    holding = [handler for handler in unit.handlers if handler.first and handler.first <= line <= handler.last]
    return min(holding, key=lambda handler: handler.last - handler.first, default=None)


def _below(prefix: str, route: str) -> str:
    """*route* below *prefix*; an absolute one of ASP.NET stays."""
    if not prefix or route.startswith("~/"):
        return route.removeprefix("~")
    return "/" + "/".join(part.strip("/") for part in (prefix, route) if part.strip("/"))


_GROUP = re.compile(r"\b(\w+)\s*:?=\s*(\w[\w.]*)\.(?:Group|MapGroup|Party|PathPrefix)\(\s*\"([^\"\n]*)\"")


def _groups(unit: Unit) -> dict[str, str]:
    """The prefix of each variable that holds a group of routes."""
    found: dict[str, str] = {}
    for match in unit.finditer(_GROUP):
        found[match[1]] = _below(found.get(match[2], ""), match[3])
    return found


def _block_at(unit: Unit, line: int, within: int = 6) -> tuple[int, int]:
    """First and last line of the first function that begins on *line* or a few lines below it; 0 and 0 where none."""
    return min((block for block in unit.blocks if line <= block[0] <= line + within), default=(0, 0))


def _call(text: str, opening: int) -> tuple[list[str], int]:
    """The arguments of the call whose round bracket opens at *opening*, and the offset of its end."""
    end = textual.closing(text, opening, MAX_CALL)
    whole = end - opening < MAX_CALL
    return textual.split(text[opening + 1 : end if whole else opening + MAX_CALL // 5]), end


# --- Python ------------------------------------------------------------------------------------------------------

_PYTHON_ROUTE = re.compile(r"(?m)^[ \t]*@[\w.]+\.(route|get|post|put|patch|delete|api_route|function_name)\(")
_DEFINITION = re.compile(r"\s*(?:async\s+)?def\s")


def _python(unit: Unit) -> Iterator[Handler]:
    text = unit.text
    seen: set[int] = set()
    prefixes = set(re.findall(r"\b(?:url_prefix|prefix)\s*=\s*[\"'](/[^\"']*)[\"']", text))
    prefix = prefixes.pop() if len(prefixes) == 1 else ""
    for match in unit.finditer(_PYTHON_ROUTE):
        end = textual.closing(text, match.end() - 1, MAX_CALL)
        call = text[match.end() : end]
        path = re.match(r"\s*(?:(?:path|route|rule)\s*=\s*)?[rf]?[\"'](?:\{[\w.]+\}(?=/))?([^\"']*)[\"']", call)
        if path is None or not (path[1][:1] in ("", "/") or re.match(r"\s*route\s*=", call)):
            continue
        line = unit.line_of(match.start())
        after = unit.line_of(end)
        definition = next(
            (
                number
                for number in range(after, min(after + 25, len(unit.lines)) + 1)
                if _DEFINITION.match(unit.lines[number - 1])
            ),
            None,
        )
        if definition is None:
            continue
        named = re.findall(r"[\"'](GET|POST|PUT|PATCH|DELETE)[\"']", call)
        verb = match[1].upper()
        methods = named or ([verb] if verb in _METHODS else ["GET"])
        top = line
        while top > 1 and unit.lines[top - 2].strip().startswith("@"):
            top -= 1
        first, last = unit.function(definition)
        guards = "\n".join(unit.lines[top - 1 : definition]) + _signature(unit, definition)
        seen.add(definition)
        yield Handler(_below(prefix, path[1]), frozenset(methods), line, guards, "", first, last)
    if "django" in text:
        for first, last in unit.blocks:
            head = re.match(r"\s*(?:async\s+)?def\s+(\w+)\(\s*(?:self\s*,\s*)?request\b", unit.lines[first - 1])
            if head and first not in seen:
                verb = head[1].upper()
                above = "\n".join(line for line in unit.lines[max(0, first - 5) : first - 1] if "@" in line)
                yield Handler("", frozenset({verb} & _METHODS), first, above, "", first, last)


def _signature(unit: Unit, line: int) -> str:
    rest = "\n".join(unit.lines[line - 1 : line + 20])
    start = rest.find("(")
    return rest[start : textual.closing(rest, start, MAX_CALL) + 1] if start >= 0 else ""


# --- JavaScript and TypeScript -----------------------------------------------------------------------------------

_FRAMEWORK = re.compile(r"\bexpress\b|fastify|\bkoa\b|[kK]oa-?[rR]outer|\bRouter\(|\bhono\b|restify|polka")
_OWNER = r"([A-Za-z_$][\w$]*)"
_JAVASCRIPT_ROUTE = re.compile(
    rf"(?<![\w$.])(\w+\.)?{_OWNER}\s*\.\s*(get|post|put|patch|delete|del|all)\(\s*([\"'`])(/[^\"'`\n]*|\*|\$\{{this\.\w+\}}[^\"'`\n]*)\4\s*,"
)
_ROUTE_OF_CLASS = re.compile(
    r"(?<![\w$.])(?:this\.)?(\w*[rR]outer|app)\s*\.\s*(get|post|put|patch|delete|all)\(\s*(this\.\w+)\s*,"
)
_PROPERTY = re.compile(r"\$\{this\.(\w+)\}|this\.(\w+)")
_JAVASCRIPT_CHAIN = re.compile(rf"(?<![\w$.]){_OWNER}\s*\.\s*route\(\s*([\"'`])(/[^\"'`\n]*)\2\s*\)")
_CHAINED = re.compile(r"\s*\.\s*(get|post|put|patch|delete|all)\(")
_SERVES = re.compile(r"(?i)^(?:app|server|api|express|fastify|web|koa|r|v\d|\w*router|\w*app|\w*routes?|\w*api)$")
_SURELY_SERVES = re.compile(r"^(?:app|server|\w*[rR]outer)$")
_ROUTER_MADE = re.compile(
    r"\b([\w$]+)\s*(?::\s*[\w.]+\s*)?=\s*(?:new\s+)?(?:(?:[\w$]+\.)?Router|express|[fF]astify|Hono|Koa[rR]outer|require\([\"']express[\"']\)\.Router)(?:<[^>]*>)?\("
)
_REQUEST = re.compile(r"\(\s*_?(?:req|request)\b[^()]*,\s*_?(?:res|response|reply)\b|\(\s*ctx\b")
_NEXT = re.compile(r"(?m)^export\s+(?:async\s+)?function\s+(GET|POST|PUT|PATCH|DELETE)\s*\(")


def _javascript(unit: Unit) -> Iterator[Handler]:
    text = unit.text
    bodies: set[int] = set()
    serves = _SERVES if unit.search(_FRAMEWORK) else _SURELY_SERVES
    made = {match[1] for match in unit.finditer(_ROUTER_MADE)}
    for match in unit.finditer(_JAVASCRIPT_ROUTE):
        line = unit.line_of(match.start())
        opening = text.index("(", match.end(3))
        owns = _SURELY_SERVES if match[1] else serves
        if (owns.match(match[2]) or match[2] in made) and not unit.commented(line):
            verb = "delete" if match[3] == "del" else match[3]
            route = _class_path(unit, match[5]) if "${this." in match[5] else match[5]
            handler = _express(unit, match.start(), opening, match[2], verb, route, skip=1)
            bodies.add(handler.first)
            yield handler
    for match in unit.finditer(_ROUTE_OF_CLASS):
        route = _class_path(unit, match[3])
        if route.startswith("/") and not unit.commented(unit.line_of(match.start())):
            handler = _express(unit, match.start(), text.index("(", match.end(2)), match[1], match[2], route, skip=1)
            bodies.add(handler.first)
            yield handler
    for match in unit.finditer(_JAVASCRIPT_CHAIN):
        if serves.match(match[1]) and not unit.commented(unit.line_of(match.start())):
            position = match.end()
            while chained := _CHAINED.match(text, position):
                opening = chained.end() - 1
                handler = _express(unit, chained.start(1), opening, match[1], chained[1], match[3], skip=0)
                bodies.add(handler.first)
                yield handler
                position = textual.closing(text, opening, MAX_CALL) + 1
    for match in unit.finditer(_NEXT) if re.search(r"/route\.[jt]sx?$", unit.path) else ():
        line = unit.line_of(match.start())
        first, last = _block_at(unit, line)
        route = re.search(r"(?:^|/)app(/.*)/route\.\w+$", unit.path)
        bodies.add(first)
        yield Handler(route[1] if route else "", frozenset({match[1]}), line, "", "", first, last)
    for first, last in unit.blocks:
        if first not in bodies and _REQUEST.search(unit.lines[first - 1]):
            yield Handler("", frozenset(), first, "", "", first, last)


def _class_path(unit: Unit, route: str) -> str:
    """*route* with the properties of its class that it is put together of written out."""

    def given(match: re.Match[str]) -> str:
        name = match[1] or match[2]
        found = re.search(rf"\b{name}\b\s*(?::\s*string\s*)?=\s*([\"'`])(/?[^\"'`\n]*)\1", unit.text)
        return "/" + found[2].strip("/") if found else f"/:{name}"

    return _PROPERTY.sub(given, route)


def _express(unit: Unit, start: int, opening: int, owner: str, verb: str, route: str, skip: int) -> Handler:
    arguments, end = _call(unit.text, opening)
    arguments = arguments[skip:]
    last = arguments[-1] if arguments else ""
    line = unit.line_of(start)
    guards = " ".join(arguments[:-1])
    first = final = 0
    if re.match(r"(?:async\b\s*)?(?:function\b|\(|\w+\s*=>)", last):
        first = unit.line_of(unit.text.rfind(last[:80], opening, end))
        final = unit.line_of(end)
    else:
        guards += " " + last if "(" in last else ""
        name = re.search(r"([\w$]+)\s*\)*$", last[-200:])
        if name:
            first, final = _named(unit, name[1])
    methods = frozenset({verb.upper()} & _METHODS)
    return Handler(route, methods, line, guards, owner, first, final)


def _named(unit: Unit, name: str) -> tuple[int, int]:
    """First and last line of the function *name* of this file; 0 and 0 where it stands elsewhere."""
    plain = re.escape(name)
    return _defined(
        unit,
        name,
        rf"\bfunction\s+{plain}\s*\(|\b(?:const|let|var)\s+{plain}\s*(?::[^=]+)?=\s*(?:async\s*)?(?:\(|function|\w+\s*=>|\w+\()|"
        rf"\b(?:exports|this|module\.exports)\.{plain}\s*=|^\s*(?:async\s+)?{plain}\s*\([^)]*\)\s*\{{",
        3,
    )


def _defined(unit: Unit, name: str, definition: str, within: int) -> tuple[int, int]:
    """First and last line of the function whose *definition* stands on a line that holds *name*; else 0 and 0."""
    mentions = re.finditer(rf"(?<![\w$]){re.escape(name)}(?![\w$])", unit.text)
    for match in islice(mentions, MAX_MENTIONS):
        line = unit.line_of(match.start())
        if re.search(definition, unit.lines[line - 1][:500]):
            return _block_at(unit, line, within)
    return 0, 0


# --- C# ----------------------------------------------------------------------------------------------------------

_MINIMAL = re.compile(r"(?<![\w.])(\w+)\s*\.\s*Map(Get|Post|Put|Patch|Delete)\(\s*\"([^\"\n]*)\"\s*,")
_ACTION = re.compile(
    r"(?m)^[ \t]*public[ \t]+(?:(?:async|virtual|override|new|sealed)[ \t]+)*([\w<>\[\]?.,: \t]{1,200}?)[ \t]+(\w+)[ \t]*\("
)
_CLASS = re.compile(
    r"\bclass\s+\w+(?:<[^>]*>)?\s*(?:\([^)]*\)\s*)?:\s*[^{]{0,400}?\b(?:\w{0,80}Controller\w*|PageModel)\b"
)


def _csharp(unit: Unit) -> Iterator[Handler]:
    text = unit.text
    groups = _groups(unit)
    for match in unit.finditer(_MINIMAL):
        line = unit.line_of(match.start())
        if unit.commented(line):
            continue
        arguments, end = _call(text, text.index("(", match.end(2)))
        chain = text[end + 1 : text.find(";", end) if text.find(";", end) >= 0 else end + 1]
        last = arguments[-1] if arguments else ""
        name = re.fullmatch(r"\w+", last)
        first, final = _method(unit, last) if name else (line, unit.line_of(end))
        address = _below(groups.get(match[1], ""), match[3])
        yield Handler(address, frozenset({match[2].upper()}), line, chain, match[1], first, final)
    controller = unit.search(_CLASS)
    if controller is None:
        return
    head = re.search(r"\[Route\(\s*\"([^\"]*)\"", text[: controller.start()])
    named = re.search(r"class\s+(\w+?)(?:Controller)?\b", controller[0])
    prefix = head[1].replace("[controller]", named[1] if named else "") if head else ""
    for match in unit.finditer(_ACTION):
        line = unit.line_of(match.start(1))
        top = line
        while top > 1 and unit.lines[top - 2].strip().startswith("["):
            top -= 1
        attributes = "\n".join(unit.lines[top - 1 : line - 1])
        verb = re.search(r"\[Http(Get|Post|Put|Patch|Delete)", attributes)
        page = re.match(r"On(Get|Post|Put|Patch|Delete)", match[2])
        if not (verb or page or re.search(r"ActionResult|IResult|ViewResult|JsonResult|Task\b", match[1])):
            continue
        end = textual.closing(text, match.end() - 1, MAX_CALL)
        route = re.search(r"\[(?:Http\w+|Route)\(\s*\"([^\"]*)\"", attributes)
        first, final = _block_at(unit, line, max(0, unit.line_of(end) - line))
        if not first and re.match(r"\)\s*=>", text[end : end + 200]):
            closed = text.find(";", end, end + MAX_CALL)
            first, final = line, unit.line_of(closed if closed >= 0 else end)
        found = verb or page
        methods = frozenset({found[1].upper()}) if found else frozenset()
        guards = attributes + text[match.start() : end + 1]
        yield Handler(_below(prefix, route[1] if route else ""), methods, line, guards, "", first, final)


def _method(unit: Unit, name: str) -> tuple[int, int]:
    return _defined(unit, name, rf"^[^=;]*\b{re.escape(name)}\s*\([^;]*$", 2)


# --- Java --------------------------------------------------------------------------------------------------------

_MAPPING = re.compile(r"(?m)^[ \t]*@(Get|Post|Put|Patch|Delete|Request)Mapping\b")
_SERVLET = re.compile(r"(?m)^[^\n]*\bvoid\s+do(Get|Post|Put|Delete)\s*\(\s*(?:final\s+)?HttpServletRequest\b")


def _java(unit: Unit) -> Iterator[Handler]:
    text = unit.text
    prefix = ""
    for match in unit.finditer(_MAPPING):
        end = (
            textual.closing(text, match.end(), MAX_CALL) if text[match.end() : match.end() + 1] == "(" else match.end()
        )
        call = text[match.end() : end]
        head = re.match(r"\)?[^{;]*", text[end : end + 2000])
        head_text = head[0] if head else ""
        if re.search(r"\b(?:class|interface)\s+\w", re.sub(r"\"[^\"]*\"", "", head_text)):
            whole = re.search(r"\"([^\"]*)\"", call)
            prefix = whole[1] if whole else ""
            continue
        line = unit.line_of(match.start())
        top = line
        while top > 1 and unit.lines[top - 2].strip().startswith("@"):
            top -= 1
        path = re.search(r"\"([^\"]*)\"", call)
        named = re.findall(r"RequestMethod\.(GET|POST|PUT|PATCH|DELETE)", call)
        methods = frozenset(named) if match[1] == "Request" else frozenset({match[1].upper()})
        opens = end + len(head_text)
        first, last = _block_at(unit, unit.line_of(end), max(1, unit.line_of(opens) - unit.line_of(end)))
        guards = "\n".join(unit.lines[top - 1 : line]) + head_text
        yield Handler(_below(prefix, path[1] if path else ""), methods, line, guards, "", first, last)
    for match in unit.finditer(_SERVLET):
        line = unit.line_of(match.start())
        first, last = _block_at(unit, line, 3)
        yield Handler("", frozenset({match[1].upper()}), line, "", "", first, last)


# --- Go ----------------------------------------------------------------------------------------------------------

_GO_ROUTE = re.compile(
    r"(?<![\w.\"])([\w.]+)\.(HandleFunc|Handle|GET|POST|PUT|PATCH|DELETE|Get|Post|Put|Patch|Delete|Any|All|Path)\(\s*\"(?:(GET|POST|PUT|PATCH|DELETE) )?(?:[\w.-]+)?(/[^\"\n]*|)\"\s*,"
)
_GO_HANDLER = re.compile(r"http\.ResponseWriter|\*gin\.Context|\becho\.Context|\*fiber\.Ctx")


def _go(unit: Unit) -> Iterator[Handler]:
    text = unit.text
    bodies: set[int] = set()
    groups = _groups(unit)
    for match in unit.finditer(_GO_ROUTE):
        line = unit.line_of(match.start())
        if unit.commented(line) or re.fullmatch(r"(?:http|client|c|resty|req)\.(?:Get|Post)", f"{match[1]}.{match[2]}"):
            continue
        arguments, end = _call(text, text.index("(", match.end(2)))
        # echo takes the handler first, and what stands before it after it
        echo = len(arguments) > 2 and match[2].isupper() and "labstack/echo" in text
        given = arguments[1 if echo else -1] if len(arguments) > 1 else ""
        guards = " ".join(arguments[2:] if echo else arguments[1:-1])
        first = final = 0
        if given.startswith("func"):
            first, final = _block_at(unit, unit.line_of(text.rfind(given[:80], match.start(), end)), 3)
        else:
            guards += " " + given if "(" in given else ""
            name = re.search(r"(\w+)\W*$", given[-200:])
            found = name and re.search(rf"(?m)^func\s+(?:\([^)\n]*\)\s*)?{name[1]}\s*\(", text)
            if found:
                first, final = _block_at(unit, unit.line_of(found.start()), 3)
        named = re.match(r"\)\s*\.\s*Methods\(([^)]*)\)", text[end:])
        verbs = re.findall(r"GET|POST|PUT|PATCH|DELETE", named[1].upper()) if named else []
        verb = match[3] or match[2].upper()
        methods = frozenset(verbs or ({verb} & _METHODS))
        bodies.add(first)
        route = _below(groups.get(match[1], ""), match[4])
        yield Handler(route, methods, line, guards, match[1], first, final)
    for first, last in unit.blocks:
        if first not in bodies and _GO_HANDLER.search(unit.lines[first - 1]):
            yield Handler("", frozenset(), first, "", "", first, last)
