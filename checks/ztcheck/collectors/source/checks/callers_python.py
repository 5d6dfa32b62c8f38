"""Whom a Python handler takes for its caller, and tokens that its sign-in issues for good."""

from __future__ import annotations

import re
from itertools import islice
from typing import TYPE_CHECKING

from ztcheck.collectors.source import textual
from ztcheck.collectors.source.checks.unguarded_python import code_only
from ztcheck.collectors.source.model import Fact, Project, Saw, Unit
from ztcheck.collectors.source.registry import on, whole

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

MAX_PLACES = 50  # of one kind in one file
_PERSON = r"(?:user_?[iI]d|uid|user_?[nN]ame|owner_?[iI]d|account_?[iI]d|customer_?[iI]d|employee_?[iI]d|member_?[iI]d|patient_?[iI]d|merchant_?[iI]d)"
_SENT = re.compile(
    rf"(?m)^[ \t]*(?P<name>{_PERSON})\s*(?::[^=\n]+)?=\s*(?:int\(|str\()?\s*(?:(?:await\s+)?(?:flask\.)?(?:request|req)\.(?:args|form|json|values|GET|POST|data|query_params|params|query|get_json\([^()\n]*\)|json\(\))|data|body|payload|req_body|request_data|request_json)"
    rf"(?:\.get\(\s*|\[\s*)[\"']{_PERSON}[\"']"
)
_KNOWS_CALLER = re.compile(
    r"(?i)\b(?:request|req)\.(?:user|auth|state|identity|cookies)\b|\bsession\b|current_?user|claims|permission|is_?admin|\broles?\b|ownership|authoriz|authenticat|principal|"
    r"passw|sign_?(?:in|up)|log_?(?:in|out|on)\b|regist|invite|webhook|signature|\botp\b|reset|verif|token|_required|jwt|api_?key"
)
_LOOKS_UP = r"(?i:find|where|get|load|fetch|select|query|create|update|delete|remove|insert|add|save|read|list|count|filter|items|execute|upsert|history)\w*"


@whole("identity-from-request", "python")
def person_from_request_python(project: Project, declared: Mapping[str, object]) -> Iterable[tuple[Unit, int, Saw]]:  # noqa: ARG001
    """Whose data is meant is told by the body or the query, and nothing in the handler asks who calls."""
    for unit in project.production("python"):
        for match in islice(unit.finditer(_SENT), MAX_PLACES):
            line = unit.line_of(match.start("name"))
            first, last = unit.function(line)
            if (first, last) not in unit.blocks or last - first > 150 or "admin" in unit.path.lower():
                continue
            above = "\n".join(unit.lines[max(0, first - 5) : first - 1])
            around = code_only(unit.around(line))
            name = match["name"]
            if _KNOWS_CALLER.search(f"{above}\n{around}"):
                continue
            if re.search(rf"\b[\w.]*{_LOOKS_UP}\([^\n]*(?<![\w.\"']){name}\b|\{{{name}\}}|\[\s*{name}\s*\]", around):
                message = f"whose data is meant is told by {name} of the request"
                yield unit, line, Saw("refutes", message, "heuristic")


_SENT_ON = re.compile(
    rf"\.{_LOOKS_UP}\([^()\n]*?\b(?:request\.(?:args|form|json|values|GET|POST|query_params)|data|body|payload|req_body|request_data)"
    rf"(?:\.get\(\s*|\[\s*)[\"'](?P<name>{_PERSON})[\"']"
)
_IN_HEADER = re.compile(
    r"\b(?P<name>(?:x_)?(?:user|person|account|customer|owner|employee)_?(?:id|email|name))\s*:[^=,()\n]+=\s*(?:\w+\.)?Header\("
)


@whole("identity-from-request", "python")
def person_sent_on(project: Project, declared: Mapping[str, object]) -> Iterable[tuple[Unit, int, Saw]]:  # noqa: ARG001
    """Whose data is meant is told by the request and looked up at once, or told by a header that anybody can write."""
    for unit in project.production("python"):
        framework = unit.search(r"(?m)^[ \t]*(?:from|import)\s+(?:flask|quart|fastapi|django|starlette|sanic)\b")
        for match in (*islice(unit.finditer(_SENT_ON), MAX_PLACES), *islice(unit.finditer(_IN_HEADER), MAX_PLACES)):
            line = unit.line_of(match.start("name"))
            first, last = unit.function(line)
            if (
                framework is None
                or (first, last) not in unit.blocks
                or last - first > 150
                or "admin" in unit.path.lower()
            ):
                continue
            above = "\n".join(unit.lines[max(0, first - 5) : first - 1])
            around = code_only(unit.around(line))
            if "@" in above and not _KNOWS_CALLER.search(f"{above}\n{around}") and "Depends(" not in around:
                message = f"whose data is meant is told by {match['name']} of the request"
                yield unit, line, Saw("refutes", message, "heuristic")


_WHO = re.compile(
    r"\b(?P<who>current_\w+|\w*user|principal|claims|caller|token_data)\s*(?::[^=,()\n]+(?:\[[^\]\n]*\])?)?\s*=\s*(?:Depends|Security)\(\s*[\w.]*(?i:user|auth|token|principal|claims|verif)"
)
_CHECKED_ELSEWHERE = re.compile(
    r"(?i)admin|superuser|staff|owner|permission|role|scope|access|authoriz|\ballow|\bcan_|is_self|same_user|belongs|policy|verify_"
)


@whole("identity-from-request", "python")
def person_not_compared(project: Project, declared: Mapping[str, object]) -> Iterable[tuple[Unit, int, Saw]]:  # noqa: ARG001
    """A route of FastAPI whose caller signs in, and that hands out what belongs to whomever its path names."""
    for unit in project.production("python"):
        if not unit.holds("depends(", "security("):
            continue
        for handler in unit.handlers:
            if not handler.first:
                continue
            text = code_only(handler.body(unit))
            opening = text.find("(")
            end = textual.closing(text, opening) if opening >= 0 else 0
            head, body = text[opening : end + 1], text[end + 1 :]
            who = _WHO.search(head)
            named = re.search(rf"\b(?P<name>{_PERSON})\s*:", head)
            if who is None or named is None or who["who"] in body or _CHECKED_ELSEWHERE.search(head + body):
                continue
            if re.search(rf"(?<![\w.\"']){named['name']}\b", body):
                line = handler.first + text.count("\n", 0, opening + named.start())
                message = f"{named['name']} of the request is never compared with who calls"
                yield unit, line, Saw("refutes", message, "heuristic")


_SIGNED_IN = re.compile(
    rf"[ \t]*(?:async[ \t]+)?def[ \t]+\w+\(\s*(?P<who>current_\w+)\s*,[^()\n]*?\b(?P<name>{_PERSON})\b"
)


@whole("identity-from-request", "python")
def person_of_path_not_compared(
    project: Project,
    declared: Mapping[str, object],  # noqa: ARG001
) -> Iterable[tuple[Unit, int, Saw]]:
    """A route of Flask whose decorator hands it who signed in, and that reads whatever belongs to whom its path names."""
    for unit in project.production("python"):
        if not unit.holds("flask", "quart"):
            continue
        for handler in unit.handlers:
            if not handler.first:
                continue
            begin = next((n for n in range(handler.first, handler.last + 1) if " def " in f" {unit.lines[n - 1]}"), 0)
            found = _SIGNED_IN.match(unit.lines[begin - 1]) if begin else None
            if found is None:
                continue
            body = code_only("\n".join(unit.lines[begin : handler.last]))
            if found["who"] in body or _CHECKED_ELSEWHERE.search(
                _statement_free(body) + handler.guards + handler.route
            ):
                continue
            if re.search(rf"(?<![\w.\"']){found['name']}\b", body):
                message = f"{found['name']} of the request is never compared with who calls"
                yield unit, handler.line, Saw("refutes", message, "heuristic")


def _statement_free(body: str) -> str:
    return re.sub(r"[\"'][^\"'\n]*[\"']", "", body)


@on("expiry-check-disabled", "call", "encode", "python")
def issued_forever(fact: Fact, unit: Unit) -> Saw | None:
    """A token that PyJWT, python-jose or Authlib signs without any expiry: whoever verifies it finds none that has passed."""
    if not re.search(r"(?:^|\.)jwt\.encode$", fact.name) or "jwt" not in unit.text:
        return None
    given = [value for _, value in fact.arguments()]
    claims = given[1] if given and re.match(r"header|\{\s*[\"'](?:alg|typ)[\"']", given[0]) and len(given) > 2 else ""
    claims = claims or (fact.argument("payload", 0) or fact.argument("claims", 0) or "")
    around = code_only(unit.around(fact.line))
    if re.search(r"(?i)[\"']exp[\"']|\bexp\s*=|expir|\blifetime|\bttl\b|timedelta|\*\*", around):
        return None
    written = claims if claims.startswith("{") else None
    if written is None and re.fullmatch(r"\w+", claims):
        found = re.search(rf"(?m)^\s*{claims}\s*(?::[^=\n]+)?=\s*(\{{|dict\()", around)
        written = claims if found else None
    told = claims if written and claims.startswith("{") else around
    if written is None or not re.search(r"(?i)[\"']sub[\"']|user|mail|role|[\"']uid|[\"']id[\"']|account", told):
        return None  # one that names nobody proves an app to another service
    return Saw("refutes", "a token is issued that never expires", "derived")
