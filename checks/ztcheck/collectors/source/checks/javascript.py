"""Shapes that libraries and frameworks of JavaScript alone have: cookies, keys, passwords, tokens, identities."""

from __future__ import annotations

import re
from itertools import islice
from typing import TYPE_CHECKING

from ztcheck.collectors.source import textual
from ztcheck.collectors.source.checks.tokens import STRATEGY, options_of
from ztcheck.collectors.source.checks.unguarded import DEFINED, Definitions, imported
from ztcheck.collectors.source.model import Fact, Project, Saw, Setting, Unit
from ztcheck.collectors.source.registry import on, setting, whole

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

MAX_PLACES = 50  # of one kind in one file

# --- cookies -----------------------------------------------------------------------------------------------------

_CREDENTIAL_COOKIE = re.compile(r"(?i)token|session|jwt|\bsid\b|auth(?!or)|remember|refresh")
_OTHER_COOKIE = re.compile(
    r"(?i)csrf|xsrf|state|nonce|verifier|challenge|pkce|redirect|return|flash|theme|locale|lang|device|expir|consent|_type|language|name$|_?(?:method|provider|scheme|mode)$"
)
_NEXT_COOKIES = re.compile(r"next/headers|next/server|NextResponse|NextRequest")
_NO_VALUE = re.compile(r"[\"'`]{2}|null|undefined|[\"'`](?:deleted|none|loggedout)[\"'`]|void 0")
_ENDS = re.compile(
    r"(?i)\bmaxAge\s*:\s*(?:0|-\s*1)\b|expires\s*:\s*new\s+Date\(\s*(?:0|1|Date\.now\(\)\s*-|[\"'`]?Thu)"
)


@on("insecure-cookie-settings", "call", "cookie|setCookie|set|useCookie", "javascript")
def cookie_told_nothing(fact: Fact, unit: Unit) -> Saw | None:
    """A cookie with a credential that Express, Fastify, h3, Hono, Next.js or nookies is not told to protect."""
    given = _cookie_given(fact, unit)
    if given is None:
        return None
    name, value, options = given
    told = textual.unquote(unit.resolve(name)) or name
    held = re.fullmatch(r"(?:\w+\.)*\w*(?i:token|jwt)", value or "")
    if not (held or _CREDENTIAL_COOKIE.search(told)) or _OTHER_COOKIE.search(told) or _NO_VALUE.fullmatch(value or "x"):
        return None
    if options is not None and not options.startswith("{"):
        if not re.fullmatch(r"[A-Za-z_$][\w$]*", options):
            return None
        made = options_of(unit, fact)
        if f"{options} {{" not in made or re.search(rf"\b{re.escape(options)}\.(?:httpOnly|secure)\s*=", unit.text):
            return None
        options = made[made.index(f"{options} {{") + len(options) + 1 :].split("\n,")[0]
    options = options or ""
    if "..." in options or _ENDS.search(options):
        return None
    missing = [word for word in ("HttpOnly", "Secure") if not re.search(rf"(?i)\b{word}\b", options)]
    if not missing:
        return None
    return Saw("refutes", f"the cookie {told} is set without {' and '.join(missing)}", "derived")


def _cookie_given(fact: Fact, unit: Unit) -> tuple[str, str | None, str | None] | None:
    """The name, the value and the options of the cookie that a call sets, None where it sets none of a response."""
    values = [value for _, value in fact.arguments()]
    callee = re.sub(r"\s+", "", fact.name)
    if not values or re.search(r"(?i)jar|page|driver|context\.|browser|document", callee.rsplit(".", 1)[0]):
        return None
    if fact.last == "cookie":
        if len(values) < 2 or not re.match(r"(?:res|response|reply|this\.res|ctx\.res|resp)\b", callee):
            return None
        return (values[0], values[1], values[2] if len(values) > 2 else None)
    if fact.last == "useCookie":  # of Nuxt, which scripts read too unless it is told otherwise
        return (values[0], None, values[1] if len(values) > 1 else None)
    if fact.last == "set":
        if re.match(r"nookies\b", callee):
            values = values[1:]
        elif not re.search(r"(?:cookies\(\)\)?|cookieStore|[cC]ookies)\.set$", callee) or not unit.search(
            _NEXT_COOKIES
        ):
            return None
    elif re.fullmatch(r"event|c|ctx|context|req|\{\s*res\s*\}|null|undefined", values[0]):
        values = values[1:]
    elif not (
        re.search(r"\breply\.setCookie$|\bres\.setCookie$", callee) or unit.search(r"cookies-next|nookies|useCookies\(")
    ):
        return None
    if len(values) == 1 and values[0].startswith("{"):
        named = re.search(r"\bname\s*:\s*([^,}\n]+)", values[0])
        return (named[1].strip(), None, values[0]) if named else None
    return (values[0], values[1], values[2] if len(values) > 2 else None) if len(values) > 1 else None


_WRITTEN_COOKIE = re.compile(
    r"\bdocument\.cookie\s*=\s*[\"'`](\w*(?:[tT]oken|[jJ]wt|[sS]ession(?:_?[iI]d)?|\bsid))=(?:[\"'`]\s*\+|(?![\"'`;]))[^\n]*"
)


@whole("insecure-cookie-settings", "javascript")
def cookie_of_script(project: Project, declared: Mapping[str, object]) -> Iterable[tuple[Unit, int, Saw]]:  # noqa: ARG001
    """A cookie with a credential that a script writes and that travels over plain HTTP too."""
    for unit in project.production("javascript"):
        for match in islice(unit.finditer(_WRITTEN_COOKIE), MAX_PLACES):
            line = unit.line_of(match.start())
            statement = unit.lines[line - 1]
            for more in unit.lines[line : line + 3]:
                if not re.search(r"[+=(]\s*$", statement) and not more.lstrip().startswith(("+", "`", "'", '"')):
                    break
                statement += more
            ends = re.search(r"(?i)max-age=(?:0|-)|1970|Date\(\s*0\s*\)", statement)
            if not ends and not re.search(r"(?i)\bsecure\b", statement) and not unit.commented(line):
                yield unit, line, Saw("refutes", f"the cookie {match[1]} is set without Secure", "derived")


@on("insecure-cookie-settings", "call", "set", "javascript")
def cookie_of_script_library(fact: Fact, unit: Unit) -> Saw | None:
    """A token in a cookie that js-cookie or a library like it is not told to keep to HTTPS."""
    values = [value for _, value in fact.arguments()]
    if len(values) < 2 or not re.search(r"(?i)(?:^|[.-])cookies?\.set$", fact.name):
        return None
    if not unit.search(r"js-cookie|universal-cookie|react-cookie|vue-cookies") or unit.search(_NEXT_COOKIES):
        return None
    if unit.search(r"(?i)\bnew\s+Cookies\([^)]*\bsecure\b|cookies\.config\("):
        return None  # told once for all
    name = textual.unquote(unit.resolve(values[0])) or values[0]
    named = r"(?i)(?:^|[._-]|[a-z](?=[TJ]))(?:token|jwt)$"
    if not re.search(named, name) and not re.search(named, values[1]):
        return None
    if _OTHER_COOKIE.search(name) or _NO_VALUE.fullmatch(values[1]):
        return None
    told = "".join(values[2:])
    if told and (not told.startswith("{") or re.search(r"(?i)\bsecure\b|\.\.\.", told) or _ENDS.search(told)):
        return None
    return Saw("refutes", f"the cookie {name} is set without Secure", "derived")


@on("insecure-cookie-settings", "name", r"^(isHttpOnly|isSecure)$", "javascript")
def cookie_of_hapi(fact: Fact, unit: Unit) -> Saw | None:
    """A cookie of Hapi that scripts may read, or that travels over plain HTTP."""
    yes = unit.false(fact.value) and re.search(
        r"\.state\(|cookie", "\n".join(unit.lines[max(0, fact.line - 8) : fact.line])
    )
    return Saw("refutes", f"{fact.last} is false on a cookie") if yes else None


# --- keys --------------------------------------------------------------------------------------------------------

_NO_KEY = re.compile(
    r"\$\{|<|^\W*$|\{\{|^(?:ENTER|YOUR|INSERT|REPLACE)|^[A-Z][A-Z0-9_]+$|-----BEGIN (?:PUBLIC|CERT)|\.env"
)


@on("secrets-in-history", "name", r"^[\"']?(secretOrKey|secretOrPrivateKey)[\"']?$", "javascript")
def key_of_strategy(fact: Fact, unit: Unit) -> Saw | None:  # noqa: ARG001 - every judge takes both
    """The key that passport-jwt verifies with, as a literal."""
    key = textual.unquote(fact.value)
    if not key or len(key) < 3 or _NO_KEY.search(key) or re.search(r"\s\w+\s", key):
        return None
    return Saw("refutes", f"{fact.last} is given the key of its tokens in the source", "derived", secret=key)


@on("secrets-in-history", "call", "encode", "javascript")
def key_of_jose(fact: Fact, unit: Unit) -> Saw | None:
    """A literal that becomes the key of jose."""
    key = textual.unquote(fact.argument(position=0) or "")
    if not key or len(key) < 3 or _NO_KEY.search(key) or "TextEncoder" not in fact.name:
        return None
    named = re.search(r"(?i)\b\w*(?:secret|key)\w*\s*(?::[^=\n]+)?=[^=]", unit.lines[fact.line - 1])
    if not named or not unit.search(r"[\"']jose[\"']|createHmac|HMAC"):
        return None
    return Saw("refutes", "a key of tokens stands in the source", "derived", secret=key)


@on(
    "secrets-in-history",
    "call",
    "createCookieSessionStorage|createCookie|getIronSession|withIronSession\\w*",
    "javascript",
)
@on("secrets-in-history", "name", r"^(ironOptions|sessionOptions)$", "javascript")
def key_of_session_cookie(fact: Fact, unit: Unit) -> Saw | None:  # noqa: ARG001 - every judge takes both
    """The key that signs or seals the session's cookie of Remix and iron-session, as a literal."""
    found = re.search(r"\b(?:secrets\s*:\s*\[\s*|password\s*:\s*)([\"'`])([^\"'`\n]{3,})\1", fact.text)
    if found is None or _NO_KEY.search(found[2]):
        return None
    line = fact.line + fact.text[: found.start()].count("\n")
    return Saw(
        "refutes", "the session's cookie is sealed with a key in the source", "derived", line=line, secret=found[2]
    )


@on("secret-in-front-end", "name", r"(?i)client_?secret|appsecret|app_secret", "javascript")
def secret_of_bundler(fact: Fact, unit: Unit) -> Saw | None:  # noqa: ARG001 - every judge takes both
    """A client secret from a variable that a bundler puts into the page, wherever it is read."""
    found = re.search(
        r"import\.meta\.env\.VITE_\w*SECRET\w*|process\.env\.(?:REACT_APP|VUE_APP|EXPO_PUBLIC|GATSBY)_\w*SECRET\w*",
        fact.value,
    )
    return Saw("refutes", f"{found[0]} is built into the page that every visitor gets") if found else None


# --- tokens ------------------------------------------------------------------------------------------------------


@on("signature-check-disabled", "call", "decode", "javascript")
def unsecured(fact: Fact, unit: Unit) -> Saw | None:  # noqa: ARG001 - every judge takes both
    """jose's reader of tokens that nobody signed."""
    yes = fact.name.endswith("UnsecuredJWT.decode")
    return Saw("refutes", "UnsecuredJWT.decode takes tokens that nobody signed") if yes else None


@on("signature-check-disabled", "call", "sign", "javascript")
def signed_by_nobody(fact: Fact, unit: Unit) -> Saw | None:  # noqa: ARG001 - every judge takes both
    """A token that is issued with the algorithm none."""
    yes = re.search(r"(?i:jwt|jsonwebtoken)\.sign$", fact.name) and re.search(
        r"\balgorithm\s*:\s*[\"']none[\"']", fact.argument(position=2) or ""
    )
    return Saw("refutes", "a token is issued with algorithm none") if yes else None


@on("expiry-check-disabled", "call", "sign", "javascript")
def issued_forever(fact: Fact, unit: Unit) -> Saw | None:
    """A token that jsonwebtoken or jose signs without any expiry: whoever verifies it finds none that has passed."""
    message = "a token is issued that never expires"
    if re.search(r"\bnew\s+(?:jose\.)?SignJWT\(", fact.text):
        forever = not re.search(r"setExpirationTime\(|\bexp\b|\.\.\.", fact.text)
        return Saw("refutes", message, "derived") if forever and "setProtectedHeader" in fact.text else None
    values = [value for _, value in fact.arguments()]
    if not re.search(r"(?:^|\.)(?:jsonwebtoken|jwt)\.sign$", fact.name) or len(values) < 2:
        return None
    claims = _literal(unit, fact, values[0])
    if claims is None or re.search(r"\bexp\b|\.\.\.|[eE]xpir|\biat\b|[cC]reated_?[aA]t|[iI]ssued", claims):
        return None
    if len(values) == 2 or re.match(r"\(|function|async|\w+\s*=>", values[2]):
        return Saw("refutes", message, "derived")
    options = _literal(unit, fact, values[2])
    if options is None or re.search(r"expiresIn|\.\.\.", options):
        return None
    return Saw("refutes", message, "derived")


@on("expiry-check-disabled", "call", "sign|jwtSign", "javascript")
def issued_forever_by_fastify(fact: Fact, unit: Unit) -> Saw | None:
    """A token that @fastify/jwt signs without any expiry."""
    if not re.search(
        r"(?:^|[.\s])(?:app|fastify|server|instance|request\.server|reply\.server)\.jwt\.sign$|^rep(?:ly)?\.jwtSign$",
        fact.name,
    ):
        return None
    if not unit.search(r"(?i)fastify") or unit.search(r"\bexpiresIn\b|[{,]\s*exp\s*[:,]"):
        return None
    values = [value for _, value in fact.arguments()]
    if not values or not values[0].startswith("{") or "..." in values[0] or (len(values) > 1 and "{" not in values[1]):
        return None
    if not unit.search(r"[\"']@?fastify[/-]jwt[\"']"):
        return None  # the options of the plugin, which may tell an end for all, stand elsewhere
    return Saw("refutes", "a token is issued that never expires", "derived")


_MODULE_OF_NEST = re.compile(r"\bJwtModule\.register\(\s*\{(?=[^{}]*\b(?:secret|privateKey)\s*:)[^{}]*\}")
_ENDS_OF_NEST = r"\bexpiresIn\b|[{,]\s*exp\s*[:,]"


@whole("expiry-check-disabled", "javascript")
def issued_forever_by_nest(project: Project, declared: Mapping[str, object]) -> Iterable[tuple[Unit, int, Saw]]:  # noqa: ARG001
    """A module of Nest that signs tokens, and is told nowhere when they end."""
    units = list(project.production("javascript"))
    found = [(unit, match) for unit in units for match in islice(unit.finditer(_MODULE_OF_NEST), MAX_PLACES)]
    if not found or any(unit.search(_ENDS_OF_NEST) for unit in units):
        return
    if not any(unit.search(r"(?i)\bjwt\w*\.sign(?:Async)?\(") for unit in units):
        return
    for unit, match in found:
        line = unit.line_of(match.start())
        if "..." not in match[0] and not unit.commented(line):
            yield unit, line, Saw("refutes", "tokens are issued that never expire", "derived")


_EXPIRY_READ = re.compile(r"\.exp(?:iresAt|iration)?\b\s*(?:&&|[<>*])|[<>]=?\s*(?:\w+[?!]?\.)+exp\b")


@whole("expiry-check-disabled", "javascript")
def expiry_of_strategy(project: Project, declared: Mapping[str, object]) -> Iterable[tuple[Unit, int, Saw]]:  # noqa: ARG001
    """passport-jwt told to let expired tokens pass, and a callback that lets them pass too."""
    units = list(project.production("javascript"))
    definitions: Definitions | None = None
    for unit in units:
        for match in islice(unit.finditer(_EXPIRY_IGNORED), MAX_PLACES):
            line = unit.line_of(match.start())
            begin = max(0, match.start() - 800)
            begun = list(STRATEGY.finditer(unit.text[begin : match.start()]))
            if not begun or unit.commented(line):
                continue
            opening = begin + begun[-1].end() - 1
            given = textual.split(unit.text[opening + 1 : textual.closing(unit.text, opening, MAX_STRATEGY)])
            callback = given[1].strip() if len(given) > 1 else ""
            named = re.fullmatch(r"(?:[\w$]+\.)*([\w$]+?)(?:\.bind\([^()]*\))?", callback)
            if named:
                definitions = definitions or Definitions(units, DEFINED)
                bodies = list(definitions.bodies(named[1]))
            else:
                bodies = [callback]
            if not any(_EXPIRY_READ.search(body) for body in bodies):
                yield unit, line, Saw("refutes", "ignoreExpiration is true: expired tokens pass")


_EXPIRY_IGNORED = re.compile(r"\bignoreExpiration\s*:\s*true\b")
MAX_STRATEGY = 6000  # characters of one strategy, its callback with it


def _literal(unit: Unit, fact: Fact, value: str) -> str | None:
    """The object literal that *value* is, or that the function around *fact* gives to the name *value*."""
    if value.startswith("{"):
        return value
    if not re.fullmatch(r"[A-Za-z_$][\w$]*", value):
        return None
    first, _ = unit.function(fact.line)
    before = "\n".join(unit.lines[first - 1 : fact.line])
    made = list(re.finditer(rf"\b(?:const|let|var)\s+{re.escape(value)}\s*(?::[^=\n]+)?=\s*(?=\{{)", before))
    return before[made[-1].end() : textual.closing(before, made[-1].end()) + 1] if made else None


@on("token-logged", "string", r":req\[(authorization|cookie|x-access-token|x-auth-token)\]", "javascript")
def logged_by_morgan(fact: Fact, unit: Unit) -> Saw | None:  # noqa: ARG001 - every judge takes both
    """morgan told to write the caller's token into the access log."""
    yes = unit.search(r"morgan")
    return Saw("refutes", "every caller's Authorization header is written to the access log") if yes else None


@on("token-logged", "name", r"^[\"']?loggingNoPII[\"']?$", "javascript")
def logged_by_passport(fact: Fact, unit: Unit) -> Saw | None:
    """passport-azure-ad told to write personal data into its log."""
    return Saw("refutes", "loggingNoPII is false: personal data goes to the log") if unit.false(fact.value) else None


_ANSWER = re.compile(
    r"\b(?:acquireToken\w*|ssoSilent|loginPopup|handleRedirectPromise|client\.callback|oauthCallback|authorizationCodeGrant|clientCredentialsGrant|refreshTokenGrant|getToken|exchangeCode\w*)\("
)


@on("token-logged", "call", "log|info|debug|trace|dir|table", "javascript")
def answer_logged(fact: Fact, unit: Unit) -> Saw | None:
    """The whole answer of a token request, token and all."""
    if not re.search(r"(?i)(?:^|\.)(?:console|log|logger|winston|context|context\.log)\.\w+$", fact.name):
        return None
    values = [re.sub(r"^JSON\.stringify\(\s*(\w+)\s*(?:,[^()]*)?\)$", r"\1", value) for _, value in fact.arguments()]
    for name in values:
        if not re.fullmatch(r"(?i)(?!err|e$)[a-z_$][\w$]*", name) or re.search(r"(?i)err|account", name):
            continue
        before = "\n".join(unit.lines[max(0, fact.line - 13) : fact.line])
        plain = re.escape(name)
        for asked in islice(_ANSWER.finditer(before), MAX_PLACES):
            call = re.escape(asked[0])
            given = rf"\b{plain}\s*(?::[^=\n]+)?=\s*(?:await\s+)?[\w.]*?{call}"
            passed = rf"{call}[^;]{{0,400}}?\.then\(\s*(?:async\s*)?(?:function\s*\w*\s*)?\(?\s*{plain}\b"
            if re.search(given, before) or re.search(passed, before):
                message = f"{name}, the answer with the token in it, is written to a log or console"
                return Saw("refutes", message, "derived")
    return None


@whole("token-in-query-string", "javascript")
def taken_from_address(project: Project, declared: Mapping[str, object]) -> Iterable[tuple[Unit, int, Saw]]:  # noqa: ARG001
    """A token that a page, a socket or an API takes from an address, and signs somebody in with."""
    for unit in project.units:
        if unit.language != "javascript":
            continue
        for match in islice(unit.finditer(_FROM_ADDRESS), MAX_PLACES):
            line = unit.line_of(match.start())
            name = next(group for group in match.groups() if group)
            first, last = unit.function(line)
            around = "\n".join(unit.lines[first - 1 : min(last, line + 25)])
            if unit.commented(line) or _ONE_TIME.search(unit.path + around):
                continue
            if name == "token" and not _SIGNS_IN_WITH.search(around):
                continue
            yield unit, line, Saw("refutes", f"{name} is taken from an address", "derived")


_FROM_ADDRESS = re.compile(
    r"\bhandshake\.query\??\.(access_token|token|jwt)\b|\.(?:searchParams|queryParamMap)\.get\(\s*[\"'](access_token|id_token|jwt|token)[\"']\s*\)"
    r"|\bURLSearchParams\([^()\n]*\)\.get\(\s*[\"'](access_token|id_token|jwt|token)[\"']\s*\)|\bqueryParams(?:\[[\"']|\.)(access_token|jwt|token)\b"
    r"|\breq(?:uest)?\.query\.(token)\b|\bparams\[[\"'](jwt|access_token|accessToken|token)[\"']\](?!\s*=(?!=))"
)
_ONE_TIME = re.compile(
    r"(?i)reset|verif(?!y\w*\()|confirm|invit|unsubscribe|activat|magic|csrf|share|download|preview|one_?time|forgot|recover|signup|sign-up"
)
_SIGNS_IN_WITH = re.compile(
    r"(?:local|session)Storage\.setItem|\bset(?:Auth|Access)?Token\(|jwt\.verify\(|jwtVerify\(|verifyToken\(|jwt\.decode\(|\bCookies\.set\(|saveToken\(|storeToken\("
)


@on("callback-without-state", "call", "callback", "javascript")
def callback_of_openid_client(fact: Fact, unit: Unit) -> Saw | None:
    """openid-client's callback that is told no state to compare with."""
    values = [value for _, value in fact.arguments()]
    if not unit.search(r"openid-client") or not re.search(r"(?i)client\.callback$", fact.name):
        return None
    if len(values) == 2 or (len(values) > 2 and re.fullmatch(r"\{\s*\}|null|undefined", values[2])):
        return Saw("refutes", "the callback redeems a code and compares no state", "derived")
    return None


@on("password-grant-calls", "call", "append|set|ResourceOwnerPassword", "javascript")
def password_grant_appended(fact: Fact, unit: Unit) -> Saw | None:
    """A token request with the password grant, put together of pairs, or made by simple-oauth2."""
    values = [textual.unquote(value) for _, value in fact.arguments()]
    if fact.last == "ResourceOwnerPassword":
        return (
            Saw("refutes", "ResourceOwnerPassword sends a person's password") if "simple-oauth2" in unit.text else None
        )
    serves = unit.search(r"grant_types?_supported|unsupported_grant_type")
    yes = values[:2] == ["grant_type", "password"] and not serves
    return Saw("refutes", "a token request with grant_type=password") if yes else None


@on(
    "client-secret-in-use",
    "call",
    "acquireTokenWithClientCredentials|loginWithServicePrincipalSecret\\w*|ApplicationTokenCredentials",
    "javascript",
)
def secret_of_retired_library(fact: Fact, unit: Unit) -> Saw | None:
    """ADAL's and ms-rest-azure's sign-in with a client secret."""
    yes = len(fact.arguments()) >= 3 and unit.search(r"adal|ms-?rest|AuthenticationContext")
    return Saw("refutes", "the app signs in with a client secret") if yes else None


@on("client-secret-in-use", "call", "AuthorizationCode|ClientCredentials|create", "javascript")
def secret_of_simple_oauth2(fact: Fact, unit: Unit) -> Saw | None:
    """simple-oauth2's client of Entra ID with a secret."""
    given = options_of(unit, fact)
    found = re.search(r"\bclient\s*:\s*\{[^{}]*\bsecret\s*:", given)
    if not found or "simple-oauth2" not in unit.text or "login.microsoftonline." not in unit.text:
        return None
    return Saw("refutes", "the app signs in with a client secret")


@on("issuer-check-disabled", "name", r"^[\"']?skipIssuerCheck[\"']?$", "javascript")
def issuer_of_angular(fact: Fact, unit: Unit) -> Saw | None:
    """angular-oauth2-oidc told to compare no issuer."""
    return Saw("refutes", "skipIssuerCheck is true: tokens of any issuer pass") if unit.true(fact.value) else None


@on("certificate-check-off", "name", r"^[\"']?(requireHttps|allowHttpForRedirectUrl)[\"']?$", "javascript")
def plain_http_of_libraries(fact: Fact, unit: Unit) -> Saw | None:
    """angular-oauth2-oidc and passport-azure-ad told that plain HTTP will do, for another host than this machine."""
    off = unit.false(fact.value) if fact.last == "requireHttps" else unit.true(fact.value)
    if not off or re.search(r"(?i)localhost|127\.0\.0\.1|develop|local", unit.path + unit.text):
        return None
    return Saw("refutes", f"{fact.last}: codes and tokens may travel over plain HTTP", "derived")


# --- passwords of the app's own ----------------------------------------------------------------------------------


@on("local-password-login", "call", "PassportStrategy|CredentialsProvider|Credentials", "javascript")
def password_provider(fact: Fact, unit: Unit) -> Saw | None:
    """NestJS's strategy for passwords, and the provider of NextAuth.js that takes them."""
    name = (fact.argument(position=0) or "").split(".")[0]
    if fact.last == "PassportStrategy":
        yes = imported(unit, name) == "passport-local"
    else:
        module = imported(unit, fact.last) or ""
        yes = "providers/credentials" in module and bool(re.search(r"(?i)\bpassw(?:or)?d\b", fact.text))
        if any(
            re.search(r"(?i)\bif\b.*(?:develop|NODE_ENV|local|debug)", text) for text in unit.enclosing(fact.line, 12)
        ):
            return None  # who works on the app, without a directory
    return Saw("refutes", f"{fact.last}: the app checks passwords of its own") if yes else None


@on("local-password-login", "call", "where|findOne|findFirst|findUnique|find|findOneBy|count", "javascript")
def password_in_query(fact: Fact, unit: Unit) -> Saw | None:  # noqa: ARG001 - every judge takes both
    """A user that is looked up by name and password."""
    for value in (value for _, value in fact.arguments()[:2]):
        keys = re.sub(r"(?:select|attributes|projection|include|fields)\s*:\s*(?:\{[^{}]*\}|\[[^\]]*\])", "", value)
        asked = re.search(
            r"[{,]\s*(?:password|passwd|pwd)\s*(?:,|\}|:\s*(?!true|false|0|1|\{|z\.|String)[\w.\"'`(]+)", keys
        )
        named = re.search(r"[{,]\s*(?:user_?[nN]ame|e?mail|login|user|userId|user_id|name)\s*[,:}]", keys)
        if asked and named and value.startswith("{"):
            return Saw("refutes", "a user is looked up by name and password", "derived")
    return None


_CONSTANT_PASSWORD = re.compile(
    r"\b(?:req(?:uest)?\.body\.|body\.|ctx\.request\.body\.)?(?:password|passwd|pwd)\s*={2,3}\s*(?:[\"'](?!password[\"']|text[\"'])[^\"'\s]{3,40}[\"']|process\.env\.\w*PASS\w*|config\.\w*\.?\w*[pP]assword)"
    r"|\b(?:user|account|row|found|admin)\w*\.(?:password|passwordHash|password_hash|hash|hashedPassword)\s*[!=]==?\s*\w*[hH]ash\w*"
    r"|[hH]ash\w*(?:\([^()\n]*[pP]assw\w*[^()\n]*\))?\s*[!=]==?\s*(?:user|account|row|found|admin)\w*\.(?:password|passwordHash|password_hash|hashedPassword)\b"
    r"|\bemailAndPassword\s*:\s*\{\s*enabled\s*:\s*true"
    r"|\.authenticate\(\)\(\s*[^()\n]*[pP]assword"
)


@whole("local-password-login", "javascript")
def password_constant(project: Project, declared: Mapping[str, object]) -> Iterable[tuple[Unit, int, Saw]]:  # noqa: ARG001
    """A password that is compared with one in the source or the settings, a hash that is compared by hand, better-auth."""
    for unit in project.production("javascript"):
        if not unit.holds("password", "passwd", "pwd"):
            continue
        for match in islice(unit.finditer(_CONSTANT_PASSWORD), MAX_PLACES):
            line = unit.line_of(match.start())
            text = unit.lines[line - 1]
            if not unit.commented(line) and not re.search(
                r"(?i)\btypeof\b|confirm|repeat|again|new_?pass|old_?pass|default|weak|strength|valid|token", text
            ):
                yield unit, line, Saw("refutes", "the app checks passwords itself", "derived")


# --- what the browser keeps --------------------------------------------------------------------------------------

_STORED_USER = re.compile(
    r"(?:local|session)Storage\.setItem\(\s*[^,\n]{1,60},\s*JSON\.stringify\(\s*((?:[A-Za-z_$][\w$]*)(?:\.\w+){0,2})\s*\)"
)


@whole("browser-token-library", "javascript")
def user_stored_with_token(project: Project, declared: Mapping[str, object]) -> Iterable[tuple[Unit, int, Saw]]:  # noqa: ARG001
    """The whole answer of a sign-in in the browser's storage, with the token that the function found in it."""
    for unit in project.production("javascript"):
        for match in islice(unit.finditer(_STORED_USER), MAX_PLACES):
            line = unit.line_of(match.start())
            first, last = unit.function(line)
            around = "\n".join(unit.lines[max(0, min(first, line) - 8) : last + 3])
            held = re.search(
                rf"(?<![\w.]){re.escape(match[1])}[?!]?\.(?:access_?[tT]oken|token|jwt|id_?[tT]oken|auth_?[tT]oken)\b",
                around,
            )
            if held and not unit.commented(line):
                message = "an answer with a token in it is kept where every script of the page can read it"
                yield unit, line, Saw("refutes", message, "derived")


@on("browser-token-library", "call", "set", "javascript")
def token_in_script_cookie(fact: Fact, unit: Unit) -> Saw | None:
    """A token that a script writes into a cookie of any name."""
    values = [value for _, value in fact.arguments()]
    if not re.search(r"(?i)(?:^|[.-])cookies?\.set$", fact.name) or len(values) < 2:
        return None
    if not unit.search(r"js-cookie|universal-cookie|vue-cookies|ngx-cookie") or unit.search(_NEXT_COOKIES):
        return None
    token = re.search(r"(?i)(?:^|\.|_)(?:access|refresh|id|auth|jwt)?_?(?:token|jwt)$", values[1])
    if token is None or re.search(r"(?i)csrf|xsrf", values[0] + values[1]):
        return None
    return Saw("refutes", "a token is kept in a cookie that scripts write and read", "derived")


@on(
    "browser-token-library",
    "call",
    "setLocalStorage|setSessionStorage|saveLocalStorage|saveToLocalStorage|localStorageSet|setLocal|setSession",
    "javascript",
)
def token_handed_to_helper(fact: Fact, unit: Unit) -> Saw | None:  # noqa: ARG001 - every judge takes both
    """A token that a function of the app's own, named for it, puts into the browser's storage."""
    values = [value for _, value in fact.arguments()]
    first = values[0] if values else ""
    if first.startswith("{"):
        yes = re.search(
            r"[{,]\s*[\"']?(?i:authorization|\w*token|jwt)[\"']?\s*:\s*(?![\"'`]{2}|null|undefined)[\w.]", first
        )
    else:
        key = textual.unquote(first) or ""
        yes = re.fullmatch(r"(?i)[\w.:-]*(?:token|jwt)|authorization", key) if len(values) > 1 else None
        yes = None if yes and _NO_VALUE.fullmatch(values[1]) else yes
    if not yes or re.search(r"(?i)csrf|xsrf|expir", first):
        return None
    return Saw("refutes", "a token is kept in the browser's storage: every script of the page can read it", "derived")


@on("browser-token-library", "call", "store", "javascript")
def token_of_ngx_storage(fact: Fact, unit: Unit) -> Saw | None:  # noqa: ARG001 - every judge takes both
    """A token that a service of Angular, such as ngx-webstorage's, puts into the browser's storage."""
    values = [value for _, value in fact.arguments()]
    if len(values) < 2 or not re.search(r"(?i)(?:local|session|web)_?storage(?:_?service)?\.store$", fact.name):
        return None
    key = textual.unquote(values[0]) or ""
    if not re.search(r"(?i)(?:^|[a-z_.-])(?:token|jwt)$", key) or re.search(r"(?i)csrf|xsrf", key):
        return None
    if _NO_VALUE.fullmatch(values[1]):
        return None
    return Saw("refutes", "a token is kept in the browser's storage: every script of the page can read it", "derived")


@on("browser-token-library", "call", "set", "javascript")
def token_in_preferences(fact: Fact, unit: Unit) -> Saw | None:
    """A token in the preferences of Capacitor, which are plain."""
    if not re.search(r"(?:Preferences|Storage)\.set$", fact.name) or "@capacitor/" not in unit.text:
        return None
    found = re.search(r"\bkey\s*:\s*[\"'`][\w.:-]*(?i:token|jwt)[\"'`]", fact.text)
    return Saw("refutes", "a token is kept in plain preferences", "derived") if found else None


@on("plain-token-cache-file", "call", "set", "javascript")
def token_in_electron_store(fact: Fact, unit: Unit) -> Saw | None:
    """A token in the settings file of an Electron app, which is plain unless safeStorage sealed it."""
    values = [value for _, value in fact.arguments()]
    if len(values) < 2 or not unit.search(r"electron-store") or unit.search(r"safeStorage|encryptionKey|keytar"):
        return None
    key = textual.unquote(values[0]) or ""
    if not re.search(r"(?i)(?:access|refresh|id|auth)_?token|\bjwt|^token", key) or not re.search(
        r"(?i)store\.set$", fact.name
    ):
        return None
    return Saw("refutes", "a token is written to a plain settings file", "derived")


# --- who calls ---------------------------------------------------------------------------------------------------

_PERSON = r"(?:user_?[iI]d|userID|uid|UserId|userName|username|user|owner_?[iI]d|owner|account_?[iI]d|customer_?[iI]d|employee_?[iI]d|member_?[iI]d|patient_?[iI]d)"
_SENT = re.compile(
    rf"\b(?:const|let|var)\s+(?P<name>{_PERSON})\s*(?::[^=\n]+)?=\s*(?:String\(|Number\(|parseInt\(|\+)?\s*(?:req|request|ctx\.request|ctx|event)\.(?:body|query)(?:\??\.|\[[\"']|\.get\([\"']){_PERSON}\b"
    rf"|\b(?:const|let|var)\s+\{{[^{{}}\n]*\b(?P<taken>{_PERSON})\b(?!\s*:)[^{{}}\n]*\}}\s*=\s*(?:await\s+)?(?:req|request|ctx\.request)\.(?:body|query|json\(\))"
    rf"|\b(?:where\s*:\s*\{{\s*|find\w*\(\s*\{{\s*(?:where\s*:\s*\{{\s*)?){_PERSON}\s*:\s*(?:req|request)\.(?:body|query)\.(?P<direct>{_PERSON})\b"
    rf"|\b(?:const|let|var)\s+(?P<asked>{_PERSON})\s*=\s*(?:req|request)\.query\.get\(\s*[\"']{_PERSON}[\"']\s*\)"
    rf"|\b(?:create|insert\w*|save|add\w*)\(\s*\{{[^{{}}\n]*\b(?:{_PERSON}|author|created_?[bB]y)\s*:\s*(?:req|request)\.body\.(?P<made>{_PERSON})\b"
    rf"|\bqueryStringParameters\??\.(?P<event>{_PERSON})\b"
    rf"|\b(?:findById\w*|findByPk|findUserById|getUserById)\(\s*(?:req|request)\.(?:body|query)\.(?P<key>{_PERSON})\b"
)
# What only asks whether somebody signed in, not who.
_SIGNED_IN_AT_ALL = re.compile(
    r"\b(?:const|let)\s+(?:session|\{\s*(?:data\s*:\s*)?session\s*\})\s*=\s*await\s+[\w.]+\([^()\n]*\)"
    r"|\bif\s*\(\s*!\s*session(?:\??\.user)?(?:\s*\|\|\s*!\s*session\??\.user)?\s*\)[^\n]*(?:\n\s*return\b[^\n]*)?"
)
_KNOWS_CALLER = re.compile(
    r"(?i)\breq(?:uest)?\.(?:user|auth|account|current_?user|decoded|jwt|token|principal|userId|session)\b|res\.locals|\bsession\b|auth\(\)|getUser|current_?user|ctx\.(?:state|user|session)|"
    r"claims|permission|is_?admin|\broles?\b|owner_?ship|authorize|x-ms-client-principal|\bpassw|sign_?(?:in|up)|log_?(?:in|on)\b|regist|invite|webhook|signature|otp\b|reset|verif|token"
)
# Handlers that may be told whose data is meant, by what stands before them.
_OTHERS_DATA = re.compile(
    r"(?i)admin|\broles?\b|hasRole|permission|authorize\(|owner_?ship|log_?in\b|sign_?(?:in|up)|regist|invite|webhook|reset|token\b|otp\b|passw|session\b"
)
# A middleware that asks who calls, and for nothing more.
_SIGNS_IN_ONLY = re.compile(
    r",\s*(?!\w*(?i:admin|role|owner|permi))\w*(?i:auth|verify|check|protect|validate|require)\w*(?:\.\w+)?(?=\s*[,\]])"
)
_LOOKS_UP = (
    r"(?i:find|where|get|load|fetch|select|query|create|update|delete|remove|insert|add|save|read|list|count|items)\w*"
)


@whole("identity-from-request", "javascript")
def person_from_request(project: Project, declared: Mapping[str, object]) -> Iterable[tuple[Unit, int, Saw]]:  # noqa: ARG001
    """Whose data is meant is told by the body or the query, and nothing in the handler asks who calls."""
    units = list(project.production("javascript"))
    if not any(unit.search(_SENT) for unit in units):
        return
    # Names that a middleware writes over what was sent.
    written = {match[1] for unit in units for match in unit.finditer(r"\breq\.(?:body|query)\.(\w+)\s*=(?!=)")}
    for unit in units:
        for match in islice(unit.finditer(_SENT), MAX_PLACES):
            line = unit.line_of(match.start())
            name = match["name"] or match["taken"] or match["asked"]
            first, last = unit.function(line)
            around = "\n".join(unit.lines[first if last > first else first - 1 : last])
            head = f"{unit.path.rsplit('/', 1)[-1]} " + "\n".join(unit.lines[max(0, first - 3) : first])
            head = _SIGNS_IN_ONLY.sub("", head)
            sent = name or match["direct"] or match["made"] or match["event"] or match["key"]
            if sent in written or unit.commented(line) or last - first > 150:
                continue
            if (
                _KNOWS_CALLER.search(_SIGNED_IN_AT_ALL.sub("", around))
                or _OTHERS_DATA.search(head)
                or "admin" in unit.path.lower()
            ):
                continue
            used = name is None or re.search(
                rf"\b[\w.]*{_LOOKS_UP}\([^;\n]*(?<![\w.\"'`]){name}\b|\bwhere\s*:\s*\{{[^{{}}]*\b{name}\b|\$\{{{name}\}}|\[\s*{name}\s*[,\]]",
                around,
            )
            if used:
                yield unit, line, Saw("refutes", f"whose data is meant is told by {sent} of the request", "heuristic")


_ELSE_PERSON = re.compile(
    rf"\b(?P<name>{_PERSON})\s*(?:\?\?|\|\|)=\s*[^;\n]*\b(?:body|query|params|headers)\b[^;\n]*\b{_PERSON}\b"
    rf"|\b(?P<other>{_PERSON})\s*(?::[^=\n]+)?=\s*[^;\n]*(?:principal|claims|user|session|auth\w*)\??\.\w+\s*(?:\?\?|\|\|)\s*(?:req|request)\.(?:body|query)\??\.{_PERSON}\b"
)


@whole("identity-from-request", "javascript")
def person_or_else(project: Project, declared: Mapping[str, object]) -> Iterable[tuple[Unit, int, Saw]]:  # noqa: ARG001
    """A caller who is whoever the request says, where the sign-in says nothing."""
    for unit in project.production("javascript"):
        for match in islice(unit.finditer(_ELSE_PERSON), MAX_PLACES):
            line = unit.line_of(match.start())
            name = match["name"] or match["other"]
            if not unit.commented(line) and not re.search(r"(?i)admin|log_?in|regist|sign_?up", unit.path):
                yield unit, line, Saw("review", f"{name} falls back on what the request says", "heuristic")


_PATH_PERSON = re.compile(r":((?:user|owner|account|customer|member|employee)_?[iI]d)\b")
_ASKS_WHO = re.compile(
    r"(?i)\breq(?:uest)?\.(?:user|auth|account|current_?user|decoded|jwt|principal|userId|session)\b|res\.locals|\bsession\b|getUser|current_?user|ctx\.(?:state|user)|"
    r"claims|permission|is_?admin|\broles?\b|owner_?ship|authorize|\b40[13]\b|forbid"
)


@whole("identity-from-request", "javascript")
def person_in_path(project: Project, declared: Mapping[str, object]) -> Iterable[tuple[Unit, int, Saw]]:  # noqa: ARG001
    """A person's data that whoever signed in may change, whose path says whose they are."""
    for unit in project.production("javascript"):
        if not unit.search(_PATH_PERSON):
            continue
        for handler in unit.handlers:
            named = _PATH_PERSON.search(handler.route)
            body = handler.body(unit)
            if not named or not handler.methods & {"PUT", "PATCH", "DELETE"} or not body:
                continue
            signed_in = re.search(r"(?i)auth|log_?(?:ged_?)?in|session|jwt|token|protect", handler.guards)
            used = re.search(
                rf"\bparams(?:\.|\[[\"']){named[1]}\b|\{{[^{{}}\n]*\b{named[1]}\b[^{{}}\n]*\}}\s*=\s*\w+\.params\b",
                body,
            )
            others = re.search(r"(?i)admin|role|owner|permission|same|self|can\w*\(", f"{handler.guards} {unit.path}")
            if signed_in and used and not others and not _ASKS_WHO.search(re.sub(r"//[^\n]*", "", body)):
                message = f"whose data is changed is told by {named[1]} of the path"
                yield unit, handler.line, Saw("refutes", message, "heuristic")


_FLAG = re.compile(
    r"\breq(?:uest)?\.(?P<where>cookies|signedCookies|headers|query|body)(?:\??\.|\[[\"'])(?:x-)?(?P<flag>is_?[aA]dmin|admin|role|user_?[rR]ole)\b[\"'\]]*\s*===?\s*(?:[\"'`]?(?:true|1|admin\w*|ADMIN\w*)[\"'`]?)"
)


@whole("identity-from-request", "javascript")
def role_from_request(project: Project, declared: Mapping[str, object]) -> Iterable[tuple[Unit, int, Saw]]:  # noqa: ARG001
    """A role that whoever sends the request gives himself."""
    for unit in project.production("javascript"):
        for match in islice(unit.finditer(_FLAG), MAX_PLACES):
            line = unit.line_of(match.start())
            after = "\n".join(unit.lines[line - 1 : line + 3])
            refuses = re.search(r"(?i)\b40[013]\b|throw|forbidden|not allowed|error", after)
            if match["where"] != "signedCookies" and not refuses and not unit.commented(line):
                message = f"the caller's role is read from {match['where']}"
                yield unit, line, Saw("refutes", message, "derived", subject=match["flag"])


@on(
    "mutable-claim-as-key",
    "name",
    r"^[\"']?(identity|identifier|user_?[iI]dentifier|principal|external_?[iI]d)[\"']?$",
    "javascript",
)
def identity_of_provider(fact: Fact, unit: Unit) -> Saw | None:
    """An identity that is taken from a name or an address of what the provider says."""
    claim = re.match(
        r"\(?\s*(?:\w*[uU]ser_?[iI]nfo|profile|\w*[cC]laims(?:\(\))?|id_?[tT]oken\w*)\??\.(preferred_username|email|upn|unique_name)\b",
        fact.value,
    )
    if claim is None or not unit.search(r"(?i)openid|oidc|oauth"):
        return None
    return Saw("refutes", f"{fact.last} takes {claim[1]}, which can change and be given to another person", "derived")


@on("mutable-claim-as-key", "name", r"^[\"']?allowDangerousEmailAccountLinking[\"']?$", "javascript")
def accounts_linked_by_address(fact: Fact, unit: Unit) -> Saw | None:
    """Auth.js told to take whoever comes with an address for the person who already has it."""
    if not unit.true(fact.value):
        return None
    above = "\n".join(unit.lines[max(0, fact.line - 12) : fact.line])
    providers = re.findall(r"\b(\w+)\s*\(\s*\{", above)
    entra = bool(providers) and re.search(r"(?i)azure|entra|microsoft", providers[-1])
    message = "accounts are linked by their address, which can change and be given to another person"
    return Saw("refutes", message, "derived") if entra else Saw("review", message, "heuristic")


# Begins with what is rare: whose list it is, is looked at only there.
_ACCOUNT_NAME = re.compile(
    r"\.(?:includes|indexOf|has)\(\s*(?:\w+\.)*"
    r"(?:accounts\??\.?\[0\]|account|activeAccount|getActiveAccount\(\)|getAllAccounts\(\)\[0\]|user|session\??\.user)[?!]?\.(?:username|email|userPrincipalName|mail|upn)\b"
)
_LETS_IN = re.compile(r"(?i)\w*(?:admin|allow|owner|permitted|white_?list|approved|authorized|superuser|staff)\w*\??$")


@whole("mutable-claim-as-key", "javascript")
def account_listed(project: Project, declared: Mapping[str, object]) -> Iterable[tuple[Unit, int, Saw]]:  # noqa: ARG001
    """Somebody is let in because a list holds the name of the account or of the session."""
    for unit in project.production("javascript"):
        for match in islice(unit.finditer(_ACCOUNT_NAME), MAX_PLACES):
            line = unit.line_of(match.start())
            lets_in = _LETS_IN.search(unit.text[max(0, match.start() - 60) : match.start()])
            if lets_in and not unit.commented(line):
                yield unit, line, Saw("refutes", "somebody is let in by a name or address that can change", "derived")


_BOUND = re.compile(
    r"\.(?:create|createMany|update|updateMany|upsert)\(\s*\{[^;]{0,300}?\b(?:data|create|update)\s*:\s*(?:\{\s*\.\.\.\s*)?(req\.body|[A-Za-z_$][\w$]*)\s*[,})]"
    r"|\.(?:insertOne|create|insert|values|findByIdAndUpdate|updateOne)\(\s*(?:[\w.]+\s*,\s*)?(?:\{\s*\.\.\.\s*)?(body|data|payload)\s*[,})]"
)


@whole("request-body-bound-to-record", "javascript")
def body_bound(project: Project, declared: Mapping[str, object]) -> Iterable[tuple[Unit, int, Saw]]:  # noqa: ARG001
    """A request body that Prisma, Drizzle or a driver is given whole."""
    for unit in project.production("javascript"):
        if not unit.search(r"req\.body|(?:req|request)\.json\(\)|readBody\("):
            continue
        for match in islice(unit.finditer(_BOUND), MAX_PLACES):
            line = unit.line_of(match.start(match.lastindex or 0))
            name = match[match.lastindex or 0]
            before = "\n".join(unit.lines[max(0, line - 25) : line])
            given = name == "req.body" or re.search(
                rf"\b(?:const|let|var)\s+{re.escape(name)}\s*(?::[^=\n]+)?=\s*(?:await\s+(?:req|request)\.json\(\)|await\s+readBody\(|(?:req|ctx\.request)\.body\s*;?\s*$)",
                before,
                re.M,
            )
            checked = re.search(
                rf"(?i)\.(?:safe)?parse(?:Async)?\(\s*{re.escape(name)}|valid\w*\([^()\n]*{re.escape(name)}", before
            )
            if given and not checked and not unit.commented(line):
                yield unit, line, Saw("refutes", "a request body is written whole into a record", "derived")


# --- NextAuth.js, retired libraries ------------------------------------------------------------------------------


@on(
    "browser-token-library",
    "name",
    r"^session\.(user\.)?(access_?[tT]oken|refresh_?[tT]oken|id_?[tT]oken|token)$",
    "javascript",
)
def token_in_session_of_page(fact: Fact, unit: Unit) -> Saw | None:
    """A provider's token that NextAuth.js hands to every script of the page with the session."""
    if not unit.search(r"next-auth|@auth/") or not re.match(r"\(?\s*(?:token|account|user)\b", fact.value.strip()):
        return None
    around = [unit.lines[fact.line - 1], *unit.enclosing(fact.line)]
    asks = any(re.search(r"\bsession\s*[(:=]|\bsession\b.*=>", text) for text in around)
    return Saw("review", "a token is part of the session that the page reads", "derived") if asks else None


@on("issuer-validation-off", "call", r"AzureADProvider|AzureAD|AzureAd|MicrosoftEntraID|EntraID", "javascript")
def every_tenant_of_next_auth(fact: Fact, unit: Unit) -> Saw | None:
    """A provider of NextAuth.js that admits every organization, in a file that looks at no tenant."""
    open_door = re.search(
        r"\btenantId\s*:\s*[\"'](?:common|organizations)[\"']|/(?:common|organizations)/v2\.0", fact.text
    )
    if not open_door or not unit.search(r"next-auth|@auth/") or unit.search(r"\btid\b|\ballowed_?[tT]enants|hd\b"):
        return None
    return Saw("review", "every organization may sign in, and no tenant is looked at", "derived")


_RETIRED = {
    "msal": "MSAL.js 1.x",
    "react-aad-msal": "MSAL.js 1.x",
    "ms-rest-azure": "ADAL",
    "@azure/ms-rest-nodeauth": "ADAL",
    "azure-graph": "Azure AD Graph",
}


@on(
    "retired-identity-components",
    "string",
    r"^.(msal|react-aad-msal|ms-rest-azure|@azure/ms-rest-nodeauth|azure-graph).$",
    "javascript",
)
def retired_in_script(fact: Fact, unit: Unit) -> Saw | None:
    """A library that is built on ADAL, or the MSAL.js before MSAL Browser, imported."""
    name = fact.name.strip("\"'`")
    imports = re.search(
        rf"(?:\bfrom\s*|\brequire\(\s*|\bimport\s*\(?\s*)[\"']{re.escape(name)}[\"']", unit.lines[fact.line - 1]
    )
    return Saw("refutes", f"the code imports {name} ({_RETIRED[name]}), which is retired") if imports else None


@setting("retired-identity-components")
def retired_in_package(item: Setting, unit: Unit) -> Saw | None:
    """The same among the dependencies of a package."""
    if not unit.path.endswith("package.json") or not item.key.startswith(("dependencies.", "devDependencies.")):
        return None
    name = item.key.split(".", 1)[1]
    return Saw("refutes", f"{name} ({_RETIRED[name]}) is retired") if name in _RETIRED else None


@on("secrets-in-history", "name", r"^app\.keys$", "javascript")
def key_of_koa(fact: Fact, unit: Unit) -> Saw | None:
    """The keys that sign the cookies of Koa, as literals."""
    found = re.match(r"\[\s*([\"'`])([^\"'`\n]{3,})\1", fact.value.strip())
    if found is None or "${" in found[2] or not unit.search(r"(?i)koa"):
        return None
    return Saw("refutes", "cookies are signed with a key in the source", "derived", secret=found[2])


# --- choices of the token, stored passwords, sessions, TLS -------------------------------------------------------

_OF_HEADER = re.compile(
    r"\balgorithms?\s*:\s*\[?\s*(?:\w*(?:[hH]eader|[hH]dr|decoded\w*|complete)\w*[?!]?(?:\.\w+[?!]?)*\.alg\b|alg\b(?!\s*:))"
)


@on("signature-check-disabled", "call", "verify|jwtVerify", "javascript")
def algorithm_of_header(fact: Fact, unit: Unit) -> Saw | None:
    """A verification that takes the algorithm from the token's own header."""
    given = options_of(unit, fact)
    found = _OF_HEADER.search(given)
    if found is None or not re.search(r"(?i)jwt|jws|jose|jsonwebtoken", fact.name):
        return None
    around = unit.around(fact.line)
    if (
        found[0].endswith("alg")
        and ".alg" not in found[0]
        and not re.search(r"\balg\b[^\n]{0,60}=[^\n]{0,60}[hH]eader", around)
    ):
        return None
    return Saw("refutes", f"{fact.name} lets the token choose its algorithm", "derived")


_STORED_PASSWORD = re.compile(
    r"\b(?:user|account|row|found|member|admin|existing|db)\w*(?:\[0\])?[?!]?\.(?:password|passwd|pwd)\s*!==?\s*(?:req(?:uest)?\.body\.|ctx\.request\.body\.)?(?:password|passwd|pwd|pass|hash\w*|md5\([^()\n]*\))\b"
    r"|\btimingSafeEqual\([^;\n]*\b(?:scryptSync|pbkdf2Sync)\([^;\n]*(?i:passw)"
)


@whole("local-password-login", "javascript")
def password_unequal(project: Project, declared: Mapping[str, object]) -> Iterable[tuple[Unit, int, Saw]]:  # noqa: ARG001
    """A stored password that another is compared with, and refused where they differ."""
    for unit in project.production("javascript"):
        for match in islice(unit.finditer(_STORED_PASSWORD), MAX_PLACES):
            line = unit.line_of(match.start())
            if not unit.commented(line):
                yield unit, line, Saw("refutes", "the app checks passwords itself", "derived")


@on("insecure-cookie-settings", "call", "session|expressSession", "javascript")
def session_told_nothing(fact: Fact, unit: Unit) -> Saw | None:
    """express-session that is told nothing of its cookie, which then travels over plain HTTP too."""
    options = fact.argument(position=0) or ""
    if not options.startswith("{") or re.search(r"\bcookie\b|\.\.\.", options) or "secret" not in options:
        return None
    express = "express-session" in unit.text and not unit.search(r"\.cookie\.secure\s*=|koa-session")
    return Saw("review", "the session's cookie is also sent over plain HTTP", "derived") if express else None


@on(
    "certificate-check-off",
    "name",
    r"^(tlsAllowInvalidCertificates|tlsInsecure|sslValidate|allowInvalidCertificates)$",
    "javascript",
)
def driver_checks_nothing(fact: Fact, unit: Unit) -> Saw | None:
    """A driver of a database that accepts any certificate."""
    off = unit.false(fact.value) if fact.last == "sslValidate" else unit.true(fact.value)
    developed = re.search(r"(?i)develop|local", "\n".join(unit.enclosing(fact.line, 8)))
    return Saw("refutes", f"{fact.last}: any certificate is accepted") if off and not developed else None


@whole("certificate-check-off", "javascript")
def electron_checks_nothing(project: Project, declared: Mapping[str, object]) -> Iterable[tuple[Unit, int, Saw]]:  # noqa: ARG001
    """An Electron app that accepts every certificate."""
    for unit in project.production("javascript"):
        for match in unit.finditer(
            r"\bappendSwitch\(\s*[\"']ignore-certificate-errors[\"']|[\"']certificate-error[\"']\s*,[^;]{0,200}\bpreventDefault\(\);?\s*callback\(\s*true\s*\)"
        ):
            line = unit.line_of(match.start())
            conditional = re.search(
                r"(?i)develop|debug|\b(?:is_?)?dev\b|local", "\n".join(unit.enclosing(line, 8)) + match[0]
            )
            if not unit.commented(line) and not conditional:
                yield unit, line, Saw("refutes", "every certificate is accepted", "derived")


_ELSE_SECRET = re.compile(
    r"\b(?!process\b)[\w$]+(?:\??\.[\w$]+)*\??\.(?:jwt_?[sS]ecret|secret|secretKey|secret_key|jwtKey|JWT_SECRET|sessionSecret)\s*(?:\|\||\?\?)\s*([\"'])([^\"'\s]{5,})\1"
)


@whole("secrets-in-history", "javascript")
def secret_or_else(project: Project, declared: Mapping[str, object]) -> Iterable[tuple[Unit, int, Saw]]:  # noqa: ARG001
    """A key in the source that stands in where the settings hold none."""
    for unit in project.production("javascript"):
        for match in islice(unit.finditer(_ELSE_SECRET), MAX_PLACES):
            line = unit.line_of(match.start())
            if not unit.commented(line) and not _NO_KEY.search(match[2]) and "process.env" not in match[0]:
                yield unit, line, Saw("refutes", "a key falls back on one in the source", "derived", secret=match[2])


_OF_CALLER = r"(?:\w+[?!]?\.)*(?:\w*[aA]ccess_?[tT]oken|\w*[aA]uth_?[tT]oken|jwt(?:_?[tT]oken)?|idToken|user_?[tT]oken)\b(?!\s*[(\[])"
_TO_ADDRESS = re.compile(
    r"\b[sS]earchParams\.(?:set|append)\(\s*[\"'](access_token|id_token|jwt)[\"']\s*,|\b(?:io|connect|socketIO|socketio)\(\s*[^()\n]*\{[^{}]*\bquery\s*:\s*\{\s*(token|access_token|jwt)\b"
    r"|\brouter\.(?:push|replace)\(\s*\{[^{}]*\bquery\s*:\s*\{[^{}]*\b(access_?[tT]oken|jwt)\b|\bgetToken\s*:\s*[^\n]*\breq(?:uest)?\.query\.(\w*[tT]oken|jwt)\b"
    rf"|\b(?:[sS]earchParams|HttpParams\([^()\n]*\))\s*\.(?:set|append)\(\s*[\"'](token)[\"']\s*,\s*{_OF_CALLER}"
    r"|\bHttpParams\([^()\n]*\)\s*\.(?:set|append)\(\s*[\"'](access_token|id_token|jwt)[\"']\s*,"
    rf"|\bquery(?:Params)?\s*:\s*\{{[^{{}}]*?\b(token|access_?[tT]oken)\s*:\s*{_OF_CALLER}"
)


@whole("token-in-query-string", "javascript")
def put_into_address(project: Project, declared: Mapping[str, object]) -> Iterable[tuple[Unit, int, Saw]]:  # noqa: ARG001
    """A token that URL, a router or socket.io puts into an address, or that express-jwt is told to take from one."""
    for unit in project.production("javascript"):
        for match in islice(unit.finditer(_TO_ADDRESS), MAX_PLACES):
            line = unit.line_of(match.start(match.lastindex or 0))
            if not unit.commented(line) and "notification" not in unit.path:
                name = match[match.lastindex or 0]
                yield unit, line, Saw("refutes", f"{name} is part of an address", "derived")
