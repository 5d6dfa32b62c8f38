"""Names and addresses of a token, a profile or a session that code follows to where they tell who somebody is."""

from __future__ import annotations

import re
from itertools import islice
from typing import TYPE_CHECKING

from ztcheck.collectors.source.model import Project, Saw, Unit
from ztcheck.collectors.source.registry import whole

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

MAX_SOURCES = 100  # of one file
MAX_LINES = 60  # between what is read and where it is used

_CHANGES = r"(?:upn|preferred_username|unique_name|userPrincipalName|user_principal_name|email|mail|emailAddress)"
_SURE = r"(?:upn|preferred_username|unique_name|userPrincipalName|user_principal_name)"
_HOLDS = (
    r"(?:\w*[cC]laims(?:\(\))?|profile\._json|\w*[tT]oken\w*|payload|decoded\w*|principal|profile|\w*user_?[iI]nfo\w*|azure_?[uU]ser|ms_?[uU]ser|graph_?[uU]ser|google_user|"
    r"oidc\.user|req\.auth|request\.auth|req\.authInfo|state\.user|session\??\.user|session\[[\"']user[\"']\]|session\.get\([\"']user[\"'](?:\s*,\s*\{\})?\)|"
    r"id_token_claims[\"'](?:\]|\s*,\s*\{\}\)|\)))"
)


def _read(claim: str) -> str:
    return rf"(?:\[\s*[\"']{claim}[\"']\s*\]|\.get\(\s*[\"']{claim}[\"'](?:\s*,\s*(?:None|[\"']{{2}}))?\s*\)|[?!]?\.{claim}\b(?!\s*\())"


_SOURCE = re.compile(
    rf"(?<![\w.])(?:(?:[\w.()]+\.)?{_HOLDS}{_read(_CHANGES)}|(?:\w+\.)*(?:user|me|info|data|response|current_user){_read(_SURE)}|(?:me|info){_read('mail')}"
    rf"|(?:\w+\.)?account{_read('username')}|(?:client_?[pP]rincipal|principal)\.userDetails|[\w.]*headers(?:\.get\(|\[)\s*[\"'](?i:x-ms-client-principal-name)[\"']\s*[)\]])"
)
_WORDS = (
    "upn",
    "preferred_username",
    "unique_name",
    "userprincipalname",
    "user_principal_name",
    "mail",
    "account",
    "userdetails",
    "principal-name",
)
_ABOUT = r"(?i)\bjwt|[\"'][@~.][\w./]*/auth[\"']|better-auth|oauth|oidc|openid|msal|entra|azure|authlib|next-auth|passport|claims|x-ms-client-principal|graph\.microsoft|acquire_?token|session\[.user"
_GIVEN = re.compile(
    r"^\s*(?:(?:export|const|let|var)\s+)*(?:(\w+)\s*(?::[^=\n]{1,40})?=(?!=)|\{([^{}=]{1,200})\}\s*=(?!=))"
)
_DESTRUCTURED = re.compile(
    rf"\b(?:const|let|var)\s+\{{([^{{}}=]{{0,200}}\b(?:{_CHANGES}|username)\b[^{{}}=]{{0,200}})\}}\s*=\s*(?:await\s+)?(?:\w+\.)*(?:{_HOLDS}|account|jwtDecode\([^\n]*)\s*(?:as\b[^;\n]*)?;?\s*$",
    re.M,
)
_CALLS = (
    r"(?:filter_by|filter|get_or_create|update_or_create|find_one|find|findOne|findFirst|findUnique|findMany|findUniqueOrThrow|findFirstOrThrow|first|"
    r"where|andWhere|upsert|query|execute|fetch(?:one|all|row|val)?|aggregate|countDocuments|objects\.get|(?:[A-Z]\w*|users?|accounts?|members?|repo\w*)\.(?:get|count|exists)|"
    r"(?:find|get|load|lookup|look_up|fetch|create|upsert|ensure|provision|sync|add|is|has)_?\w*(?:[uU]ser|[aA]ccount|[mM]ember|[pP]erson|[oO]wner|[aA]dmin|By|by)\w*|"
    r"db\.(?:fetch|execute|get|all|run)\w*)"
)
_NOT_KEY = re.compile(
    r"(?i)\blog\w*\.|print\(|console\.|send_?\w*mail|send_?message|login_?hint|get_?accounts?_?(?:by_?username)?\(\s*(?:username|upn|\w*account)|getAccountByUsername|get_accounts|"
    r"find_?account\b|accounts?\??\.(?:find|filter)|=>\s*account\.|(?-i:Settings|Pages)\w*\(|render|display|template|\boid\b|object_?id|\bsub\b|\bassert|getDomain|split\(|endswith|endsWith"
)
_LISTS = r"(?:\w+\.)*\w*(?i:admin|allow|owner|permitted|white|approved|authori[sz]ed|superuser|staff)\w*"
_OWNER = re.compile(r"(?i)\b\w*\.?(?:owner\w*|created_?by\w*|author\w*|assigned\w*|user_?id|uploaded_?by)\b")


@whole("mutable-claim-as-key", "python", "javascript")
def followed(project: Project, declared: Mapping[str, object]) -> Iterable[tuple[Unit, int, Saw]]:  # noqa: ARG001
    """A name or address that a token holds, followed through its function to a look-up or an access check."""
    for unit in project.units:
        if unit.language not in ("python", "javascript") or not unit.holds(*_WORDS) or not unit.search(_ABOUT):
            continue
        told: set[int] = set()
        for line, what in _reads(unit):
            for number, message in _uses(unit, line, what):
                if number not in told:
                    told.add(number)
                    yield unit, number, Saw("refutes", message, "derived")


# A mark that was mailed to an address and lies in a table of the app's own.
_MAILED = re.compile(r"(?i)(?:saved|stored|verif\w*|reset|invit\w*|confirm\w*)_?token[?!]?\.")


def _reads(unit: Unit) -> Iterator[tuple[int, str]]:
    """Lines on which a name or address is read of a token, with an expression for it or for what it is given to."""
    for match in islice(unit.finditer(_SOURCE), MAX_SOURCES):
        line = unit.line_of(match.start())
        text = unit.lines[line - 1]
        if len(text) > 500 or unit.commented(line) or _MAILED.search(text):
            continue
        yield line, re.escape(match[0])
        given = _GIVEN.match(text)
        if given and given[1] and match.start() - unit.text.rfind("\n", 0, match.start()) > given.end(1):
            yield line, rf"(?<![\w.\"']){re.escape(given[1])}\b(?!\s*=(?!=)|\s*:(?!:))"
    for match in islice(unit.finditer(_DESTRUCTURED), MAX_SOURCES):
        for real, alias in re.findall(rf"\b({_CHANGES}|username)\b(?:\s*:\s*(\w+))?", match[1]):
            yield unit.line_of(match.start()), rf"(?<![\w.\"']){alias or real}\b(?!\s*:)"


def _uses(unit: Unit, line: int, what: str) -> Iterator[tuple[int, str]]:
    """Lines on which *what*, read on *line*, looks somebody up or lets somebody in."""
    _, last = unit.function(line)
    sink = re.compile(
        rf"(?<![\w$])(?:[\w$]+\??\.)*({_CALLS})(?:<[\w<>\[\], ]*>)?\((?:[^()\n]|\([^()\n]*\)|\([^()\n]*$)*?{what}"
    )
    listed = re.compile(
        rf"{what}(?:\.(?:lower|casefold|strip)\(\))*\s+(?:not\s+)?in\s+{_LISTS}|(?<![\w$]){_LISTS}\??\.(?:includes|indexOf|has)\(\s*{what}"
    )
    compared = re.compile(rf"{what}\s*[!=]==?|[!=]==?\s*{what}")
    used = re.compile(what)
    for number in range(line, min(last, line + MAX_LINES, len(unit.lines)) + 1):
        text = unit.lines[number - 1]
        if len(text) > 500 or not used.search(text) or unit.commented(number):
            continue
        if _NOT_KEY.search(text):
            continue
        if listed.search(text):
            yield number, "somebody is let in by a name or address that can change"
            continue
        if compared.search(text) and _OWNER.search(text):
            yield number, "somebody is recognized by a name or address that can change"
            continue
        start, statement = number, text
        found = sink.search(statement)
        while not found and start > max(line - 4, 1, number - 4):
            if not unit.lines[start - 2].rstrip().endswith(("(", "{", ",", "[")):
                break
            start -= 1
            statement = unit.lines[start - 1].strip() + " " + statement.strip()
            found = sink.search(statement)
        if found and not _NOT_KEY.search(statement):
            yield start, f"{found[1].rsplit('.', 1)[-1]} looks somebody up by a name or address that can change"


@whole("mutable-claim-as-key", "python")
def joined_by_address(project: Project, declared: Mapping[str, object]) -> Iterable[tuple[Unit, int, Saw]]:  # noqa: ARG001
    """social-auth told to take an account with the same address for the one that signs in."""
    for unit in project.units:
        if unit.language == "python" and "associate_by_email" in unit.text:
            for match in unit.finditer(r"[\"']social_core\.pipeline\.social_auth\.associate_by_email[\"']"):
                line = unit.line_of(match.start())
                if not unit.commented(line):
                    yield unit, line, Saw("refutes", "who signs in is looked up by an address, which can change")


# --- C# and Java -------------------------------------------------------------------------------------------------

_TYPED_CLAIM = r"\"(?:email|upn|preferred_username|unique_name|mail|userPrincipalName)\""
_TYPED_SOURCE = {
    "java": re.compile(
        rf"\b(?:\w*[aA]ttributes|attrs|\w*[cC]laims|userInfo|profile|jwt|token)(?:\(\))?\.(?:get|getOrDefault|getClaim|getString|getClaimAsString|getStringClaim|getClaimValueAsString)\(\s*{_TYPED_CLAIM}"
        rf"|\.(?:getAttribute|getClaimAsString|getStringClaim)\(\s*{_TYPED_CLAIM}|\.account\(\)\.username\(\)"
        r"|\b(?:\w*(?:[oO]idc|[oO][aA]uth2?)\w*|info)\.get(?:Email|PreferredUsername)\(\)|\bJwtClaims?\.(?:EMAIL|UPN|PREFERRED_USERNAME)\b"
    ),
    "csharp": re.compile(
        r"\bFindFirst(?:Value)?\(\s*(?:ClaimTypes\.(?:Email|Upn|Name)\b|\"(?:email|emails|upn|preferred_username|unique_name|name)\"|ClaimConstants\.PreferredUserName)"
        r"|\.Type\s*==\s*(?:ClaimTypes\.(?:Email|Upn|Name)\b|\"(?:email|emails|upn|preferred_username|unique_name)\")|\bUser\??!?\.Identity\??!?\.Name\b|\.Account\.Username\b|\.GetDisplayName\(\)"
        r"|\bprincipal\w*!?\.Identity\??!?\.Name\b|\bTokenClaims?\[\"(?:email|upn|preferred_username)\"\]"
    ),
}
_TYPED_GIVEN = re.compile(
    r"(?:\b(?:var|String|string\??|Object|final|CharSequence)\s+)*\b(\w+)\s*=(?!=)[^=;]{0,200}$|\bvar\s+(\w+)\s*=(?!=)[^;]{0,200}$"
)
_TYPED_CALLS = (
    r"(?:(?:[fF]ind|[gG]et|[lL]oad|[lL]ookup|[fF]etch|[eE]xists|[pP]rovision|[eE]nsure|[cC]reate|[uU]psert|[rR]egister|[sS]elect|[qQ]uery|[iI]s|[hH]as|[rR]esolve|[rR]etrieve|[rR]ead)\w*"
    r"(?:User|Account|Member|Person|Employee|Customer|Profile|Owner|Admin|Role|Permission|Participant|Student|Author|Tenant|Client|By|Async)\w*|"
    r"(?:First|Single|Where|Any|Count|All)(?:OrDefault)?(?:Async)?|login|signIn|login_?[uU]ser)"
)
_TYPED_NOT = re.compile(
    r"(?i)\b_?log(?:ger)?\w*\.|console\.|system\.out|send_?\w*mail|mail\w*\.send|loginhint|\bwithaccount|getaccounts?async\(\s*\)|isnullor|hastext|isblank|isempty|display|viewbag|viewdata|tempdata|"
    r"model\.add|\.addattribute\(|claims?\.(?:add|first|find|where|any)|findfirst\w*\(\s*\"|GetTokenAsync|\bnew claim\(|split\("
)


@whole("mutable-claim-as-key", "csharp", "java")
def followed_typed(project: Project, declared: Mapping[str, object]) -> Iterable[tuple[Unit, int, Saw]]:  # noqa: ARG001
    """A name or address that a token holds, followed through its function in C# and Java to a look-up."""
    for unit in project.units:
        source = _TYPED_SOURCE.get(unit.language)
        if source is None or not unit.search(source):
            continue
        told: set[int] = set()
        for match in islice(unit.finditer(source), MAX_SOURCES):
            line = unit.line_of(match.start())
            other = match[0].startswith("info.") and not unit.search(r"OAuth2User")
            if len(unit.lines[line - 1]) > 500 or other or unit.commented(line):
                continue
            begin = unit.text.rfind("\n", 0, match.start()) + 1
            if not re.search(r"[=(,]", unit.text[begin : match.start()]) and line > 1:
                begin = unit.text.rfind("\n", 0, begin - 1) + 1  # the statement begins on the line above
            given = _TYPED_GIVEN.search(unit.text[begin : match.start()])
            asked = match[0].startswith(".Type")  # of one claim among many
            found = [] if asked else list(_typed_uses(unit, line, re.escape(match[0]), inline=True))
            if given and not found:
                what = rf"(?<![\w.\"]){given[1] or given[2]}\b(?!\s*=(?!=)|\s*:(?!:)|\s*\()"
                found = list(_typed_uses(unit, line, what, inline=False))
            for number, message in found:
                if number not in told:
                    told.add(number)
                    yield unit, number, Saw("refutes", message, "derived")


def _typed_uses(unit: Unit, line: int, what: str, inline: bool) -> Iterator[tuple[int, str]]:
    """Lines on which *what*, read on *line*, looks somebody up or lets somebody in."""
    _, last = unit.function(line)
    sink = re.compile(
        rf"(?<!\w)(?:\w+(?:\(\))?[?!]?\.)*({_TYPED_CALLS})(?:<[\w<>\[\], ]*>)?\((?:[^();]|\([^();]*\)|\([^();]*$)*?{what}"
    )
    listed = re.compile(rf"(?<!\w){_LISTS}\.[cC]ontains\w*\(\s*{what}")
    domain = re.compile(rf"{what}(?:\.\w+\(\))*\.[eE]ndsWith\(\s*\"@")
    first = line if inline else line + 1
    used = re.compile(what)
    for number in range(first, line + 1 if inline else min(last, line + MAX_LINES, len(unit.lines)) + 1):
        text = unit.lines[number - 1]
        if len(text) > 500 or not used.search(text) or unit.commented(number):
            continue
        plain = text if not inline else used.sub('""', text)
        if _TYPED_NOT.search(plain):
            continue
        if listed.search(text) or domain.search(text):
            yield number, "somebody is let in by a name or address that can change"
            continue
        statement = text
        if not sink.search(text) and number > 1 and unit.lines[number - 2].rstrip().endswith(("(", ",", "=>")):
            statement = unit.lines[number - 2].strip() + " " + text.strip()
        found = sink.search(statement)
        if found and not _TYPED_NOT.search(used.sub('""', statement)):
            yield number, f"{found[1]} looks somebody up by a name or address that can change"
