"""How the app knows who somebody is: immutable ids, tenants, roles, and what the request merely says."""

from __future__ import annotations

import re
from bisect import bisect_left
from typing import TYPE_CHECKING, Any

from ztcheck.collectors.source import textual
from ztcheck.collectors.source.model import Fact, Project, Saw, Setting, Unit
from ztcheck.collectors.source.registry import allowance, on, setting, whole

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

_MUTABLE = re.compile(
    r"Identity\??!?\.Name\b|GetDisplayName\(\)|preferred_?username|PreferredUserName|unique_name|ClaimTypes\.(?:Upn|Email|Name)\b|"
    r"(?:claims?|token|payload|authInfo|idTokenClaims|decoded|principal|user_info|userinfo|jwt|oidc_?user|oauth2?_?user)\w*(?:\(\))?(?:\??\.|\??\[\s*[\"']|\.get\(\s*[\"']|\.getClaim\w*\(\s*\"|\.<?\w*>?getAttribute\(\s*\"|\.getAttributes\(\)\.get\(\s*\"|"
    r"\.getStringClaim\(\"|\.getClaimAsString\(\"|\[\")(?:email|Email|upn|UPN|unique_name|preferred_username|PreferredUsername)\b|FindFirst(?:Value)?\(\s*\"(?:email|upn|preferred_username|unique_name)\"|"
    r"\.Type\s*==\s*\"(?:email|upn|preferred_username|unique_name|name)\"|(?i:principal|oidc_?user|oauth2?_?user|id_?token|jwt|claims?|user_?info)\w*(?:\(\))?\.get(?:Email(?:Address)?|PreferredUsername|Upn)\(\)|\.getPreferredUsername\(\)"
)
_MUTABLE_LINE = re.compile(
    r"=> \w+\.(?:owner|createdby|assignedto)\b|identity|getdisplayname|preferred|unique_name|claimtypes|mail|upn|user_?(?:name|principal)|principal_?name"
)
_KEY = r"(?i)(^|[._\"'\[])(owner|owner_?id|user_?id|uid|user_?key|created_?by|assigned_?to|buyer_?id|customer_?id|account_?id|subject|principal_?id|signed_?in_?user)[\"'\]]*$"


@on("mutable-claim-as-key", "name", _KEY)
def mutable_named(fact: Fact, unit: Unit) -> Saw | None:
    """A name or address that is stored as somebody's key."""
    value = unit.resolve(fact.value)
    if not _MUTABLE.search(fact.value) and not _MUTABLE.search(value):
        return None
    if re.search(
        r"(?i)TempData|ViewBag|ViewData|model\.|display|login_?hint|\boid\b|getObjectId", fact.name + fact.value
    ):
        return None
    return Saw(
        "refutes", f"{fact.last} takes a name or address that can change and be given to another person", "derived"
    )


_TOLD_BY = re.compile(
    r"^\s*return\s+\w+(?:\[|\.get\(|\.)[\"']?(?:email|upn|preferred_username|unique_name)\b[\"'\])]*;?\s*$"
)
_BY_EMAIL = re.compile(
    r"\bfind\w*ByEmail\(\s*\w*[eE]mail\w*\s*\)|\bfind(?:One|First|Unique)\w*\(\s*\{\s*(?:where:\s*\{\s*)?email\b"
)


@whole("mutable-claim-as-key", "python", "javascript")
def mutable_sign_in(project: Project, declared: Mapping[str, object]) -> Iterable[tuple[Unit, int, Saw]]:  # noqa: ARG001
    """A sign-in that tells who the caller is by an address: of a validated token, or of a provider's profile."""
    for unit in project.units:
        token = unit.language == "python" and "jwt" in unit.text
        profile = (
            unit.language == "javascript"
            and unit.search(r"(?i)passport|oidc|openid")
            and unit.search(r"(?i)microsoft|azure|entra|oidc|openid")
        )
        if not token and not profile:
            continue
        for number, line in enumerate(unit.lines, 1):
            if token and _TOLD_BY.match(line):
                first, _ = unit.function(number)
                if re.search(r"(?i)current_?user|authenticat|identity|principal|get_?user", unit.lines[first - 1]):
                    yield unit, number, Saw("refutes", "the caller is told by an address, which can change", "derived")
            elif (
                profile
                and _BY_EMAIL.search(line)
                and not unit.commented(number)
                and re.search(r"profile\??\.(?:_json\.)?(?:emails?|mail|upn)\b", unit.around(number))
            ):
                yield (
                    unit,
                    number,
                    Saw("refutes", "who signs in is looked up by an address, which can change", "derived"),
                )


_LOOKUP = re.compile(
    r"(?:new\s+)?(?P<call>[\w.]*?(?:Get|Find|Load|Count|Where|First|Single|Any|Contains|Has|Is(?:Admin|Owner)|filter_by|filter|get_or_create|objects\.get|"
    r"get_by_\w+|find_by_\w+|(?:get|find|load|fetch)_\w+_by_(?:e?mail|upn|user_?name)|get\w*By\w+|findOne|findUnique|findBy\w*|find|where|Query\w*|lookup|login|signIn)\w*)\((?P<inner>[^()\n]*(?:\([^()\n]*\)[^()\n]*)*)\)"
)
_LISTED = re.compile(
    r"(?i)(?:valid|allow|admin|permit|white|authorized)\w*\.(?:contains|includes|indexOf|has)\(\s*(?:upn|email|mail|preferred_?username|user_?principal_?name|principal_?name)\b"
    r"|\b(?:\w+\.)?(?:upn|user_?email|email|preferred_?username|user_?principal_?name|principal_?name)\b(?:\s+or\s+[\"']{2}\))?(?:\.\w+\(\))*\)?(?:\.\w+\(\))* in (?:\w+\.)*(?:valid|allow\w*|admin\w*|permitted|white_?list\w*|authorized)_?(?:users?|names?|e?mails?|accounts?|upns?)?\b(?!\s*\()"
)
# One of which every match of it holds, each beginning with what is found fast.
_LISTED_PARTS = (
    re.compile(r"(?i)\.(?:contains|includes|indexOf|has)\(\s*(?:upn|email|mail|preferred|user_?principal|principal)"),
    re.compile(r"(?i) in (?:\w+\.)*(?:valid|allow|admin|permitted|white|authorized)"),
)
_PERSON_OF_OIDC = r"\b(?:OidcUser|DefaultOidcUser|OidcIdToken|OidcUserInfo|GoogleIdToken\.Payload)"
_NOT_LOOKUP = re.compile(
    r"(?i)GetClaim|getString|FindFirst|FirstOrDefault\(\s*\w+\s*=>\s*\w+\.Type|GetValue|claims?\.get|Guard|nameof|IsNullOr|^strings\.|getAttribute|getHeader|getParameter|GetToken|HasClaim|getLogger|getProperty"
)


@whole("mutable-claim-as-key", "python", "csharp", "javascript", "java", "go")
def mutable_lookup(project: Project, declared: Mapping[str, object]) -> Iterable[tuple[Unit, int, Saw]]:  # noqa: ARG001
    """A look-up or a comparison by a name or address."""
    for unit in project.units:
        if unit.language not in ("python", "csharp", "javascript", "java", "go") or not (
            unit.search(_MUTABLE)
            or (any(map(unit.search, _LISTED_PARTS)) and unit.search(_LISTED))
            or unit.search(_CALLERS_ADDRESS)
            or unit.search(_ADDRESS_OF_CLAIMS)
            or unit.search(_PROFILE)
            or (unit.language == "java" and unit.search(_PERSON_OF_OIDC))
        ):
            continue
        ends = [match.start() for match in re.finditer("\n", unit.low)]
        for number in sorted({bisect_left(ends, match.start()) + 1 for match in _MUTABLE_LINE.finditer(unit.low)}):
            line = unit.lines[number - 1]
            if len(line) > 500 or unit.commented(number):
                continue
            before = unit.lines[number - 2].strip() if number > 1 else ""
            goes_on = unit.language in ("csharp", "java") and before.endswith("(") and len(before) < 200
            if goes_on and not unit.commented(number - 1):
                line = before + line.strip()
                line += ")" * max(0, line.count("(") - line.count(")"))
            message = _lookup_in(line, unit, number)
            if message:
                yield unit, number, Saw("refutes", message, "derived")


_PROFILE = re.compile(
    r"\b(?:profile|user_?data|me)(?:\??\.|\[\s*[\"']|\.get\(\s*[\"'])(?:email|upn|mail|preferred_username)\b"
)


@on("mutable-claim-as-key", "name", r"(?i)(user_?name|user|identity|principal|login|subject)_?claim(_?name)?[\"'\]]*$")
def claim_configured(fact: Fact, unit: Unit) -> Saw | None:  # noqa: ARG001 - every judge takes both
    """A setting that makes a name or address the claim that tells who somebody is."""
    value = (textual.unquote(fact.value) or "").casefold()
    if value not in _CLAIM_VALUES:
        return None
    return Saw("review", f"{value} tells who somebody is: it can change, and be given to another person", "derived")


_CLAIM_VALUES = ("upn", "email", "preferred_username", "unique_name", "name")
_CLAIM_SETTING = re.compile(
    r"(?i)(?:^|[._:-])(?:user-?name-?attribute(?:-?name)?|principal-?claim(?:-?name)?|user-?name-?claim|name-?claim-?type|user-?id-?claim|username_?claim|oidc_username_claim)$"
)


@setting("mutable-claim-as-key")
def claim_in_settings(item: Setting, unit: Unit) -> Saw | None:  # noqa: ARG001 - every judge takes both
    """A setting of Spring, Quarkus and others that makes a name or address the claim that tells who somebody is."""
    value = item.value.strip().strip("\"'").casefold()
    if value not in _CLAIM_VALUES[:4] or not _CLAIM_SETTING.search(item.key.replace("_", "-")):
        return None
    return Saw("review", f"{value} tells who somebody is: it can change, and be given to another person", "derived")


@on(
    "mutable-claim-as-key",
    "call",
    "setPrincipalClaimName|userNameAttributeName|principalClaimName|setUserNameAttributeName",
    "java",
)
def claim_of_spring(fact: Fact, unit: Unit) -> Saw | None:
    """Spring Security told to name the caller by a claim that can change."""
    value = (textual.unquote(unit.resolve(fact.argument(position=0) or "")) or "").casefold()
    if value not in _CLAIM_VALUES[:4] and not re.search(
        r"StandardClaimNames\.(?:PREFERRED_USERNAME|EMAIL)\b", fact.text
    ):
        return None
    return Saw("review", f"{fact.last} names the caller by what can change, and be given to another person", "derived")


@on("mutable-claim-as-key", "name", "^(ID|Id|UserID|UserId|Subject|Owner|OwnerID)$", "go")
def key_in_go(fact: Fact, unit: Unit) -> Saw | None:
    """A record of Go whose key is a name or address of the token."""
    if not re.match(
        r"\w*(?i:claims?|token|userinfo|profile)\w*(?:\.\w+)*\.(?:Email|PreferredUsername|UPN|Upn|UniqueName)$",
        fact.value,
    ):
        return None
    if not re.match(r"\w+\s*:(?!=)", fact.text) or not unit.search(r"(?i)oidc|jwt|oauth"):
        return None
    return Saw(
        "refutes", f"{fact.last} takes a name or address that can change and be given to another person", "derived"
    )


@on("mutable-claim-as-key", "name", r"(?i)^[\"']?(user_?name|login)[\"']?$", "python", "javascript")
def claim_as_name(fact: Fact, unit: Unit) -> Saw | None:
    """The account that signs in, named by a claim that can change."""
    claim = re.search(
        r"(?:\.get\(\s*|\[\s*)[\"'](preferred_username|upn|unique_name|email)[\"']|\.(preferred_username|upn|unique_name)\b",
        fact.value,
    )
    head = unit.lines[unit.function(fact.line)[0] - 1]
    if claim is None or not re.search(r"(?i)user_?info|from_claims|oauth|oidc|profile|token_to", head):
        return None
    return Saw(
        "review",
        f"{fact.last} takes {claim[1] or claim[2]}, which can change and be given to another person",
        "heuristic",
    )


_ACCOUNT_OF = re.compile(
    r"\b\w*(?:user|profile|me|info|claims)\w*(?:\[\s*[\"']|\.get\(\s*[\"'])(email|mail|upn|userPrincipalName|preferred_username|unique_name)[\"']"
)


@on("mutable-claim-as-key", "name", r"^(identifier|user_identifier|user_id|sub|subject|external_id)$", "python")
def account_of_provider(fact: Fact, unit: Unit) -> Saw | None:
    """An account whose key is an address of the profile that a provider answered with."""
    claim = _ACCOUNT_OF.match(fact.value.strip())
    if claim is None or not unit.search(r"(?i)oauth|oidc|openid|userinfo|graph\.microsoft"):
        return None
    return Saw("refutes", f"{fact.last} takes {claim[1]}, which can change and be given to another person", "derived")


def _lookup_in(line: str, unit: Unit, number: int) -> str | None:
    for match in _LOOKUP.finditer(line):
        inner = match["inner"]
        name = match["call"].rsplit(".", 1)[-1]
        if (
            _NOT_LOOKUP.search(match["call"])
            or re.search(r"\bnameof\b|Guard\.", line)
            or re.search(r"(?i)log(?!in)|display|domain|Claims\b|ClaimTypes", name)
            or re.search(r"(?i)domain", inner)
        ):
            continue
        direct = (
            _MUTABLE.search(inner)
            or (re.match(r"(?i)(?:find|get|load)\w*By\w*|login$|sign_?in$", name) and _ADDRESS_OF_CLAIMS.search(inner))
            or (_PROFILE.search(inner) and unit.search(r"(?i)oauth|oidc|openid|passport|\bsso\b|saml"))
        ) and not re.search(r"\w+\.Type\s*==", inner)
        sent = re.search(r"(?i)\b(\w*payload)\.", inner) if direct and unit.language == "go" else None
        if sent and re.search(rf"\b(?:\w*Bind\w*|Decode|BodyParser)\(\s*&{sent[1]}\b", unit.around(number)):
            continue  # the body of the request, no token's
        person = (
            re.search(r"\b(\w+)\.get(?:Email|PreferredUsername|Upn)\(\)", inner)
            if unit.language == "java" and not direct
            else None
        )
        if person:
            direct = bool(re.search(rf"{_PERSON_OF_OIDC}\s+{person[1]}\b", unit.around(number)))
        if direct:
            return f"{name} looks somebody up by a name or address that can change"
        variable = re.match(
            r"\s*(?:(?:email|username|upn)\s*=\s*)?(upn|email|username|user_?name|preferred_?username|subject)\b\s*[,)]?",
            inner,
        ) or re.search(
            r"\b\w+\s*=>\s*\w+(?:\.\w+)+\s*(?:==\s*|\.Equals\(\s*)((?i:\w*(?:email|mail|upn|user_?name|name|login|user)))\b(?!\s*[.(])",
            inner,
        )
        given = _given(unit, variable[1], number) if variable else ""
        if variable and (_MUTABLE.search(given) or _ADDRESS_OF_CLAIMS.search(given)):
            return f"{name} looks somebody up by {variable[1]}, which can change"
    if _KEY_OF_CALLER.search(line):
        return "the caller's key is a name or address that can change"
    if _CALLERS_ADDRESS.search(line):
        return "somebody is looked up by an address that can change"
    if _LISTED.search(line) and not re.search(r"\bfor\s+\w+\s+in\b", line):
        return "somebody is let in by a name or address that can change"
    if (
        re.search(r"(?:[!=]==?|\.equals(?:IgnoreCase)?\(|\.Equals\(|EqualFold\()", line)
        and _MUTABLE.search(line)
        and re.search(r"(?i)owner|admin|created_?by|author\b|assigned", line)
        and not re.search(r"(?<!FindFirst\()(?<!FindFirstValue\()ClaimTypes\.\w+\s*\)|\.Type\s*==", line)
    ):
        return "somebody is recognized by a name or address that can change"
    return None


def _given(unit: Unit, name: str, number: int) -> str:
    first, _ = unit.function(number)
    before = "\n".join(unit.lines[first - 1 : number - 1])
    rest = r"[^;]{1,300}" if unit.language in ("java", "csharp") else r"[^\n]+"
    found = re.findall(rf"\b{name}\b\s*(?::\s*\w+\s*)?:?=(?!=)\s*({rest})", before)
    if not found:
        return ""
    source = re.match(r"(\w+)\??\.Value", found[-1])
    if source:
        again = re.findall(rf"\b{source[1]}\b\s*=\s*([^\n]+)", before)
        return again[-1] if again else ""
    return str(found[-1])


# A property or a method that by its name gives the caller's key, and gives a name or address.
_KEY_OF_CALLER = re.compile(
    r"\b(?i:(?:get)?_?(?:current|caller|logged_?in)?_?(?:user|owner|account|caller)_?(?:id|key))\s*(?:\([^()]{0,80}\))?\s*=>\s*"
    r"[^;\n]{0,80}(?:Identity\??!?\.Name\b|ClaimTypes\.(?:Email|Upn|Name)\b|\"(?:email|upn|preferred_username|unique_name)\")"
)
# A property of a controller's base that hands out the caller's address, and a claim that is asked for one.
_CALLERS_ADDRESS = re.compile(
    r"\w(?:By|From)(?:Email|Mail|Upn|UserName)\w*\(\s*(?:this\.)?_?[cC]urrent(?:User)?(?:Email|Mail|Upn|UserName)\w*"
)
# Alternatives that each begin with a letter: searched several times as fast as those that fold cases or look back.
_GETS = r"et\w{0,40}(?:[mM]ail|[uU]pn|UPN|MAIL)\w{0,40}\(\s*\w{0,40}(?:[cC]laims|[pP]rincipal)\b"
_GETS_NAME = r"_?(?:[uU]ser|USER)(?:_?[iI]nfo)?\.[gG]et_?(?:[eE]mail|[uU]pn|[pP]referred_?[uU]sername)\(\s*\)"
_ADDRESS_OF_CLAIMS = re.compile(
    rf"g{_GETS}|G{_GETS}|Principal!?\.Get(?:Email|Upn)\(\s*\)|o[aA]uth2?{_GETS_NAME}|O[aA]uth2?{_GETS_NAME}|oidc{_GETS_NAME}|O(?:idc|IDC){_GETS_NAME}"
    r"|user_?[iI]nfo\.get(?:Email(?:Address)?|PreferredUsername)\(\s*\)|JwtClaims?\.(?:EMAIL|UPN|PREFERRED_USERNAME)\b"
)

_DIRECTORY_ROLE = re.compile(r"(?i)wids|directory_?role|role_?template")
_GUID = r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}"


@on("identifier-in-authorization", "string", rf"(?i)^.?{_GUID}.?$|^.[\w.+-]+@[\w-]+\.[\w.]+.$")
def identifier(fact: Fact, unit: Unit) -> Saw | None:
    """A person's or group's identifier in an access check."""
    line = unit.lines[fact.line - 1]
    if re.search(r"(?i)no-?_?reply", fact.name):
        return None  # nobody's
    if len(line) > 1000 or _DIRECTORY_ROLE.search(line) or re.search(r"(?i)seed|migration|fixture", unit.path):
        return None
    compares = re.search(r"[!=]==?|\bin\b|\.(?:includes|Contains|contains|has|indexOf|equals|Equals)\(|EqualFold", line)
    subject = re.search(
        r"(?i)\b\w*(?:groups?|oid|object_?id|user(?:_?id|\.email|name)?|claims?|email|upn)\b",
        line.replace(fact.name, ""),
    )
    return (
        Saw("refutes", "an access check names a person or group by its identifier", "derived")
        if compares and subject
        else None
    )


@on("roles-claim-read", "string", r"^.roles.$")
@on("roles-claim-read", "call", "IsInRole|RequireRole|hasRole|hasAuthority|hasAnyRole|hasAnyAuthority")
def roles_read(fact: Fact, unit: Unit) -> Saw | None:
    """The validated token's roles decide."""
    if fact.kind == "call":
        return Saw("supports", f"{fact.last} reads the token's roles")
    near = unit.lines[fact.line - 1]
    yes = re.search(r"(?i)claims?|token|payload|principal|authInfo|user\b", near) and re.search(
        r"[\[(.]\s*[\"']roles[\"']|\.get\([\"']roles", near
    )
    return Saw("supports", "the access check reads the roles claim") if yes else None


@on("default-role-granted", "call", "get|getOrDefault|GetValueOrDefault")
def default_role(fact: Fact, unit: Unit) -> Saw | None:  # noqa: ARG001 - every judge takes both
    """A missing role that is replaced by one that grants."""
    values = [value for _, value in fact.arguments()]
    yes = (
        len(values) == 2
        and re.fullmatch(r"[\"']roles?[\"']", values[0])
        and not re.search(
            r"(?i)(?:^|[^a-z])(?:msg|messages?|m|turn|chat|item|entry|row|part|choice|delta)\.get", fact.name
        )
        and re.search(r"(?i)[\"'](?:admin\w*|owner|writer|editor|user|member|reader|contributor)[\"']", values[1])
    )
    return Saw("refutes", f"a caller without roles is treated as {values[1]}") if yes else None


@whole("default-role-granted", "javascript", "csharp")
def default_role_operator(project: Project, declared: Mapping[str, object]) -> Iterable[tuple[Unit, int, Saw]]:  # noqa: ARG001
    """A missing role that an operator replaces by one that grants."""
    wanted = re.compile(
        r"(?i)\.?roles?\b[\"'\])]*\s*(?:\|\||\?\?)\s*(?:\[\s*|new\[\]\s*\{\s*)?[\"'](admin\w*|owner|writer|editor|member|contributor)[\"']"
    )
    for unit in project.units:
        if unit.language in ("javascript", "csharp") and unit.holds("||", "??"):
            for match in unit.finditer(wanted):
                line = unit.line_of(match.start())
                if not unit.commented(line):
                    yield unit, line, Saw("refutes", f"a caller without roles is treated as {match[1]}")


_HEADER = r"(?i)^.x-(user([-_]?(id|name|email|role))?|authenticated-user(id)?|remote-user|forwarded-(user|email)|tenant([-_]?id)?|account-id|role)[\"'`]?$|^.remote[-_]user.$"


@on("identity-from-request", "string", _HEADER)
def identity_header(fact: Fact, unit: Unit) -> Saw | None:
    """An identity that a header merely says."""
    if re.search(r"(?i)tenant", fact.name):
        return None
    line = unit.lines[fact.line - 1]
    reads = re.search(
        r"(?i)(?:req(?:uest)?|ctx|context|r|c|http_?request)\b[\w.?()]*\.?(?:headers?|Headers?|META|Header)\b[\w.?]*\s*[\[(.]|getHeader\(|GetHeader\(|@RequestHeader|FromHeader|Header\(|\.get\(",
        line,
    )
    writes = re.search(
        r"(?i)set\w*\(|\.add\(|append\(|allow|expose|headers\s*[:=]\s*\{|:\s*String\(|remove|delete|\]\s*=[^=]|Name:|name:",
        line,
    )
    return (
        Saw("refutes", f"the caller's identity is read from the header {fact.name}", "derived", subject=fact.name)
        if reads and not writes
        else None
    )


_COOKIE_READ = re.compile(
    r"(?:\bCookies\b\??\s*(?:\[|\.TryGetValue\()|\bcookies(?:\.get\(|\[|\()|(?:\bg|\bG)etCookie\w*\([^\"'()\n]*|\.Cookies?\(|@CookieValue\([^\"'\n]*|Cookies\.get\()\s*$"
)
_COOKIE_PROVEN = re.compile(
    r"(?i)signed_?cookie|secure_?cookie|unprotect|hmac|verify|unsign|decrypt|jwt|validat|session_?id|get_secure_cookie|itsdangerous"
)


@on(
    "identity-from-request",
    "string",
    r"(?i)^.((auth|current|logged_?in|login)?[-_]?user[-_]?(id|name|email)?|uid|(auth|sso)_?(user|ctx|context)|is_?admin|role|username)[\"'`]$",
)
def identity_cookie(fact: Fact, unit: Unit) -> Saw | None:
    """An identity that a cookie merely says: whoever sends it can write another into it."""
    if not _COOKIE_READ.search(unit.lines[fact.line - 1][: fact.column - 1]) or unit.path.endswith(
        (".tsx", ".jsx", ".vue")
    ):
        return None
    around = unit.around(fact.line)
    if _COOKIE_PROVEN.search(around) or re.search(r"(?i)\bdocument\.|\bwindow\.|from 'react'", around):
        return None
    used = re.search(
        r"(?i)select\b|update\b|delete\b|where|find\w*\(|query\w*\(|get_?\w*(?:user|profile|account)\w*\(|first\w*\(|exec\w*\(|==|\.equals\(|session|int\(|atoi|parse",
        around,
    )
    return Saw("refutes", f"the caller's identity is read from the cookie {fact.name}", "derived") if used else None


@allowance("identity-from-request")
def identity_header_declared(saw: Saw, unit: Unit, component: str | None, declared: Mapping[str, Any]) -> Saw | None:  # noqa: ARG001
    """A header that an authenticating proxy before the app sets, as the team declares."""
    names = {str(name).lower() for name in declared.get("identity_headers") or {}}
    return None if saw.subject.strip("\"'`").lower() in names else saw


@on("tenant-from-request", "string", r"(?i)^.x-tenant([-_]?id)?[\"'`]?$")
def tenant_header(fact: Fact, unit: Unit) -> Saw | None:
    """A tenant that a header merely says, never compared with the token's tid."""
    line = unit.lines[fact.line - 1]
    reads = re.search(r"(?i)(?:headers?|META)\b[\w.?]*\s*[\[(.]|getHeader\(|@RequestHeader|FromHeader", line)
    if (
        not reads
        or unit.search(r"\btid\b|GetTenantId|tenantid\"|/identity/claims/tenantid")
        or re.search(r"(?i)set\w*\(|\.add\(|\]\s*=[^=]", line)
    ):
        return None
    return Saw("refutes", "the tenant comes from a header and is not compared with tid", "derived")


@on("tenant-from-request", "name", r"(?i)^(tenant_?id|tenant)$", "python", "javascript")
def tenant_request(fact: Fact, unit: Unit) -> Saw | None:
    """A tenant from query, path or body that reaches a query."""
    from_request = re.search(
        r"\breq(?:uest)?\.(?:args|query|params|body|json|form|view_args|GET|POST|query_params|path_params)\b",
        fact.value,
    )
    if not from_request or unit.search(r"\btid\b|GetTenantId"):
        return None
    queried = re.search(
        rf"(?i)(?:filter|where|find|query|select|execute)\w*\W[^\n]*\b{re.escape(fact.last)}\b", unit.around(fact.line)
    )
    return (
        Saw("refutes", "the tenant comes from the request and is not compared with tid", "derived") if queried else None
    )


@on(
    "source-address-bypass",
    "call",
    "startswith|StartsWith|startsWith|HasPrefix|includes|Contains|contains|is_private|isPrivate|equals|Equals",
)
def source_address(fact: Fact, unit: Unit) -> Saw | None:
    """An address that decides whether somebody must sign in."""
    text = fact.text
    address = re.search(
        r"(?i)remote_?addr|RemoteIp|client_?ip|x-forwarded-for|req\.ip\b|\.ip\b|getRemoteAddr",
        text + unit.lines[fact.line - 1],
    )
    if address is None and unit.language == "go":
        name = re.match(r"\w+$", fact.argument(position=0) or "")
        address = name and re.search(
            rf"\b{name[0]}\b[^\n=]*:?=[^\n]*(?i:x-forwarded-for|x-real-ip|RemoteAddr|ClientIP|RealIP)",
            unit.around(fact.line),
        )
    private = re.search(r"[\"'](?:10\.|192\.168|172\.1|127\.0|fc00|::1)|is_private|isPrivate", text)
    around = "\n".join(unit.lines[fact.line - 1 : fact.line + 3])
    skips = re.search(
        r"(?i)return\s+(?:true|next\(|await\s+(?:next|call_next)|call_next|None|view|func|f\()|(?:authenticated|logged_?in|authori[sz]ed|trusted|admin)\s*:?=\s*true|next\(\)|next\.ServeHTTP|skip",
        around,
    )
    return (
        Saw("refutes", "requests from an internal address skip the sign-in", "derived")
        if address and private and skips
        else None
    )


_OVERAGE = re.compile(r"hasgroups|_claim_names|_claim_sources|groups:src|groups\.link|overage")


@on("overage-not-handled", "string", r"^.groups.$")
def overage(fact: Fact, unit: Unit) -> Saw | None:
    """Groups that are read where a user of many groups has none in the token."""
    line = unit.lines[fact.line - 1]
    reads = re.search(
        r"(?i)(?:claims?|token|payload|authInfo|idTokenClaims|principal|jwt)\w*(?:\(\))?(?:\.get\w*\(|\[|\?\.\[|\.FindAll\(|\.FindFirst\()\s*[\"']groups[\"']|FindAll\(\s*\"groups\"|session(?:\[|\.get\()[\"'](?:user|claims)[\"'](?:[\]),{} ]+)(?:\[|\.get\()[\"']groups",
        line,
    )
    if not reads or unit.search(_OVERAGE):
        return None
    return Saw(
        "refutes", "groups is read, and hasgroups or _claim_names is not: users of many groups have none", "derived"
    )


@on("overage-not-handled", "string", r"^._json\.groups.$", "javascript")
def overage_passport(fact: Fact, unit: Unit) -> Saw | None:  # noqa: ARG001 - every judge takes both
    """Groups of passport-azure-ad's profile, read where a user of many groups has none."""
    if not unit.search(r"passport-azure-ad") or unit.search(r"hasgroups|_claim_names|overage"):
        return None
    return Saw(
        "refutes", "groups is read, and hasgroups or _claim_names is not: users of many groups have none", "derived"
    )


_GROUPS_OF_TOKEN = re.compile(
    r"(?:\b(?:idTokenClaims|\w*[cC]laims|decoded\w*|payload|authInfo|jwtPayload)|\breq\.auth)(?:\??\.|!\.)groups\b(?!\s*[:=](?!=))"
)


@whole("overage-not-handled", "javascript")
def overage_property(project: Project, declared: Mapping[str, object]) -> Iterable[tuple[Unit, int, Saw]]:  # noqa: ARG001
    """Groups that are read as a property of a token's claims."""
    message = "groups is read, and hasgroups or _claim_names is not: users of many groups have none"
    for unit in project.units:
        if unit.language == "javascript" and "groups" in unit.text and not unit.search(_OVERAGE):
            for match in unit.finditer(_GROUPS_OF_TOKEN):
                line = unit.line_of(match.start())
                if not unit.commented(line):
                    yield unit, line, Saw("refutes", message, "derived")


@on("claim-sources-url-called", "string", r"^.endpoint.$")
def claim_sources(fact: Fact, unit: Unit) -> Saw | None:
    """The address in a token that the code calls."""
    near = "\n".join(unit.lines[max(0, fact.line - 4) : fact.line + 1])
    return (
        Saw("refutes", "the address under _claim_sources is read: it comes from the token")
        if "_claim_sources" in near
        else None
    )


@on(
    "id-token-decoded-unverified",
    "call",
    "decode|jwtDecode|jwt_decode|decodeJwt|ReadJwtToken|b64decode|urlsafe_b64decode",
    "python",
    "javascript",
    "csharp",
)
def id_token_decoded(fact: Fact, unit: Unit) -> Saw | None:
    """An id token whose unverified claims become the session."""
    given = fact.argument(position=0) or ""
    by_hand = fact.last.endswith("b64decode")
    if by_hand:
        given = textual.taken_apart(given, unit.around(fact.line)) or ""
    if not re.search(r"(?i)id_?token", given):
        return None
    if (
        unit.language == "python"
        and not by_hand
        and not re.search(
            r"verify_signature[\"']?\s*[:=]\s*False|verify=False",
            fact.text + unit.resolve(fact.argument("options") or ""),
        )
    ):
        return None
    around = unit.around(fact.line)
    session = re.search(
        r"session\s*\[|session\.\w+\s*=|req\.session|HttpContext\.Session|SignInAsync|login_user\(", around
    )
    if not session and unit.language == "python" and _TELLS_USER.search(unit.lines[unit.function(fact.line)[0] - 1]):
        return Saw("review", "claims of an unverified id token tell who the user is", "heuristic")
    if not session or re.search(r"(?i)acquire_token|acquireToken|\.verify\(|jwks", around):
        return None
    return Saw("refutes", "claims of an unverified id token are written to the session")


# A function that by its name says who signs in, or that the token is good.
_TELLS_USER = re.compile(
    r"(?i)\bdef\s+\w*(?:to_?user|get_?user|user_?info|validate|authenticat|identity|user_?data)\w*\("
)


_CALLBACK = re.compile(
    r"(?i)[\"'`][^\"'`]*(?:callback|redirect|getAToken|auth/?response|signin-oidc|oauth2?/code)[^\"'`]*[\"'`]"
)


_CODE_PARAMETER = re.compile(
    r"@RequestParam\([^)]*\"code\"|@RequestParam(?:\([^)]*\))?\s+(?:final\s+)?String\s+code\b|getParameter\(\s*\"code\"|[(,]\s*(?:\[FromQuery\]\s*)?string\??\s+code\b"
)


@on(
    "callback-without-state",
    "annotation",
    r"route|get\(|post\(|GetMapping|RequestMapping|HttpGet",
    "python",
    "java",
    "csharp",
)
@on("callback-without-state", "call", "get|post", "javascript")
def callback(fact: Fact, unit: Unit) -> Saw | None:
    """A callback that reads a code and never the state."""
    if not _CALLBACK.search(fact.text[:200]) or re.search(r"(?i)status-?callback|webhook", fact.text[:200]):
        return None
    if unit.language == "javascript":
        body = fact.text
    else:
        start = fact.end + 1
        first = next(
            (number for number in range(start, min(start + 4, len(unit.lines) + 1)) if "(" in unit.lines[number - 1]),
            start,
        )
        body = unit.around(first)
    reads_code = re.search(
        r"(?i)(?:args|query|params|query_params|getParameter|Request\.Query)[\w.]*[\[(.]+[\"']?code\b|\bcode\s*[:=]",
        body,
    )
    if not reads_code and unit.language in ("java", "csharp"):
        reads_code = _CODE_PARAMETER.search(body) if _REDEEMS.search(body) else None
    if not reads_code or re.search(r"(?i)\bstate\b|auth_?code_?flow|complete_log_in|handleRedirect|validate", body):
        return None
    return Saw("refutes", "the callback redeems a code and never reads state", "derived")


_ISSUER_MADE = re.compile(
    r"[iI]ssuer\w*(?:\[[\"']issuer[\"']\])?\.[rR]eplace\(\s*[\"']\{tenantid\}[\"']\s*,\s*([\w.\[\]\"'?!]+)", re.I
)


@whole("issuer-validation-off", "python", "csharp", "javascript")
def issuer_of_the_token(project: Project, declared: Mapping[str, object]) -> Iterable[tuple[Unit, int, Saw]]:  # noqa: ARG001
    """The issuer that is expected takes its tenant from the token, and no list says which tenants may come."""
    for unit in project.production("python", "csharp", "javascript"):
        for match in unit.finditer(_ISSUER_MADE) if unit.holds("{tenantid}") else ():
            line = unit.line_of(match.start())
            name = re.split(r"[.\[?!]", match[1])[0]
            given = re.search(rf"\b{re.escape(name)}\b\s*(?::\s*\w+\s*)?=\s*([^\n]+)", unit.around(line))
            told = re.search(r"(?i)claim|[\"'.]tid\b|decoded|payload", f"{match[1]} {given[1] if given else ''}")
            listed = unit.search(
                r"(?i)\w*tenants\b|tenant\w*\.(?:contains|includes)\(|\b(?:tid|tenant)\w*[\"'\])]*\s+not\s+in\b|\btid\w*(?:\??\.Value)?\s*[!=]==?\s*(?!null|None)\w"
            )
            if told and not listed and not unit.commented(line):
                yield (
                    unit,
                    line,
                    Saw(
                        "refutes",
                        "the expected issuer takes its tenant from the token: every one is accepted",
                        "derived",
                    ),
                )


_REDEEMS = re.compile(
    r"(?i)acquire_?token_?by_?(?:authorization_?)?code|\bexchange\(|(?:exchange|redeem|get|fetch|request)_?\w*(?:token|code)\w*\(|authorization_code"
)
_STATE_READ = re.compile(
    r"(?i)\bstate\b|auth_?code_?flow|handleRedirect|validate|authorize_access_token|nonce|complete_log_in|exchangeCodeForSession|code_?verifier"
)
_CODE_READ = re.compile(
    r"searchParams\.get\(\s*[\"']code[\"']\s*\)|\bquery\.code\b|\{[^{}\n]*\bcode\b[^{}\n]*\}\s*=\s*(?:req|request)\.query"
)


@whole("callback-without-state", "python", "javascript")
def callback_by_name(project: Project, declared: Mapping[str, object]) -> Iterable[tuple[Unit, int, Saw]]:  # noqa: ARG001
    """A callback of Django, and one of a framework that finds it by its file's path, that never read the state."""
    message = "the callback redeems a code and never reads state"
    for unit in project.production("python", "javascript"):
        if unit.language == "python":
            for match in unit.finditer(r"\brequest\.GET(?:\.get\(|\[)\s*[\"']code[\"']"):
                line = unit.line_of(match.start())
                body = unit.around(line)
                if _REDEEMS.search(body) and not _STATE_READ.search(body):
                    yield unit, line, Saw("refutes", message, "derived")
        elif re.search(r"(?i)(?:callback|redirect)[^/]*(?:/route|/\+server)?\.[jt]sx?$", unit.path):
            read = unit.search(_CODE_READ)
            served = unit.search(r"export\s+(?:async\s+)?function\s+(?:GET|POST)|export\s+default|exports|\(\s*req\b")
            page = "window." in unit.text or unit.search(_STATE_READ)
            if read and served and not page and unit.search(_REDEEMS):
                yield unit, unit.line_of(read.start()), Saw("refutes", message, "derived")


@whole("issuer-validation-off", "python", "csharp", "javascript")
def issuer_validation_off(project: Project, declared: Mapping[str, object]) -> Iterable[tuple[Unit, int, Saw]]:  # noqa: ARG001
    """No issuer is checked, and every organization may sign in."""
    open_door = re.compile(
        r"login\.microsoftonline\.com/(?:common|organizations)\b|[\"'](?:TenantId|tenantId|tenantID)[\"']?\s*[:=]\s*[\"'](?:common|organizations)[\"']|Authority\w*[\"']?\s*[:=][^\n]{0,80}/(?:common|organizations)\b"
    )
    off = [
        (unit, fact)
        for unit in project.production("python", "csharp", "javascript", "java", "go")
        for fact in unit.facts
        if fact.kind == "name"
        and (
            (fact.last == "SkipIssuerCheck" and unit.true(fact.value))
            or (
                fact.last in ("ValidateIssuer", "validateIssuer", "verify_iss", "validate_iss")
                and unit.false(fact.value)
            )
        )
    ]
    where = [unit.path for unit in project.production() if unit.search(open_door)] if off else []
    for unit, fact in off:
        near = unit.path.rsplit("/", 1)[0].split("/")[:2]
        if any(path == unit.path or path.split("/")[: len(near)] == near for path in where):
            yield (
                unit,
                fact.line,
                Saw("refutes", "no issuer is checked, and the authority admits every organization", "derived"),
            )


@on(
    "saml-validation-disabled",
    "name",
    r"^[\"']?(strict|wantAssertionsSigned|wantMessagesSigned|want_response_signed|want_assertions_signed|validateInResponseTo|wantAuthnResponseSigned|want_assertions_or_response_signed|allow_unsolicited|ValidateAudience|acceptedClockSkewMs|audience)[\"']?$",
)
def saml_off(fact: Fact, unit: Unit) -> Saw | None:
    """A SAML library told to check less."""
    if not unit.search(r"(?i)saml") or fact.last in ("ValidateAudience",):
        return None
    if fact.last == "acceptedClockSkewMs":
        return (
            Saw("refutes", "acceptedClockSkewMs is -1: assertions never expire") if fact.value.strip() == "-1" else None
        )
    if fact.last == "audience" and unit.language == "javascript":
        return Saw("refutes", "the audience of assertions is not checked") if unit.false(fact.value) else None
    if fact.last == "allow_unsolicited":
        return Saw("refutes", "responses that nobody asked for are accepted") if unit.true(fact.value) else None
    off = unit.false(fact.value) or textual.unquote(fact.value) == "never"
    near = "\n".join(unit.lines[max(0, fact.line - 8) : fact.line + 8])
    if fact.last.startswith("wantMessages") and re.search(r"wantAssertionsSigned[\"']?\s*[:=]\s*(?:True|true)", near):
        return None  # the signature that counts is the assertion's
    return Saw("refutes", f"{fact.last} is off in the SAML settings") if off and fact.last != "audience" else None


# --- whose data a request of C# or Java asks for -------------------------------------------------------------------

_PERSON = r"(?:[uU]ser|[cC]ustomer|[oO]wner|[aA]uthor|[sS]ender|[bB]uyer|[eE]mployee|[pP]atient)(?:_?[iI][dD]|[nN]ame)"
_FOR_SOMEBODY = re.compile(
    rf"\b(?:{_PERSON}|CreatedBy|BuyerId)\s*=\s*(?P<object>\w+)\.(?:\w+\.)?{_PERSON}\b|\.set{_PERSON}\(\s*(?P<bean>\w+)\.get{_PERSON}\(\)\s*\)"
    rf"|\.{_PERSON}\s*==\s*(?P<named>{_PERSON})\b|\b\w*By{_PERSON}\w*\(\s*(?P<given>{_PERSON})\s*[,)]"
    rf"|\.(?:[uU]pdate|[dD]elete|[rR]emove|[cC]hange|[cC]ancel|[sS]et)\w*\(\s*(?P<changed>{_PERSON})\s*[,)]"
)
_WHO_CALLS = re.compile(
    r"(?i)\bUser\.|principal|authentication\b|claims|current_?user|getsession|securitycontext|identity\.|_?user_?context|logged_?in|\b40[13]\b|forbid|unauthori|isowner|authorize|@me\b|token\b|webhook"
)
_FOR_MANY = re.compile(
    r"(?i)admin|roles?\b|policy|permission|hasrole|hasauthority|preauthorize|\binternal|system|anonymous|permitall|log_?in|sign|regist|forgot|reset|confirm|verif|exists|available|check"
)


@whole("identity-from-request", "csharp", "java")
def somebodys_data(project: Project, declared: Mapping[str, object]) -> Iterable[tuple[Unit, int, Saw]]:  # noqa: ARG001
    """A handler, in an application where people sign in, that takes from the request whose data it works on."""
    for unit in project.production("csharp", "java"):
        if not unit.search(_FOR_SOMEBODY) or not unit.search(r"Controller\b|@Path\(|ControllerBase"):
            continue
        signed_in = unit.search(
            r"\[Authorize\b|\bUser\.(?:Identity|Find|Claims|Get)|\bPrincipal\b|@AuthenticationPrincipal|SecurityContextHolder|@PreAuthorize|@SecurityRequirement"
        )
        name = unit.path.rsplit("/", 1)[-1]
        if not signed_in or _FOR_MANY.search(name) or re.search(r"(?i)^(?:app)?user|employee", name):
            continue  # where people themselves are looked up
        for handler in unit.handlers:
            body = handler.body(unit)
            if not body or _WHO_CALLS.search(body) or _FOR_MANY.search(f"{handler.route} {handler.guards}"):
                continue
            for match in _FOR_SOMEBODY.finditer(body):
                name = next(given for given in match.groups() if given)
                if re.search(r"(?i)auth|caller|current|principal|identity|claims", name):
                    continue  # it says who calls
                if re.search(rf"\b{re.escape(name)}\s*[,)=]", handler.guards):
                    line = handler.first + body.count("\n", 0, match.start())
                    yield unit, line, Saw("refutes", f"whose data it is comes from the request: {name}", "heuristic")
                    break
