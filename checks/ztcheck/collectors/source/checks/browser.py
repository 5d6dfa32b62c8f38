"""What the browser keeps: tokens in storage, cookies, sessions."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from ztcheck.collectors.source import textual
from ztcheck.collectors.source.checks.tokens import seconds
from ztcheck.collectors.source.model import CODE, Fact, Project, Saw, Setting, Unit
from ztcheck.collectors.source.registry import on, setting, whole

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

_TOKEN_KEY = re.compile(
    r"(?i)(?:^|[._:-])?(?:access|id|refresh|auth|bearer|jwt|user|session|api)?[._-]?(?:token|jwt)|jwtsession|credential"
)
_NO_TOKEN = re.compile(
    r"(?i)csrf|xsrf|token_?type|expir|tokens?_?count|max_?token|tokenizer|push_?token|device_?token|confirm|reset|invit|verif|design|theme|tmp|\$\{"
)
_TOKEN_VALUE = re.compile(
    r"(?i)(?:access_?token|id_?token|refresh_?token|auth_?token|jwt|\btoken)(?:['\"\]]|\(\))*\s*$"
)


@on("browser-token-library", "call", "setItem|set", "javascript")
def token_stored(fact: Fact, unit: Unit) -> Saw | None:
    """A token in localStorage or sessionStorage."""
    if not re.search(r"(?:local|session)Storage\.setItem$", fact.name) and not re.search(r"Vue\.ls\.set$", fact.name):
        return None
    values = [value for _, value in fact.arguments()]
    if len(values) < 2:
        return None
    key = textual.unquote(unit.resolve(values[0])) or values[0]
    named = _TOKEN_KEY.search(key) and not _NO_TOKEN.search(key) and re.search(r"(?i)token|jwt", key)
    valued = _TOKEN_VALUE.search(values[1]) and not _NO_TOKEN.search(key)
    if not named and not valued:
        return None
    where = "sessionStorage" if "session" in fact.name else "localStorage"
    return Saw("refutes", f"a token is kept in {where}: every script of the page can read it")


_ON_SERVER = re.compile(
    r"next/headers|from [\"']express|require\([\"'](?:express|fs|redis)|@azure/functions|NextResponse|@nestjs/|ioredis"
)
_HELPED = re.compile(
    r"(?i)(?:^|[./-])(?:\w*storage|ls|\w*local\w*|browser\w*|cookies?)(?:\(\))?\.set$|(?:^|\.)setItem$|\.(?:useLocalStorage|useSessionStorage|atomWithStorage|useStorage)$|"
    r"^(?:useLocalStorage|useSessionStorage|atomWithStorage|useStorage)$"
)
_SCRIPT_COOKIES = re.compile(r"js-cookie|universal-cookie|react-cookie|vue-cookies|ngx-cookie")


@on(
    "browser-token-library",
    "call",
    "setItem|set|useLocalStorage|useSessionStorage|atomWithStorage|useStorage",
    "javascript",
)
def token_stored_by_helper(fact: Fact, unit: Unit) -> Saw | None:
    """A token that a helper, a hook or a store for settings puts into the browser's storage."""
    if re.search(r"(?:local|session)Storage\.setItem$|(?i:secure|keychain|redis|AsyncStorage)", fact.name):
        return None
    values = [value for _, value in fact.arguments()]
    key = textual.unquote(unit.resolve(values[0])) if values else None
    if not key or not re.fullmatch(r"(?i)[\w.:-]*(?:token|jwt)", key) or _NO_TOKEN.search(key):
        return None
    if (
        not _HELPED.search(fact.name)
        or _ON_SERVER.search(unit.text)
        or (fact.last.startswith("set") and len(values) < 2)
        or (fact.last.startswith("set") and re.fullmatch(r"[\"'`]{2}|null|undefined", values[1]))
    ):
        return None
    cookie = re.search(r"(?i)cookies?\.set$", fact.name)
    if cookie and not _SCRIPT_COOKIES.search(unit.text):
        return None
    where = "a cookie that scripts write" if cookie else "the browser's storage"
    return Saw("refutes", f"a token is kept in {where}: every script of the page can read it", "derived")


_STORED_WHOLE = re.compile(
    r"(?:local|session)Storage\.setItem\(\s*[^,\n]{1,60},\s*JSON\.stringify\(\s*\{[^}\n]{0,200}\b(?:access_?[tT]oken|id_?[tT]oken|refresh_?[tT]oken|jwt|token)\b\s*[,:}]"
    r"|\bdocument\.cookie\s*=\s*[\"'`](?:access_?|id_?|auth_?|refresh_?)?(?:token|jwt)="
    r"|new\s+WebStorageStateStore\(\s*\{\s*store\s*:\s*(?:window\.|globalThis\.)?localStorage\b"
)
_PERSISTED = re.compile(
    r"\bpersist\s*:\s*(?:true|\{)|\bpersist\(|\bcreatePersistedState\(|\bnew\s+VuexPersist\w*\(|\bpersistReducer\("
)
_HELD = re.compile(
    r"(?m)(?:^|[{,(])\s*(?:access_?[tT]oken|id_?[tT]oken|refresh_?[tT]oken|auth_?[tT]oken|token|jwt)\s*:\s*(?:[\"'`]{2}|null|undefined|ref\()"
)


@whole("browser-token-library", "javascript")
def token_stored_whole(project: Project, declared: Mapping[str, object]) -> Iterable[tuple[Unit, int, Saw]]:  # noqa: ARG001
    """A token inside an object, in a cookie that a script writes, or in a store that is kept in the browser's storage."""
    for unit in project.production("javascript"):
        for match in unit.finditer(_STORED_WHOLE):
            line = unit.line_of(match.start())
            if not unit.commented(line) and not re.search(r"=\s*;|expires=Thu|max-age=0", unit.lines[line - 1]):
                yield (
                    unit,
                    line,
                    Saw("refutes", "a token is kept where every script of the page can read it", "derived"),
                )
        kept = unit.search(_PERSISTED)
        if kept and unit.search(_HELD) and unit.search(r"pinia|zustand|vuex|redux-persist"):
            message = "a store that holds a token is kept in the browser's storage"
            yield unit, unit.line_of(kept.start()), Saw("refutes", message, "derived")


@on("browser-token-library", "name", r"cacheLocation|(local|session)Storage[.\[]|[sS]torage\(\)[.\[]", "javascript")
def cache_location(fact: Fact, unit: Unit) -> Saw | None:
    """MSAL Browser told to keep tokens in localStorage, or a token assigned to a storage."""
    if fact.last == "cacheLocation":
        value = unit.resolve(fact.value)
        if (textual.unquote(value) or value.rsplit(".", 1)[-1]).lower() == "localstorage":
            return Saw("refutes", "MSAL Browser keeps tokens in localStorage: every script of the page can read them")
        return None
    if (
        re.search(r"(?i)Storage(?:\(\))?(?:\.|\[['\"])\w*(?:token|jwt)\w*", fact.name)
        and not _NO_TOKEN.search(fact.name)
        and textual.unquote(fact.value) is None
    ):
        return Saw("refutes", "a token is kept in the browser's storage")
    return None


@whole("browser-token-library", "javascript")
def cache_location_of_component(project: Project, declared: Mapping[str, object]) -> Iterable[tuple[Unit, int, Saw]]:  # noqa: ARG001
    """A component around a page, such as Auth0's, whose attribute lets it keep tokens in localStorage."""
    for unit in project.production("javascript"):
        for match in unit.finditer(r"\bcacheLocation=(?:\{\s*)?[\"'`](?i:localstorage)[\"'`]"):
            line = unit.line_of(match.start())
            if not unit.commented(line):
                message = "tokens are kept in localStorage: every script of the page can read them"
                yield unit, line, Saw("refutes", message)


@on("browser-token-library", "call", "getItem", "javascript")
def token_read(fact: Fact, unit: Unit) -> Saw | None:
    """A token that a page takes from localStorage or sessionStorage and sends."""
    if not re.search(r"(?:local|session)Storage\.getItem$", fact.name) or "Storage.setItem(" in unit.text:
        return None  # what is kept is told where it is kept
    key = textual.unquote(unit.resolve(fact.argument(position=0) or "")) or ""
    if (
        not re.search(r"(?i)token|jwt", key)
        or _NO_TOKEN.search(key)
        or not re.search(r"\bBearer\b", unit.around(fact.line))
    ):
        return None
    first = unit.text.find("Storage.getItem(") < 0 or unit.line_of(unit.text.index("Storage.getItem(")) == fact.line
    return Saw("refutes", "a token from the browser's storage is sent to an API", "derived") if first else None


@setting("browser-token-library")
def msal_browser(item: Setting, unit: Unit) -> Saw | None:
    """MSAL Browser among the dependencies: the page holds access tokens."""
    if unit.path.rsplit("/", 1)[-1] != "package.json" or not item.key.startswith("dependencies."):
        return None
    yes = re.fullmatch(r"@azure/msal-(?:browser|react|angular|vue)", item.key.removeprefix("dependencies."))
    return (
        Saw("review", f"{item.key.removeprefix('dependencies.')}: the page itself holds access tokens", "derived")
        if yes
        else None
    )


# --- cookies -----------------------------------------------------------------------------------------------------

_SESSION_NAME = re.compile(r"(?i)token|session|auth|jwt|sid\b|remember|identity|login")


# Of a cookie that holds no sign-in though its name speaks of one, and of a variable that may hold any name.
_NO_SESSION = re.compile(r"(?i)csrf|xsrf|last_?login|login_?method|indicator")
_ANY_NAME = re.compile(
    r"(?i)^(?!CookieNames?\.)(?:.*\.)?_?(?:\w*_)?(?:cookie_?)?(?:name|key)$|cookieName$|^(?:\w+\.)?cookie$"
)


@on("insecure-cookie-settings", "name", r"^[\"']?(httpOnly|secure|httponly)[\"']?$|\.(httpOnly|secure)$", "javascript")
def javascript_cookie(fact: Fact, unit: Unit) -> Saw | None:
    """Cookie options of Express and others."""
    if not unit.false(fact.value):
        return None
    near = "\n".join(unit.lines[max(0, fact.line - 7) : fact.end + 3])
    if not re.search(r"(?i)cookie|\bsession\(", near) or re.search(
        r"changeOrigin|target\s*:|proxy|smtp|createTransport", near
    ):
        return None
    named = re.findall(
        r"(?i)(?:\.cookies?|cookies?(?:\(\))?\.set|set_?cookie|clear_?cookie)\(\s*(?:res(?:ponse)?\s*,\s*)?(?:[\"'`]([^\"'`]+)[\"'`]|([\w.]+))(?:\s*,\s*([^,\n]*))?",
        near,
    )
    if named:
        name = named[-1][0] or unit.resolve(named[-1][1]).strip("\"'`")
        told = named[-1][0] or name != named[-1][1] or not _ANY_NAME.search(name)
        marks = re.fullmatch(r"[\"'](?:true|false|1|0|yes)[\"']", named[-1][2])
        if marks or _NO_SESSION.search(name + unit.path) or (told and not _SESSION_NAME.search(name)):
            return None
    elif re.search(r"\bdomain\s*,|\bvalue\s*,", near):
        return None  # a model of somebody else's cookie, which no response sets
    return Saw("refutes", f"{fact.last} is false on a cookie")


@on("insecure-cookie-settings", "call", "cookie|setHeader|set|header|append", "javascript")
def javascript_set_cookie(fact: Fact, unit: Unit) -> Saw | None:
    """A cookie with a token that is set without options."""
    values = [value for _, value in fact.arguments()]
    if fact.last == "cookie" and re.search(r"\bres(?:ponse)?\.cookie$", fact.name) and len(values) == 2:
        name = textual.unquote(values[0]) or values[0]
        ends = re.fullmatch(r"[\"'`]{2}|null|undefined", values[1])
        if _SESSION_NAME.search(name) and not ends and not re.search(r"(?i)csrf|xsrf", name):
            return Saw("refutes", f"the cookie {name} is set without HttpOnly and Secure")
    if (
        fact.last in ("setHeader", "set", "header", "append")
        and len(values) == 2
        and (textual.unquote(values[0]) or "").lower() == "set-cookie"
    ):
        text = unit.resolve(values[1])
        if re.search(r"(?i)\bmock|expires=Thu,? 0?1[ -]Jan[ -]1970|max-age=0\b", text):
            return None  # no session is set: one ends, or a pretended one begins
        if _SESSION_NAME.search(text.split("=")[0]) and not re.search(r"(?i);\s*secure", text):
            return Saw("refutes", "a session cookie is set without Secure")
    return None


@on("insecure-cookie-settings", "name", r"(SESSION|CSRF|REMEMBER|JWT)_COOKIE_(SECURE|HTTPONLY)[\"'\]]*$", "python")
def python_cookie(fact: Fact, unit: Unit) -> Saw | None:
    """Cookie settings of Flask and Django."""
    if not unit.false(fact.value) or re.search(r"(?i)dev|local", unit.path.rsplit("/", 1)[-1]):
        return None
    return Saw("refutes", f"{fact.last} is False")


@on(
    "insecure-cookie-settings",
    "call",
    "set_cookie|(?:Redis|Cookie|EncryptedCookie|Memcached|Nacl)\\w*Storage",
    "python",
)
def python_set_cookie(fact: Fact, unit: Unit) -> Saw | None:
    """A cookie, or aiohttp's session, that is set with its protection off, or a token's without any."""
    called = unit.resolve(fact.argument("key", 0) or "")
    if _NO_SESSION.search(called):
        return None
    for keyword, value in fact.arguments():
        if keyword in ("secure", "httponly") and unit.false(value):
            return Saw("refutes", f"a cookie is set with {keyword}=False")
    given = {keyword for keyword, _ in fact.arguments()}
    name = textual.unquote(fact.argument("key", 0) or "") or ""
    missing = [word for word in ("httponly", "secure") if word not in given]
    if (
        fact.last != "set_cookie"
        or not missing
        or "**" in fact.text
        or not _SESSION_NAME.search(name)
        or re.fullmatch(r"None|[\"']{2}", fact.argument("value", 1) or "None")
        or re.search(r"\b(?:max_age|expires)\s*=\s*0\b", fact.text)
        or re.search(r"(?i)csrf|xsrf|expir|state|nonce", name)
    ):
        return None
    return Saw("refutes", f"the cookie {name} is set without {' and '.join(missing)}")


@on("insecure-cookie-settings", "name", r"\[[\"'](secure|httponly)[\"']\]$", "python")
def morsel_cookie(fact: Fact, unit: Unit) -> Saw | None:
    """A cookie of Sanic or of http.cookies whose protection is switched off."""
    named = re.search(r"(?i)cookies?\[([^\[\]]+)\]\[[^\[\]]+\]$", fact.name)
    if not named or not _SESSION_NAME.search(unit.resolve(named[1])) or not unit.false(fact.value):
        return None
    return Saw("refutes", f"a cookie is set with {fact.last} False")


@on("insecure-cookie-settings", "name", "^https_only$", "python")
def starlette_cookie(fact: Fact, unit: Unit) -> Saw | None:
    """Starlette's session, whose cookie is also sent over plain HTTP."""
    near = "\n".join(unit.lines[max(0, fact.line - 6) : fact.line])
    yes = unit.false(fact.value) and "SessionMiddleware" in near
    return Saw("refutes", "https_only is False on the session's cookie") if yes else None


@on("insecure-cookie-settings", "name", r"(Cookie\.|^|\.)(HttpOnly|Secure|SecurePolicy)$", "csharp")
def csharp_cookie(fact: Fact, unit: Unit) -> Saw | None:
    """Cookie options of ASP.NET Core."""
    near = "\n".join(unit.lines[max(0, fact.line - 6) : fact.line])
    if not re.search(r"Cookie", near) or re.search(r"(?i)xsrf|csrf|antiforgery", near):
        return None  # a page must read the token that it sends back
    if fact.value.strip().endswith(("HttpOnlyPolicy.None", "CookieSecurePolicy.None")) and fact.last != "SecurePolicy":
        return Saw("refutes", f"{fact.last} is asked of no cookie")
    if fact.last == "SecurePolicy":
        return (
            Saw("refutes", "the cookie is also sent over plain HTTP")
            if fact.value.strip().endswith("CookieSecurePolicy.None")
            else None
        )
    return Saw("refutes", f"{fact.last} is false on a cookie") if unit.false(fact.value) else None


@on(
    "insecure-cookie-settings",
    "call",
    "setSecure|setHttpOnly|secure|httpOnly|withHttpOnlyFalse|setUseHttpOnlyCookie|setUseSecureCookie|setCookieHttpOnly|setCookieSecure|"
    "setCookieHttpOnlyFlag|setCookieSecureFlag|cookieHttpOnly|cookieSecure",
    "java",
)
def java_cookie(fact: Fact, unit: Unit) -> Saw | None:
    """Cookies of servlets and Spring."""
    if fact.last == "withHttpOnlyFalse":
        return None
    given = fact.argument(position=0)
    if given is None or not unit.false(given) or not re.search(r"(?i)cookie", unit.around(fact.line)):
        return None
    return Saw("refutes", f"{fact.last}(false) on a cookie")


@on("insecure-cookie-settings", "call", "Append", "csharp")
def csharp_appended(fact: Fact, unit: Unit) -> Saw | None:
    """A cookie with a credential that ASP.NET Core is told to send without protection."""
    if not re.search(r"Cookies\??\.Append$", fact.name):
        return None
    given = [value for _, value in fact.arguments()]
    if len(given) < 2:
        return None
    name = textual.unquote(unit.resolve(given[0])) or ""
    credential = re.search(r"(?i)token|jwt|session|\bsid\b|auth", name) or re.search(r"(?i)(?:token|jwt)\w*$", given[1])
    if (
        not credential
        or re.search(r"(?i)csrf|xsrf|antiforgery|expir|theme", name)
        or re.search(r"^\"\"$|string\.Empty", given[1])
    ):
        return None
    if len(given) == 2:
        return Saw("refutes", "a cookie with a credential is set without HttpOnly and Secure")
    options = given[2]
    if re.fullmatch(r"\w+", options):
        made = re.search(rf"\b{options}\b\s*=\s*new\b[^;]*", unit.around(fact.line))
        options = made[0] + unit.around(fact.line) if made else "HttpOnly"
    if "HttpOnly" in options or not options.lstrip().startswith("new"):
        return None  # where it is false, the setting itself is told
    return Saw("refutes", "a cookie with a credential is set without HttpOnly")


@on("insecure-cookie-settings", "call", "Cookie", "java", "csharp")
def token_in_cookie(fact: Fact, unit: Unit) -> Saw | None:
    """A servlet's or .NET's cookie for a token or password that nothing protects."""
    given = [value for _, value in fact.arguments()]
    if len(given) != 2 or not fact.text.startswith("new "):
        return None
    name = textual.unquote(unit.resolve(given[0])) or ""
    if not re.search(r"(?i)token|jwt|passw|session|\bsid\b", f"{name} {given[1]}") or re.search(r"(?i)csrf|xsrf", name):
        return None
    around = unit.around(fact.line)
    if re.search(r"(?i)null|\"\"", given[1]):
        return None
    if not re.search(r"setHttpOnly\(\s*true|HttpOnly\s*=\s*true", around):
        return Saw("refutes", "a cookie with a credential is set without HttpOnly")
    if unit.language == "java" and not re.search(r"setSecure\(|\bsetMaxAge\(\s*0\s*\)", around):
        return Saw("refutes", "a cookie with a credential is set without Secure", "derived")
    return None


@on("insecure-cookie-settings", "call", "NewCookie", "java")
def new_cookie(fact: Fact, unit: Unit) -> Saw | None:
    """JAX-RS' cookie for a credential, whose flags are given by position: Secure last, or Secure and HttpOnly."""
    given = [value for _, value in fact.arguments()]
    if len(given) < 2 or not fact.text.startswith("new "):
        return None
    name = textual.unquote(unit.resolve(given[0])) or given[0]
    if not re.search(r"(?i)token|jwt|session|\bsid\b|auth", name) or re.search(r"(?i)csrf|xsrf", name):
        return None
    flags = [value for value in given if value in ("true", "false")]
    if re.search(r"^(?:\"\"|null)$", given[1]) or flags == ["true", "true"] or re.search(r"\b0\b", " ".join(given[4:])):
        return None
    return Saw("refutes", "a cookie with a credential is set without HttpOnly or Secure")


@on("insecure-cookie-settings", "call", "addCookie", "java")
def helper_cookie_java(fact: Fact, unit: Unit) -> Saw | None:
    """A function that sets cookies of any name, and none of them HttpOnly or Secure."""
    made = re.search(r"new\s+Cookie\(\s*(\w+)\s*,\s*\w+\s*\)", fact.text)
    head = unit.lines[unit.function(fact.line)[0] - 1]
    if made is None or not re.search(rf"String\s+{made[1]}\b", head) or not re.search(r"(?i)name|key", made[1]):
        return None
    return Saw("refutes", "every cookie is set without HttpOnly and Secure", "derived")


@on("insecure-cookie-settings", "call", "HttpCookie", "csharp")
def ticket_in_cookie(fact: Fact, unit: Unit) -> Saw | None:
    """ASP.NET's cookie for its own sign-in ticket, built by hand and not protected."""
    ticket = "FormsAuthentication.FormsCookieName" in (fact.argument(position=0) or "")
    if not ticket or re.search(r"\bHttpOnly\s*=\s*true|\bSecure\s*=\s*true|RequireSSL", unit.around(fact.line)):
        return None
    return Saw("refutes", "the cookie of the sign-in is set without HttpOnly and Secure", "heuristic")


@on("insecure-cookie-settings", "call", "build", "java")
def java_built(fact: Fact, unit: Unit) -> Saw | None:
    """Spring's ResponseCookie or JAX-RS' NewCookie for a credential, which is told of no protection."""
    begun = re.search(
        r"\b(?:ResponseCookie\s*\.\s*from|NewCookie\.Builder)\(\s*([^,()]+)(?:,\s*([^()]*(?:\(\))?))?", fact.text
    )
    if begun is None:
        return None
    name = textual.unquote(unit.resolve(begun[1])) or begun[1]
    if not re.search(r"(?i)token|jwt|session|\bsid\b|auth", name) or re.search(r"(?i)csrf|xsrf", name):
        return None
    if re.search(r"^(?:\"\"|null)?$", (begun[2] or "").strip()) or re.search(r"\.maxAge\(\s*0\s*\)", fact.text):
        return None  # one that ends
    if re.search(r"(?i)httpOnly\(", fact.text):
        return None  # what it is told is judged where it is told
    return Saw("refutes", "a cookie with a credential is set without HttpOnly")


@on("insecure-cookie-settings", "call", "setHeader|addHeader|header", "java")
def java_header(fact: Fact, unit: Unit) -> Saw | None:
    """A session cookie that is written as a header, and without protection."""
    given = [value for _, value in fact.arguments()]
    if len(given) != 2 or not re.fullmatch(r"(?i)\"set-cookie\"|(?:HttpHeaders\.)?SET_COOKIE", given[0]):
        return None
    text = unit.resolve(given[1])
    name = re.match(r"\"(\w+)=", text)
    if name is None or not _SESSION_NAME.search(name[1]) or re.search(r"(?i)max-age=0|1970", text):
        return None
    return None if re.search(r"(?i)httponly", text) else Saw("refutes", "a session cookie is set without HttpOnly")


_GO_COOKIE = re.compile(r"\b(?:http|fiber)\.Cookie\{")


@whole("insecure-cookie-settings", "go")
def go_made(project: Project, declared: Mapping[str, object]) -> Iterable[tuple[Unit, int, Saw]]:  # noqa: ARG001
    """A cookie with a credential that net/http or fiber is told no protection for."""
    for unit in project.units:
        if unit.language != "go" or not unit.search(_GO_COOKIE):
            continue
        for match in unit.finditer(_GO_COOKIE):
            line = unit.line_of(match.start())
            text = unit.text[match.end() : textual.closing(unit.text, match.end() - 1, 2000)]
            named = re.search(r"\bName:\s*([^,\n}]+)", text)
            name = (textual.unquote(unit.resolve(named[1].strip())) or named[1]) if named else ""
            if unit.commented(line) or not _SESSION_NAME.search(name) or re.search(r"(?i)csrf|xsrf|state|nonce", name):
                continue
            ends = re.search(
                r"\bMaxAge:\s*-\s*1|\bValue:\s*\"\"|Expires:\s*time\.Now\(\)\s*(?:,|$)|time\.Unix\(\s*0|AddDate\(\s*-|Add\(\s*-",
                text,
            )
            told = re.search(r"(?i)\bhttponly\s*:", text) or re.search(r"(?i)\.httponly\s*=", unit.around(line))
            if not ends and not told and "Value:" in text:
                yield unit, line, Saw("refutes", "a cookie with a credential is set without HttpOnly")


_DEVELOPED = re.compile(r"(?i)develop|debug|local")


@on("insecure-cookie-settings", "call", "SetCookie", "go")
def go_gin(fact: Fact, unit: Unit) -> Saw | None:
    """gin's cookie for a credential, without HttpOnly or Secure."""
    given = [value for _, value in fact.arguments()]
    if len(given) != 7:
        return None
    name = textual.unquote(unit.resolve(given[0])) or given[0]
    if not _SESSION_NAME.search(name) or re.search(r"(?i)csrf|xsrf|state", name):
        return None
    ends = given[2].startswith("-") or given[1] == '""'
    off = [word for word, value in zip(("Secure", "HttpOnly"), given[5:], strict=True) if unit.false(value)]
    if ends or not off or _DEVELOPED.search(" ".join(unit.enclosing(fact.line))):
        return None
    return Saw("refutes", f"{' and '.join(off)} is false on a cookie")


@on("insecure-cookie-settings", "name", r"^(HttpOnly|HTTPOnly|Secure)$|\.(HttpOnly|HTTPOnly|Secure)$", "go")
def go_cookie(fact: Fact, unit: Unit) -> Saw | None:
    """Cookies of net/http and gorilla/sessions."""
    near = "\n".join(unit.lines[max(0, fact.line - 10) : fact.line])
    yes = unit.false(fact.value) and re.search(r"(?i)cookie|sessions\.Options", near)
    if yes and re.search(r"MaxAge:\s*-", near + "\n".join(unit.lines[fact.line : fact.line + 4])):
        return None  # what deletes it
    return Saw("refutes", f"{fact.last} is false on a cookie") if yes else None


_GO_COOKIE = re.compile(r"\b(?:http|fiber)\.Cookie\{")
_SIGNED_IN = re.compile(
    r"(?i)session|\bsid|sid\b|[a-z]SID\b|token|jwt|auth|passw|remember|login|\buser_?(?:id|name)?\b|\buid\b|account|\badmin"
)
_NOT_SIGNED_IN = re.compile(r"(?i)csrf|xsrf|lang|locale|theme|flash|state|nonce|redirect|return|consent")


@whole("insecure-cookie-settings", "go")
def go_cookie_bare(project: Project, declared: Mapping[str, object]) -> Iterable[tuple[Unit, int, Saw]]:  # noqa: ARG001
    """A cookie of a sign-in that is made without HttpOnly or without Secure, which Go leaves off."""
    for unit in project.units:
        if unit.language != "go" or not unit.search(r"SetCookie\(|\.Cookie\(&"):
            continue
        for match in unit.finditer(_GO_COOKIE):
            line = unit.line_of(match.start())
            given = unit.text[match.end() : textual.closing(unit.text, match.end() - 1, 2000)]
            around = unit.around(line)
            made = re.match(r"\s*(\w+)\s*:?=", unit.lines[line - 1])
            later = "".join(re.findall(rf"\b{made[1]}\.(?:HttpOnly|HTTPOnly|Secure)\s*=", around)) if made else ""
            missing = [name for name in ("HttpOnly", "Secure") if not re.search(rf"(?i)\b{name}\b", given + later)]
            deletes = re.search(
                r"MaxAge:\s*-|Expires:\s*time\.(?:Unix\(0|Now\(\)\s*(?:,|$)|Now\(\)\.Add\w*\(\s*-)|\bValue:\s*\"\"",
                given,
            ) or re.search(r"\.MaxAge\s*=\s*-", around)
            name = re.search(r"\bName:\s*([^,\n]+)", given)
            named = unit.resolve(name[1].strip()) if name else ""
            helper = bool(re.fullmatch(r"name|key|cookieName", named)) and len(missing) == 2
            if (
                missing
                and name
                and not deletes
                and not _NOT_SIGNED_IN.search(f"{named} {name[1]}")
                and (helper or _SIGNED_IN.search(f"{named} {name[1]}"))
                and not unit.commented(line)
            ):
                yield unit, line, Saw("refutes", f"a cookie is set without {' and '.join(missing)}", "derived")


# A cookie that is made empty, and then given one thing after the other.
_GO_COOKIE_EMPTY = re.compile(
    r"\b(?:(\w+)\s*:?=\s*(?:new\((?:http|fiber)\.Cookie\)|&?(?:http|fiber)\.Cookie\{\s*\})|var\s+(\w+)\s+\*?(?:http|fiber)\.Cookie\b)"
)
_GO_HEADER = re.compile(r"(?i)\.(?:Set|Add|Header)\(\s*\"set-cookie\"\s*,\s*([^\n]+)")


@whole("insecure-cookie-settings", "go")
def go_cookie_filled(project: Project, declared: Mapping[str, object]) -> Iterable[tuple[Unit, int, Saw]]:  # noqa: ARG001
    """A cookie of a sign-in that is filled field by field, or written as a header, and not protected."""
    for unit in project.units:
        if unit.language != "go":
            continue
        for match in unit.finditer(_GO_COOKIE_EMPTY):
            line = unit.line_of(match.start())
            given = dict(re.findall(rf"\b{match[1] or match[2]}\.(\w+)\s*=\s*([^\n]+)", unit.around(line)))
            named = unit.resolve(given.get("Name", ""))
            missing = [
                name for name in ("HttpOnly", "Secure") if not any(name.casefold() == key.casefold() for key in given)
            ]
            ends = (
                given.get("MaxAge", "").startswith("-")
                or given.get("Value", "").strip() in ('""', "")
                or bool(re.search(r"time\.Unix\(0|Add\w*\(\s*-", given.get("Expires", "")))
            )
            told = f"{named} {given.get('Name', '')}"
            if missing and not ends and _SIGNED_IN.search(told) and not _NOT_SIGNED_IN.search(told):
                yield unit, line, Saw("refutes", f"a cookie is set without {' and '.join(missing)}", "derived")
        for match in unit.finditer(_GO_HEADER):
            line = unit.line_of(match.start())
            text = unit.resolve(match[1].rstrip(")"))
            begun = re.match(r"(?:fmt\.Sprintf\(\s*)?\"(\w+)=(?!;)", text)
            if (
                begun
                and _SIGNED_IN.search(begun[1])
                and not re.search(r"(?i)httponly|max-age=0|1970", text)
                and not unit.commented(line)
            ):
                yield unit, line, Saw("refutes", "a session cookie is set without HttpOnly")


@on("insecure-cookie-settings", "call", "SetCookie", "go")
def go_cookie_call(fact: Fact, unit: Unit) -> Saw | None:
    """gin's cookie, whose last two arguments say whether it is secure and kept from scripts."""
    given = [value for _, value in fact.arguments()]
    if len(given) != 7 or given[1].strip() == '""' or given[2].strip().startswith("-"):
        return None
    off = [name for name, value in zip(("secure", "httpOnly"), given[5:], strict=True) if unit.false(value)]
    named = unit.resolve(given[0])
    if not off or _NOT_SIGNED_IN.search(named) or not _SIGNED_IN.search(f"{named} {given[0]} {given[1]}"):
        return None
    return Saw("refutes", f"a cookie is set with {' and '.join(off)} false")


@on("insecure-cookie-settings", "call", "NewStore|NewCookieStore", "go")
def go_session_defaults(fact: Fact, unit: Unit) -> Saw | None:
    """A session whose cookie keeps the defaults of gorilla/sessions, of which HttpOnly is none."""
    if fact.last == "NewStore" and not re.search(
        r"\b(?:cookie|redis|memstore|gormsessions|mongo)\.NewStore$", fact.name
    ):
        return None
    if not unit.search(r"gin-contrib/sessions|gorilla/sessions") or unit.search(r"\bOptions\b|HttpOnly"):
        return None
    return Saw("review", "the session's cookie keeps the defaults: scripts can read it", "heuristic")


@setting("insecure-cookie-settings")
def cookie_setting(item: Setting, unit: Unit) -> Saw | None:
    """Session cookie settings of Spring and others."""
    name = re.sub(r"[-_]", "", item.key).lower()
    yes = (
        re.search(
            r"session\.cookie\.(?:secure|httponly)$|^(?:httpcookies|forms)\.requiressl$|^httpcookies\.httponly", name
        )
        and item.value.lower() == "false"
    )
    return (
        Saw("refutes", f"{item.key} is false")
        if yes and not re.search(r"(?i)dev|local", unit.path.rsplit("/", 1)[-1])
        else None
    )


# --- how long a session lasts ------------------------------------------------------------------------------------

# Microsoft, "ID tokens in the Microsoft identity platform": an ID token is valid for one hour unless a policy says so.
ID_TOKEN_SECONDS = 3600
_SIGNS_IN = re.compile(
    r"(?i)\bmsal\b|identity\.web|azure-active-directory|active-directory|spring-cloud-azure|oauth2-client|oauth2Login\(|MicrosoftIdentity|OpenIdConnect|oidc|passport-azure|auth_adfs|microsoftonline|azure-?ad|\bentra\b|entra_?id|identity_web|go-oidc"
)
_FOLLOWS_TOKEN = re.compile(
    r"id_?token_?claims[^\n]{0,40}\bexp\b|\[\s*[\"']exp[\"']\s*\]|\.get\(\s*[\"']exp[\"']|claims\??\.exp\b|getExpiresAt\(|\.Expiry\b|UseTokenLifetime\s*=\s*true|"
    r"ExpiresUtc\s*=\s*\w+\.(?:ValidTo|Expires)"
)
# Language, what keeps the session and for how long, and the seconds in one unit of a plain number there.
_LIFETIMES = (
    (
        "python",
        r"(?m)(?P<what>PERMANENT_SESSION_LIFETIME|permanent_session_lifetime|SESSION_COOKIE_AGE)[\"'\]]*\s*[=:]\s*(?P<value>[^#\n]+)",
        1,
    ),
    ("python", r"(?P<what>SessionMiddleware)\s*,(?:[^()]|\([^()]*\)){0,400}?\bmax_age\s*=\s*(?P<value>[^,)\n]+)", 1),
    (
        "javascript",
        r"(?P<what>\bcookieSession)\(\s*\{(?:[^{}]|\{[^{}]*\}){0,600}?\bmaxAge\s*:\s*(?P<value>[^,}\n]+)",
        0.001,
    ),
    (
        "javascript",
        r"(?P<what>\bsession)\(\s*\{[^{}]{0,600}?\bcookie\s*:\s*\{[^{}]{0,300}?\bmaxAge\s*:\s*(?P<value>[^,}\n]+)",
        0.001,
    ),
    ("javascript", r"(?P<what>\bsession)\s*:\s*\{[^{}]{0,300}?\bmaxAge\s*:\s*(?P<value>[^,}\n]+)", 1),
    ("csharp", r"(?P<what>\bExpireTimeSpan|\bIdleTimeout)\s*=\s*(?P<value>[^;,\n}]+)", 1),
    (
        "csharp",
        r"(?P<what>\bExpiresUtc)\s*=\s*(?:System\.)?DateTime(?:Offset)?\.(?:UtcNow|Now)\.Add(?P<value>(?:Days|Hours|Minutes)\(\s*\d+\s*\))",
        1,
    ),
    ("java", r"(?P<what>\bsetMaxInactiveInterval)\(\s*(?P<value>[^;\n]+)\)\s*;", 1),
    ("go", r"(?P<what>sessions\.Options)\s*\{[^}]{0,300}?\bMaxAge\s*:\s*(?P<value>[^,}\n]+)", 1),
    ("go", r"(?P<what>\b\w*[sS]tore\.MaxAge)\(\s*(?P<value>[^)\n]+)\)", 1),
)
_LIFETIME_SETTING = re.compile(
    r"(?i)(?:^|\.)(?:server\.servlet\.session\.timeout|server\.reactive\.session\.timeout|spring\.session\.timeout)$"
)


@whole("fixed-session-lifetime", "python", "javascript", "csharp", "java", "go")
def session_lifetime(project: Project, declared: Mapping[str, object]) -> Iterable[tuple[Unit, int, Saw]]:  # noqa: ARG001
    """A session that outlives the ID token it began with, by a constant, in an app that signs in with OpenID Connect."""
    units = list(project.production())
    found = list(_long_lived(units))
    if (
        found
        and any(unit.search(_SIGNS_IN) for unit in units)
        and not any(unit.language in CODE and unit.search(_FOLLOWS_TOKEN) for unit in units)
    ):
        yield from found


def _long_lived(units: list[Unit]) -> Iterator[tuple[Unit, int, Saw]]:
    """Sessions whose constant life is longer than an ID token's."""
    for unit in units:
        for language, pattern, scale in _LIFETIMES:
            for match in unit.finditer(pattern) if unit.language == language else ():
                line = unit.line_of(match.start("value"))
                life = _session_seconds(unit.resolve(match["value"].strip().rstrip(",")), scale)
                if life is not None and life > ID_TOKEN_SECONDS and not unit.commented(line):
                    yield unit, line, _outlives(match["what"], life, idle=language == "java")
        for item in unit.settings:
            name = item.key.replace("-", "")
            if _LIFETIME_SETTING.search(name):
                life = _session_seconds(item.value, 1)
                if life is not None and life > ID_TOKEN_SECONDS:
                    yield unit, item.line, _outlives(item.key, life, idle=True)


def _outlives(name: str, life: float, *, idle: bool) -> Saw:
    """What to say of a session; how long one may lie idle says less than how long one lasts."""
    hours = f"{round(life / 3600, 1):g} hours"
    if idle:
        return Saw("refutes", f"{name} keeps an idle session for {hours}, whatever its ID token says", "heuristic")
    return Saw("refutes", f"{name} keeps a session for {hours}, whatever its ID token says", "derived")


def _session_seconds(value: str, scale: float) -> float | None:
    """Seconds that *value* writes: a number or product times *scale*, a span of the language, a duration like ``8h``."""
    short = re.fullmatch(r"(?i)(?:PT?)?(\d+)\s*(s|m|h|d)", value.strip().strip("\"'`() "))
    if short:
        return float(short[1]) * {"s": 1, "m": 60, "h": 3600, "d": 86400}[short[2].lower()]
    plain = re.fullmatch(r"[\d_*. ]+", value.strip())
    life = seconds(value.strip())
    return life * scale if life is not None and plain else life
