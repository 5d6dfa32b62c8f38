"""How tokens are asked for, kept and sent: for whom, how often, for how long, and to which API."""

from __future__ import annotations

import re
from itertools import islice
from typing import TYPE_CHECKING, Any

from ztcheck import graph
from ztcheck.collectors.source import handlers, textual
from ztcheck.collectors.source.checks.tokens import options_of, seconds
from ztcheck.collectors.source.model import Fact, Project, Saw, Unit
from ztcheck.collectors.source.registry import allowance, on, whole

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

# --- who is acting -----------------------------------------------------------------------------------------------

_USER = {
    "python": r"session(?:\.get\(|\[)\s*[\"'](?:user|account|oid|preferred_username|name)\b|\bcurrent_user\b|\bg\.user\b|request\.user\b|\bauth\.get_user\(|"
    r"login_required|Depends\(\s*\w*(?:user|claims|caller|token)\w*|\b(?:claims|token|user|context)\[[\"'](?:oid|sub|upn|preferred_username|user)[\"']\]|X-MS-CLIENT-PRINCIPAL-(?:ID|NAME)",
    "javascript": r"req\.session\.(?:account|user|isAuthenticated|homeAccountId)|\breq\.user\b|req\.authInfo|res\.locals\.(?:user|account)|getServerSession|ctx\.state\.user|\breq\.auth\b|request\.user\b",
    "csharp": r"\bUser\??\.(?:Identity|GetObjectId|GetTenantId|FindFirst|GetDisplayName|Claims|GetHomeObjectId|GetMsalAccountId)|HttpContext\.User\b|ClaimsPrincipal\s+\w+",
    "java": r"\bPrincipal\s+\w+|@AuthenticationPrincipal|OidcUser|SecurityContextHolder|\bAuthentication\s+\w+|getUserPrincipal\(|IdentityContextData|getRemoteUser\(",
    "go": r"\.(?:Get|MustGet|Locals)\(\s*\"(?:user|claims|account|principal)\w*\"|(?:UserFromContext|CurrentUser|ClaimsFrom\w*|GetUser)\(|session\.(?:Get|Values)\W+\"?(?:user|account|oid)|Context\(\)\.Value\(\s*\w*(?:[uU]ser|[cC]laims)\w*",
}
_GRAPH = re.compile(r"graph\.microsoft\.(?:com|us)|GraphServiceClient|GraphClient\b|\bgraph\w*[cC]lient\b")


MAX_PLACES = 50  # of one kind in one file
MAX_FUNCTION = 30_000  # characters: longer are minified or generated, and no person reads them either


def _around(unit: Unit, line: int) -> str:
    """The text of the function around *line*, cut off where no person would have gone on."""
    return unit.around(line)[:MAX_FUNCTION]


def _handling(unit: Unit, line: int) -> handlers.Handler | None:
    """The request handler around *line*, or the one of this file that calls the function around it."""
    found = handlers.around(unit, line)
    if found is not None:
        return found
    name = _function_name(unit, line)
    if name is None:
        return None
    call = re.compile(rf"(?<![\w$]){re.escape(name)}\s*\(")
    return next((handler for handler in unit.handlers if call.search(handler.body(unit))), None)


def _function_name(unit: Unit, line: int) -> str | None:
    """The name of the function around *line*, or None at the top of a file or in a function without a name."""
    first, last = unit.function(line)
    if (first, last) not in unit.blocks:
        return None
    head = unit.lines[first - 1][:500]
    found = re.search(
        r"\bdef\s+(\w+)|\bfunction\s+(\w+)|(\w+)\s*[=:]\s*(?:async\s*)?(?:function\b|\()|\bfunc\s+(?:\([^)]*\)\s*)?(\w+)\s*\(|([\w$]+)\s*\([^()]*\)?",
        head,
    )
    return next((group for group in found.groups() if group), None) if found else None


_APP_ONLY = (
    "acquire_token_for_client|acquireTokenByClientCredential|AcquireTokenForClient|GetAccessTokenForAppAsync|CallApiForAppAsync|"
    "GetForAppAsync|PostForAppAsync|PatchForAppAsync|CreateAuthorizationHeaderForAppAsync|AcquireTokenByCredential"
)
_APP_CREDENTIAL = (
    "ClientSecretCredential|CertificateCredential|ClientCertificateCredential|ManagedIdentityCredential|NewClientSecretCredential|"
    "NewClientCertificateCredential|NewManagedIdentityCredential|ClientSecretCredentialBuilder|ManagedIdentityCredentialBuilder"
)


@on("app-only-call-for-user", "call", _APP_ONLY)
@on("app-only-call-for-user", "call", "builder|acquireToken", "java")
@on("app-only-call-for-user", "call", _APP_CREDENTIAL)
def app_only(fact: Fact, unit: Unit) -> Saw | None:
    """The app's own identity, used where a signed-in user asks."""
    what = fact.last
    if unit.language == "java" and what in ("builder", "acquireToken"):
        if not re.match(r"ClientCredentialParameters\s*\.builder", fact.text):
            return None
        what = "ClientCredentialParameters"
    handler = _handling(unit, fact.line)
    if handler is None:
        return None
    text = handler.guards + handler.body(unit)
    if re.fullmatch(_APP_CREDENTIAL, what) and not _GRAPH.search(text + _around(unit, fact.line)):
        return None
    if not re.search(_USER[unit.language], text):
        return None
    return Saw("refutes", f"{what}: the app acts as itself where a signed-in user asks", "heuristic")


# --- how often ---------------------------------------------------------------------------------------------------

_CLIENTS = (
    "ConfidentialClientApplication|PublicClientApplication|ClientSecretCredential|CertificateCredential|ClientCertificateCredential|"
    "DefaultAzureCredential|NewClientSecretCredential|NewClientCertificateCredential|NewDefaultAzureCredential"
)
_SHARED = re.compile(
    r"(?i)cache|\bglobal\b|singleton|is None\b|={2,3}\s*(?:null|nil|undefined)\b|if\s*\(\s*!\s*[\w.]*client\b|\?\?=|\|\|=|sync\.Once"
)


@on("client-built-per-request", "call", _CLIENTS)
@on("client-built-per-request", "call", "Create|CreateWithApplicationOptions", "csharp")
@on("client-built-per-request", "call", "builder", "java")
@on("client-built-per-request", "call", "New", "go")
def built_per_request(fact: Fact, unit: Unit) -> Saw | None:
    """A client whose cache is empty at each request."""
    what = fact.last
    if what in ("Create", "CreateWithApplicationOptions", "builder", "New"):
        named = re.search(
            r"\b(ConfidentialClientApplication|PublicClientApplication)(?:Builder)?\s*\.\s*(?:Create\w*|builder)\b|^(?:confidential|public)\.New\b",
            fact.text,
        )
        if named is None:
            return None
        what = named[1] or fact.name
    handler = _handling(unit, fact.line)
    if handler is None or unit.search(
        r"(?i)cachePlugin|setTokenCacheAccessAspect|AddDistributedTokenCaches|TokenCache\("
    ):
        return None
    first, _ = unit.function(fact.line)
    above = "\n".join(unit.lines[max(0, first - 4) : first - 1])
    if _SHARED.search(_around(unit, fact.line) + options_of(unit, fact)) or re.search(r"@\w*(?i:cache)", above):
        return None
    return Saw("refutes", f"{what} is built anew for each request, so its token cache is always empty", "derived")


_INTERACTIVE = re.compile(
    r"(?<!def )(?<!async )(?<!\w)(acquire_token_interactive|AcquireTokenInteractive|acquireTokenPopup|acquireTokenRedirect|acquireTokenInteractive)\s*\(|"
    r"\b(InteractiveRequestParameters)\s*\.\s*builder\("
)
_SILENT = re.compile(
    r"(?i)acquire_?token_?silent|SilentParameters|ssoSilent|GetAccessTokenForUser|MsalInterceptor|MsalAuthenticationTemplate|useMsalAuthentication|get_token\(|WithAccount"
)


@whole("interactive-without-silent", "python", "csharp", "javascript", "java", "go")
def interactive(project: Project, declared: Mapping[str, object]) -> Iterable[tuple[Unit, int, Saw]]:  # noqa: ARG001
    """A prompt for each token: nothing of the product ever looks into the cache."""
    for unit, fact_line, name in _interactive(project):
        if not any(_SILENT.search(other.text) for other in project.production(unit.language)):
            yield unit, fact_line, Saw("refutes", f"{name} prompts, and no silent request goes before it", "derived")


def _interactive(project: Project) -> Iterator[tuple[Unit, int, str]]:
    for unit in project.production("python", "csharp", "javascript", "java", "go"):
        if "nteractive" in unit.text or "acquireToken" in unit.text:
            for match in unit.finditer(_INTERACTIVE):
                line = unit.line_of(match.start(1) if match[1] else match.start(2))
                if not unit.commented(line):
                    yield unit, line, match[1] or match[2]


# --- for how long ------------------------------------------------------------------------------------------------

_FROM_ENTRA = re.compile(
    r"(?i)acquire_?token|/oauth2/(?:v2\.0/)?token|login\.microsoftonline|azure[-_./]identity|Azure\.Identity|\bmsal\b|AccessTokenForApp"
)
_ISSUES = re.compile(
    r"(?i)jwt\.(?:encode|sign)|CreateToken\(|SignedString|create_access_token|setExpiration|SigningCredentials|reset_?token|csrf"
)
_STORED = re.compile(
    r"(?i)(?:cache|redis|store|memory|kv|valueops|opsForValue\(\))\w{0,40}\.(set|setex|put|add|SetString|StringSet|SetAsync|SetStringAsync|setDefault|SetWithTTL)\w*(?:<\w+>)?\("
)
_TOKEN_NAME = re.compile(r"(?i)token|bearer")
_OWN_EXPIRY = re.compile(
    r"(?i)\b[\w.]{0,60}(?:expir|valid_?until|refresh_?at)\w{0,40}\s*:?=\s*(?P<value>(?:[\w.]*\.)?(?:time\(\)|now\([^()\n]*\)|utcnow\(\)|UtcNow|Now|currentTimeMillis\(\)|Now\(\))[^;\n]*)"
)
_TTL = re.compile(r"TTLCache\([^()\n]*ttl\s*=\s*([\w.* ]+)")
_FROM_TOKEN = re.compile(
    r"(?i)expires_?in|expires_?on|ext_expires|\bexp\b|\.ExpiresOn|expiration\(|getExpires|expiresOnDate"
)


@whole("own-cache-with-fixed-life", "python", "csharp", "javascript", "java", "go")
def fixed_life(project: Project, declared: Mapping[str, object]) -> Iterable[tuple[Unit, int, Saw]]:  # noqa: ARG001
    """A token that is kept for a time which somebody wrote down."""
    for unit in project.production("python", "csharp", "javascript", "java", "go"):
        if not unit.search(_FROM_ENTRA):
            continue
        for line, life in (*_kept(unit), *_expiring(unit)):
            around = _around(unit, line)
            near = "\n".join(unit.lines[max(0, line - 3) : line])
            if unit.commented(line) or _ISSUES.search(around) or _FROM_TOKEN.search(near.replace(life, "", 1)):
                continue
            yield unit, line, Saw("refutes", f"a token is kept for a time written in the code: {life[:60]}", "derived")


def _kept(unit: Unit) -> Iterator[tuple[int, str]]:
    """Lines on which a token is put into a store with a constant life, and the constant."""
    for match in islice(unit.finditer(_STORED), MAX_PLACES):
        arguments = textual.split(unit.text[match.end() : textual.closing(unit.text, match.end() - 1, MAX_FUNCTION)])
        given = [re.sub(r"^[\w$]+\s*[=:]\s*", "", argument) for argument in arguments]
        if not any(_TOKEN_NAME.search(value) for value in given):
            continue
        for value in given:
            life = unit.resolve(value)
            if life.startswith("{"):
                inner = re.search(r"(?i)(?:ttl|ex|px|maxAge|expires\w*)\s*:\s*([\w.* ]+)", life)
                life = unit.resolve(inner[1]) if inner else ""
            if re.search(r"Relative\w*\s*=\s*TimeSpan|TimeUnit\.|Duration\.of", life) or (
                not _TOKEN_NAME.search(life) and (_life(life) or 0) > 60
            ):
                yield unit.line_of(match.start()), value
                break
    for match in islice(unit.finditer(_TTL), MAX_PLACES):
        line = unit.line_of(match.start())
        near = "\n".join(unit.lines[max(0, line - 2) : line + 2])
        if _TOKEN_NAME.search(near):
            yield line, match[1].strip()


def _expiring(unit: Unit) -> Iterator[tuple[int, str]]:
    """Lines on which an expiry is reckoned from now and a constant, in a function that gets a token."""
    for match in islice(unit.finditer(_OWN_EXPIRY), MAX_PLACES):
        line = unit.line_of(match.start())
        value = match["value"].strip()
        constant = re.search(
            r"[+]\s*(?:timedelta\()?\s*(?:\w+\s*=\s*)?([\w.* ]+)|\.(?:Add|plus)\w*\(\s*([\w.* ]+)", value
        )
        if constant is None or _FROM_TOKEN.search(value):
            continue
        number = unit.resolve((constant[1] or constant[2]).strip())
        if not re.search(r"\d|time\.(?:Hour|Minute)", number) or _FROM_TOKEN.search(number):
            continue
        around = _around(unit, line)
        if _TOKEN_NAME.search(around) and _FROM_ENTRA.search(around):
            yield line, value


def _life(text: str) -> float | None:
    return seconds(re.sub(r"\b(?:datetime\.)?timedelta\((\w+?)s?\s*=\s*(\d+)\)", r"\1=\2", text.strip("() ")))


# --- what comes back ---------------------------------------------------------------------------------------------

_PYTHON_READ = re.compile(r"\b([A-Za-z_]\w*)\[\s*[\"']access_token[\"']\s*\]")
_PYTHON_DIRECT = re.compile(
    r"acquire_token_(?!silent\b)\w+\([^()\n]*(?:\([^()\n]*\)[^()\n]*)*\)\s*\[\s*[\"']access_token"
)
_GO_IGNORED = re.compile(r"\b(\w+)\s*,\s*_\s*:?=\s*[\w.()]*\.(AcquireToken\w*|GetToken)\(")
_POSTED = re.compile(r"/oauth2/(?:v2\.0/)?token|[tT]oken_?(?:[eE]ndpoint|[uU]r[il]|URL)\b")


@whole("token-used-unchecked", "python", "csharp", "javascript", "go")
def unchecked(project: Project, declared: Mapping[str, object]) -> Iterable[tuple[Unit, int, Saw]]:  # noqa: ARG001
    """A token that is used without a look whether the request for it was refused."""
    message = "access_token is used without a look whether the request was refused"
    for unit in project.production("python", "csharp", "javascript", "go"):
        if unit.language == "python" and "acquire_token" in unit.text:
            found = _unchecked_python(unit)
        elif unit.language == "go" and unit.search(r"microsoft-authentication-library-for-go|azidentity|azcore"):
            found = ((unit.line_of(match.start()), match[1]) for match in unit.finditer(_GO_IGNORED))
        elif unit.language in ("javascript", "csharp") and "access_token" in unit.text:
            found = _unchecked_answer(unit)
        else:
            continue
        for line, name in found:
            if not unit.commented(line):
                yield unit, line, Saw("refutes", f"{name}: {message}", "derived")


def _unchecked_python(unit: Unit) -> Iterator[tuple[int, str]]:
    for match in islice(unit.finditer(_PYTHON_DIRECT), MAX_PLACES):
        line = unit.line_of(match.start())
        if "KeyError" not in _around(unit, line):
            yield line, "the result"
    for match in islice(unit.finditer(_PYTHON_READ), MAX_PLACES):
        name, line = match[1], unit.line_of(match.start())
        around = _around(unit, line)
        given = re.findall(rf"\b{name}\b\s*(?::[^=\n]+)?=\s*(?:await\s+)?[\w.()]*\.?(acquire_token\w*)\(", around)
        if not given:
            continue
        looks = (
            rf"[\"'](?:access_token|error)[\"']\s+(?:not\s+)?in\s+{name}\b|\b{name}\.get\(\s*[\"'](?:error|access_token)|KeyError|"
            rf"case\s+\{{|\b\w*(?:check|raise|require|ensure|verify|handle)\w*\(\s*{name}\b"
        )
        silent = all(call == "acquire_token_silent" for call in given)
        if silent and re.search(rf"\bif\s+(?:not\s+)?{name}\b|\b{name}\s+is\s+(?:not\s+)?None|{name}\s+and\b", around):
            continue
        if not re.search(looks, around):
            yield line, name


def _unchecked_answer(unit: Unit) -> Iterator[tuple[int, str]]:
    """Places where an answer of the token endpoint is read by hand, and neither its status nor its error is."""
    if unit.language == "javascript":
        reads = re.compile(
            r"\.access_token\b|\[\s*[\"']access_token[\"']\s*\]|\{\s*access_token\b[^}\n]*\}\s*=\s*await"
        )
        sends = re.compile(r"\bfetch\(")
        looks = re.compile(r"\.ok\b|\.status\b|\.error\b|[\"']error[\"']|if\s*\(\s*!?\s*[\w.?]*access_token|throw\b")
    else:
        reads = re.compile(r"(?:GetProperty\(|\[)\s*\"access_token\"")
        sends = re.compile(r"\.(?:PostAsync|SendAsync)\(")
        looks = re.compile(r"IsSuccessStatusCode|StatusCode|\"error\"|TryGetProperty|ContainsKey|TryGetValue")
    for match in islice(unit.finditer(reads), MAX_PLACES):
        line = unit.line_of(match.start())
        around = _around(unit, line)
        if _POSTED.search(around) and sends.search(around) and not looks.search(around):
            yield line, "the token endpoint's answer"


# --- where it goes -----------------------------------------------------------------------------------------------

_BEARER = re.compile(
    r"[\"'`]?Bearer\s*(?:[\"'`]\s*(?:\+|,|\.)\s*(?:format\()?|\$?\{|%s[\"'`]\s*%\s*)\s*\(?([A-Za-z_$][\w$.]*(?:\[[\"']access_token[\"']\])?)|setBearerAuth\(\s*([\w.()]+)"
)
_SENT = {
    "python": r"\b(?:requests|httpx|session|client|http|s|self\.\w+)\.(?:get|post|put|patch|delete)\(",
    "javascript": r"\bfetch\(|\baxios(?:\.(?:get|post|put|patch|delete))?\(|\bgot(?:\.\w+)?\(",
    "csharp": r"\.(?:GetAsync|PostAsync|PutAsync|PatchAsync|DeleteAsync|GetStringAsync|GetFromJsonAsync<[^()]*>|PostAsJsonAsync)\(|new\s+HttpRequestMessage\(",
    "java": r"URI\.create\(|\.(?:exchange|getForObject|getForEntity|postForObject|uri|url)\(",
    "go": r"http\.NewRequest(?:WithContext)?\(",
}  # fmt: skip
_RESOURCES = re.compile(
    r"(?i)^(?:graph\.microsoft\.(?:com|us)|management\.azure\.com|vault\.azure\.net|.*\.vault\.azure\.net|.*\.sharepoint\.com|outlook\.office(?:365)?\.com|"
    r"api\.powerbi\.com|analysis\.windows\.net|dev\.azure\.com|storage\.azure\.com|.*\.(?:blob|queue|table|file)\.core\.windows\.net|.*\.dynamics\.com|"
    r"api\.loganalytics\.io|api\.fabric\.microsoft\.com|manage\.office\.com|api\.security\.microsoft\.com)$"
)


@whole("token-shared-across-hosts", "python", "csharp", "javascript", "java", "go")
def shared_token(project: Project, declared: Mapping[str, object]) -> Iterable[tuple[Unit, int, Saw]]:  # noqa: ARG001
    """One token sent to the hosts of different resources."""
    for unit in project.production("python", "csharp", "javascript", "java", "go"):
        if "Bearer" not in unit.text and "setBearerAuth" not in unit.text:
            continue
        seen: set[int] = set()
        for first, last in dict.fromkeys(unit.blocks):
            text = "\n".join(unit.lines[first - 1 : last])
            if len(text) > MAX_FUNCTION:
                continue
            hosts = _hosts(unit, first, text)
            apart = {_resource(host) for host, _ in hosts}
            if len(apart) < 2 or not any(_RESOURCES.match(host) for host, _ in hosts):
                continue
            line = max(line for _, line in hosts)
            if line not in seen:
                seen.add(line)
                names = " and ".join(sorted(apart)[:3])
                yield unit, line, Saw("refutes", f"one token is sent to different resources: {names}", "derived")


def _hosts(unit: Unit, first: int, text: str) -> list[tuple[str, int]]:
    """Hosts, with lines, to which the function *text* sends the one token that it holds; none where it holds more."""
    tokens = {(match[1] or match[2]) for match in _BEARER.finditer(text)}
    if len(tokens) != 1:
        return []
    token = re.escape(tokens.pop().split("[")[0].split(".")[0].removesuffix("()"))
    if len(re.findall(rf"\b{token}\b\s*(?::\s*\w+\s*)?:?=(?!=)", text)) > 1:
        return []
    carried = re.search(r"\b(\w+)\s*(?::\s*[^=\n]{1,80})?:?=\s*(?:new\s+\w+\()?\{[^{}]{0,400}Bearer", text)
    whole_client = unit.language in ("csharp", "java", "go")
    found = []
    for match in re.finditer(_SENT[unit.language], text):
        opening = match.end() - 1
        call = text[opening : textual.closing(text, opening)]
        carries = "Bearer" in call or re.search(rf"\b{re.escape(carried[1]) if carried else 'headers'}\b", call)
        host = _host(unit, textual.split(call[1:])[:3])
        if host and (whole_client or carries):
            found.append((host, first + text.count("\n", 0, match.start())))
    return found


def _host(unit: Unit, arguments: list[str]) -> str | None:
    for argument in arguments:
        found = re.search(r"https://([\w-]+(?:\.[\w-]+)+)", argument)
        if found is None:
            name = re.match(r"(?:\$?[fF]?[\"'`]\$?\{)?([A-Za-z_][\w.]*)", argument)
            found = re.search(r"^.{0,3}https://([\w-]+(?:\.[\w-]+)+)", unit.resolve(name[1])) if name else None
        if found:
            return None if found[1].startswith("login.") else found[1].lower()
    return None


def _resource(host: str) -> str:
    """A host, or the last two labels of one that no Microsoft resource has."""
    return host if _RESOURCES.match(host) else ".".join(host.split(".")[-2:])


# --- refusals of the exchange ------------------------------------------------------------------------------------

_EXCHANGE = (
    "acquire_token_on_behalf_of|acquireTokenOnBehalfOf|AcquireTokenOnBehalfOf|GetAccessTokenForUserAsync|acquireToken"
)
_HANDLED = re.compile(
    r"interaction_required|MsalUiRequired|InteractionRequired|MicrosoftIdentityWebChallengeUser|ReplyForbidden|WWW-Authenticate|WwwAuthenticate|"
    r"claims_challenge|claimsChallenge|\.claims\b|suberror|invalid_grant|\bClaims\b|[\"']claims[\"']|AuthorizeForScopes|HandleRequestException"
)
_INTERNAL = re.compile(
    r"abort\(\s*(?:50\d|40[04])|HTTPException\(\s*(?:status_code\s*=\s*)?(?:50\d|40[04]|status\.HTTP_(?:50\d|40[04]))|"
    r"status_code\s*=\s*(?:50\d|40[04])|[})]\s*,\s*(?:50\d|40[04])\b|\.status\(\s*(?:50\d|40[04])|sendStatus\(\s*(?:50\d|40[04])|"
    r"StatusCode\(\s*50\d|StatusCodes\.Status(?:50\d|40[04])|\b(?:BadRequest|NotFound)\(|http\.Status(?:InternalServerError|BadGateway|BadRequest|NotFound)|"
    r"HttpStatus\.(?:INTERNAL_SERVER_ERROR|BAD_GATEWAY|BAD_REQUEST|NOT_FOUND)|internalServerError\(|Results\.Problem\(|set[sS]tatus\(\s*50\d|sendError\(\s*50\d|"
    r"JSON\(\s*(?:50\d|40[04])",
    re.M,
)
_EMPTY = re.compile(
    r"\breturn\s+(?:None|null|\{\}|\[\]|nil|\"\"|''|string\.Empty|undefined|Array\.Empty<\w+>\(\)|Enumerable\.Empty<\w+>\(\)|Collections\.emptyList\(\)|List\.of\(\)|Optional\.empty\(\)|err|error|ex?)\s*(?:[;)\n]|$)"
)


_EMPTY_GO = re.compile(r"\breturn\s+(?:nil|\"\"|\w*(?:\[\]\w+)?\{\})\s*,\s*nil\b|\breturn\s*$", re.M)


def _branch(language: str, text: str, start: int) -> str:
    """What *text* does after a refusal: the block that begins at *start*, or what follows one for success."""
    if language != "python":
        opening = text.find("{", start)
        return text[opening : textual.closing(text, opening) + 1] if opening >= 0 else ""
    lines = text[start:].lstrip("\n").split("\n")
    depth = len(lines[0]) - len(lines[0].lstrip())
    inside = 1
    while inside < len(lines) and (
        not lines[inside].strip() or len(lines[inside]) - len(lines[inside].lstrip()) > depth
    ):
        inside += 1
    succeeds = re.match(r"\s*if\b[^\n]*[\"']access_token[\"']\s+in\b|\s*if\s+\w+\.get\([\"']access_token", lines[0])
    return "\n".join(lines[inside:] if succeeds else lines[:inside])


@on("challenge-swallowed", "call", _EXCHANGE)
def swallowed(fact: Fact, unit: Unit) -> Saw | None:
    """A refused exchange that the API's own caller never learns the reason of."""
    if fact.last == "acquireToken" and "OnBehalfOfParameters" not in unit.text:
        return None
    if fact.last == "GetAccessTokenForUserAsync" and "Controller" not in unit.text:
        return None
    if unit.search(_HANDLED):
        return None
    _, last = unit.function(fact.line)
    after = "\n".join(unit.lines[fact.line - 1 : last])
    refused = {
        "python": r"(?m)^\s*(?:if\b[^\n]*(?:error|access_token|not\s)|except\b|else\s*:)",
        "go": r"err\s*!=\s*nil",
    }.get(unit.language, r"\bcatch\b")
    branch = re.search(refused, after)
    if branch is None:
        return None
    text = _branch(unit.language, after, branch.start())
    if _INTERNAL.search(text):
        return Saw("refutes", f"a refused {fact.last} is answered without a challenge", "derived")
    if (_EMPTY_GO if unit.language == "go" else _EMPTY).search(text):
        return Saw("refutes", f"a refused {fact.last} is answered with an empty result", "heuristic")
    return None


# --- what the first sign-in asks for -----------------------------------------------------------------------------

_SIGN_IN = (
    "initiate_auth_code_flow|get_authorization_request_url|getAuthCodeUrl|loginPopup|loginRedirect|GetAuthorizationRequestUrl|"
    "EnableTokenAcquisitionToCallDownstreamApi|acquire_token_interactive|login_required"
)
_SCOPE = re.compile(r"[\"'`](?:https://graph\.microsoft\.(?:com|us)/)?([A-Z]\w+(?:\.\w+)+)[\"'`]")


@on("broad-initial-scopes", "call", _SIGN_IN)
def broad_scopes(fact: Fact, unit: Unit) -> Saw | None:
    """A sign-in that asks every user for what only administrators can grant."""
    asked = _SCOPE.findall(fact.text + options_of(unit, fact) + _request_object(unit, fact))
    admin = [name for name in dict.fromkeys(asked) if (known := graph.by_name(name, "delegated")) and known.admin]
    if not admin:
        return None
    return Saw(
        "refutes", f"{fact.last} asks everybody for {', '.join(admin[:4])}, which needs an administrator", "heuristic"
    )


@on(
    "broad-initial-scopes",
    "name",
    r"(?i)^[\"']?(loginRequest|signInRequest|initialScopes?|login_?scopes|sign_?in_?scopes)[\"']?$",
)
def broad_request(fact: Fact, unit: Unit) -> Saw | None:  # noqa: ARG001 - every judge takes both
    """A request for sign-in, named so, that asks for what only administrators can grant."""
    admin = [
        name
        for name in dict.fromkeys(_SCOPE.findall(fact.value))
        if (known := graph.by_name(name, "delegated")) and known.admin
    ]
    if not admin:
        return None
    return Saw(
        "refutes", f"{fact.last} asks everybody for {', '.join(admin[:4])}, which needs an administrator", "heuristic"
    )


def _request_object(unit: Unit, fact: Fact) -> str:
    """What the names among the arguments are given, followed through one list of this file."""
    text = options_of(unit, fact)
    return "\n".join(unit.resolve(name) for name in dict.fromkeys(re.findall(r"\b\w*(?i:scopes?)\b", text)))


# --- bound tokens ------------------------------------------------------------------------------------------------

_BOUND = re.compile(
    r"auth_scheme|PopAuthScheme|WithProofOfPossession|WithSignedHttpRequestProofOfPossession|authenticationScheme|AuthenticationScheme\.|proofOfPossession\("
)


@on(
    "bearer-where-bound-possible",
    "call",
    "acquire_token_interactive|acquire_token_silent|acquire_token_silent_with_error|AcquireTokenInteractive|AcquireTokenSilent|acquireTokenSilent|acquireTokenPopup|acquireTokenRedirect",
)
def plain_bearer(fact: Fact, unit: Unit) -> Saw | None:
    """A token request without any scheme that binds the token; what it asks for decides whether one is possible."""
    statement = "\n".join(unit.lines[fact.line - 1 : fact.end + 6]).split(";")[0]
    given = options_of(unit, fact)
    if _BOUND.search(given + fact.text + (statement if unit.language == "csharp" else "")):
        return None
    return Saw(
        "refutes", f"{fact.last} asks for a plain bearer token", "derived", subject=given + _request_object(unit, fact)
    )


@allowance("bearer-where-bound-possible")
def bound_possible(saw: Saw, unit: Unit, component: str | None, declared: Mapping[str, Any]) -> Saw | None:  # noqa: ARG001
    """Only APIs of which the team says that they accept bound tokens count."""
    for name in declared.get("proof_of_possession_apis") or ():
        if re.search(rf"[\"'`]{re.escape(str(name).rstrip('/'))}(?:/|[\"'`])", saw.subject):
            return saw
    return None
