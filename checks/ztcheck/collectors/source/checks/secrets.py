"""Secrets in tracked files, in the front end, in deployment settings."""

from __future__ import annotations

import base64
import re
from functools import lru_cache
from itertools import islice
from typing import TYPE_CHECKING

from ztcheck.collectors.source import secret, textual
from ztcheck.collectors.source.model import CODE, Fact, Project, Saw, Setting, Unit
from ztcheck.collectors.source.registry import on, setting, whole

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

_WORDS = r"(?i)secret|passw|passwd|pwd|passphrase|api_?key|signing_?key|private_?key|access_?key|auth_?key|connection_?string|access_?token|auth_?token"
_WORKFLOW = re.compile(
    r"(?:^|/)(?:\.github/workflows|\.circleci|\.gitlab-ci|azure-pipelines|\.azure-pipelines|\.azuredevops|\.travis\.yml|appveyor\.yml|bitbucket-pipelines)"
)
_LANGUAGES = (
    "ar|bg|bn|ca|cs|da|de|el|en|es|et|eu|fa|fi|fr|gl|gu|hi|hr|hu|ja|ka|km|ko|lt|lv|mk|nb|nl|pl|pt|ro|ru|sk|sl|sq|sr|"
    "sv|ta|te|th|tr|uk|ur|uz|vi|zh"
)
_CATALOG = re.compile(
    r"(?i)(?:^|/)(?:i18n|l10n|locales?|langs?|languages?|translations?|messages[^/]*|swagger[^/]*|openapi[^/]*|resources/strings)(?:/|\.\w+$|$)|_ABOUT"
    # A bundle of Java's texts carries its language: labels_de.properties, labels_pt_BR.properties.
    r"|postman_collection\.json$|_(?!qa|db|ci|ui|ws|ad|dr|lb)[a-z]{2}(?:_[a-z]{2,4})?\.properties$|(?:^|/)langs?_\w+\.\w+$"
    # One file or folder for each language: texts/pt-BR.json, assets/de/common.json.
    rf"|(?:^|/)(?:{_LANGUAGES}|id|is|it|no|he)(?:[-_][a-z]{{2,4}})?\.(?:json|ya?ml|properties|[cm]?[jt]s)$"
    rf"|(?:^|/)(?:{_LANGUAGES})(?:[-_][a-z]{{2,4}})?/[\w.-]+\.(?:json|ya?ml)$"
)


_SIGNS = re.compile(r"(?i)(?:auth|jwt|token|session)[\w.-]*$")
_EXAMPLE_FILE = re.compile(r"(?i)(?:^|[/.])env[\w.-]*\.?(?:example|sample|template|dist)[\w.-]*$")
_LOCK_FILE = re.compile(r"(?i)(?:^|/)[\w-]*-lock\.ya?ml$|\.lock$")
_DEPLOYED = re.compile(
    r"(?i)(?:^|/)(?:[\w.-]*compose[\w.-]*\.ya?ml|values[\w.-]*\.ya?ml|application[\w-]*\.(?:ya?ml|properties))$"
)
# What an expression of Spring, Compose or a shell falls back on.
_DEFAULT = re.compile(r"\$\{[\w.-]+:-?([^${}?][^${}]*)\}")
_SIGNER = re.compile(r"(?i)(?:jwt|token|hmac|signing|session)[\w.-]*(?:secret|key)")
_TEMPLATE = (".bicep", ".bicepparam", ".tf", ".tfvars", ".hcl")
_CODEC = re.compile(r"(?i)utf-?\d+|ascii|latin-?1|base64|hex")
# What a list of values that must not be used is called, and a sentence that an answer holds.
_REFUSED = re.compile(
    r"(?i)(?:placeholder|forbidden|disallowed|banned|leaked|well_?known|weak)_?\w*(?:secret|password|key|value)"
)
_PROSE = re.compile(r"(?i)[a-z']+(?: [a-z']+){2,}")
# Made-up people that a fresh database is filled with, and passwords that are nobody's.
_SAMPLE_USERS = re.compile(r"(?i)(?:^|/)_?(?:data|seeds?|seeders?|fixtures?|mocks?)/[^/]*\.json$")
_TRIVIAL = re.compile(r"(?i)123456\d*|passw(?:or)?d\d*|test\w{0,4}|secret\d*|qwerty\d*")
# Steps of recorded or written traffic against a server on this machine, with the people who sign in there.
_TRAFFIC = re.compile(r"(?i)\"(?:steps|requests|scenarios|flows?|item)\"\s*:\s*\[")
_LOCAL_BASE = re.compile(r"(?i)\"(?:base_?url|host|server|target)\"\s*:\s*\"(?:https?://)?(?:localhost|127\.0\.0\.1)\b")
MANY_PEOPLE = 5  # of one list
MANY_ENTRIES = 500  # of one JSON file, from which on it is a table and not settings
_PLAIN = re.compile(r"(?i)enter|your|change|placeholder|replace|<|\{|\$|xxx|example|^\W*$")


# What is given is the name of what somebody else keeps.
_ASKED_FOR = re.compile(
    r"(?i)\berrors\.New\(|\bErrorf\(|\bget_?env\w*\(|\blookup_?env\(|environ|\.Get\w*\(\s*[\"']|\b(?:viper|config|cfg|settings)\."
)


@on("secrets-in-history", "name", _WORDS)
def named_in_code(fact: Fact, unit: Unit) -> Saw | None:
    """A literal that is given to something called a secret."""
    value = textual.unquote(fact.value)
    if value is None:
        wrapped = re.match(r"(?:(?:\[\])?[\w.]+\(\s*)+([\"'][^\"']{5,200}[\"'])\s*(?:,[^()]*)?\)+$", fact.value.strip())
        value = (
            textual.unquote(wrapped[1])
            if wrapped
            and re.search(r"(?i)SecretStr|encode|byte|BASE64|Buffer\.from|GetBytes", fact.value)
            and not _READ.search(fact.value)
            and not _ASKED_FOR.search(fact.value[: wrapped.start(1)])
            else None
        )
    if value is None or not secret.names_secret(fact.name) or _CATALOG.search(unit.path) or _CODEC.fullmatch(value):
        return None
    if any(_NAMES_ALONE.match(text) for text in unit.enclosing(fact.line, 80)):
        return None
    if re.search(r"(?i)(?:access|refresh|auth|id)_?token_?key$", fact.last) and value.isalpha():
        return None  # under which it is stored
    around = next(unit.enclosing(fact.line), "")
    if _REFUSED.search(around) or (_PROSE.fullmatch(value) and re.search(r"\breturn\b|\bjson\(|\bsend\(", around)):
        return None
    return (
        Saw("refutes", f"{fact.last or fact.name} is given a secret in the source", "derived", secret=value)
        if secret.is_real(value, fact.name)
        or _weak_key(value, fact.name)
        or (re.fullmatch(r"(?i)secret", fact.last) and _weak_key(value, "jwt") and _SIGNS.search(unit.path))
        else None
    )


# What a test or an enumeration holds.
_NAMES_ALONE = re.compile(
    r"\s*class\s+Test|\s*class\s+\w+\([^)]*Enum\b|\s*(?:(?:export|public|const|declare)\s+)*enum\s+\w"
)
# What looks a value up by the name that it is given.
_READ = re.compile(r"(?i)getenv|environ|config|settings?\b|viper|\.get\(|getstring|lookup")


def _entry(value: str, name: str) -> bool:
    """Whether *value* names the entry that *name* stands for: itself in two words, or itself without its last word."""
    if value == name:
        return bool(re.search(r"[a-z]_[a-z]", name) and re.search(r"[a-z][A-Z]", name))
    return value[:1].isupper() and re.sub(r"Key$", "", name) == value


def _weak_key(value: str, name: str) -> bool:
    """Whether *value* is the key of something that signs, however short or plain it is."""
    return bool(
        re.search(r"(?i)secret_(?:\w+_)?key|secretkey|jwt|hmac|signing", name)
        and len(value) >= 4
        and not _PLAIN.search(value)
        and not secret.dotted(value)
        and not secret.variable(value)
        and not re.search(r"(?i)[ _-]?(?:name|id|path|header|field)$", value)
        and not _entry(value, re.split(r"[.\[\]\"':]+", name.strip("\"']) "))[-1])
    )


_QUOTED = r"[frbu]?(?P<quote>[\"'`])(?P<value>[^\"'`\n]{3,200})(?P=quote)"
_CALLED_BY = (
    r"(?:(?i:get_?env\w*|lookup_?env\w*|env_?or\w*|env_?default\w*|env_?string|set_?default|get_?or_?default|get_?property)|System\.getProperty|\benv(?:\.str)?|\b(?:decouple\.)?config"
    r"|(?i:\b(?:this\.)?_?(?:app\.)?(?:config\w*|configuration|settings|conf|cfg|environ|env))\.(?:get|Get|GetValue|GetString|getString|getOrThrow|getProperty))(?:<\w+>)?"
)
# A literal beside the name of what it stands in for, in the ways of Python, C#, JavaScript and Java.
_DEFAULTS = (
    re.compile(
        rf"{_CALLED_BY}\(\s*[\"'](?P<name>[\w.:-]+)[\"']\s*,\s*(?:cast\s*=\s*\w+\s*,\s*)?(?:default(?:Value|_value)?\s*[=:]\s*)?{_QUOTED}\s*[,)]"
    ),
    re.compile(
        rf"process\.env(?:\.|\[[\"'])(?P<name>\w+)(?:[\"']\])?!?\)?\s*(?:\|\||\?\?|\?\s*process\.env[\w.\[\]\"']+\s*:)\s*{_QUOTED}"
    ),
    re.compile(
        rf"(?:os\.environ\.get|os\.getenv|getenv|GetEnvironmentVariable|(?i:config\w*|configuration|settings)(?:\.\w*[gG]et\w*(?:<\w+>)?\(|\[))\(?\s*[\"'](?P<name>[\w.:-]+)[\"']\s*[)\]]+!?\s*(?:\?\?|\|\||\bor\b|\.orElse\()\s*{_QUOTED}"
    ),
    re.compile(
        rf"(?m)^[ \t]*(?:[\w.]+\(\s*\{{[^\n]*?)?[\"']?\b(?P<name>[A-Za-z_]\w*)[\"']?\s*:\s*(?:z|Joi|yup|str|t|v|Type|S|envalid)\b[^\n]*?(?:\bdefault\(\s*|\bdefault\s*:\s*){_QUOTED}"
    ),
    re.compile(rf"\b(?P<name>[A-Z][A-Z0-9_]+)\s*=\s*{_QUOTED}(?=[^\n{{}}]*\}}\s*=\s*process\.env\b)"),
    re.compile(
        r"@ConfigProperty\(\s*name\s*=\s*\"(?P<name>[\w.-]+)\"\s*,\s*defaultValue\s*=\s*\"(?P<value>[^\"\n]{3,200})\""
    ),
    re.compile(rf"(?m)^[ \t]+(?P<name>[A-Za-z_]\w*)\s*:\s*[\w\[\]. |]+=\s*Field\(\s*(?:default\s*=\s*)?{_QUOTED}"),
)
# One of these stands where one of those can match.
_MAY_DEFAULT = re.compile(r"(?i)env|config|settings|default|Field\(|flag|conf\b|cfg")
_NAMES_KEY = re.compile(r"(?i)secret|passw|pwd|key|token")
MOST_DEFAULTS = 300  # of one file and one way


def _plain_key(value: str) -> bool:
    """Whether *value* can be what somebody took for the key that signs: no reference, no name, no word to be replaced."""
    return not (
        _PLAIN.search(value)
        or secret.to_be_filled(value)
        or secret.reference(value)
        or secret.dotted(value)
        or secret.variable(value)
        or _NEVER_KEY.search(value)
    )


_NEVER_KEY = re.compile(
    r"(?i)^(?:true|false|null|none|nil|on|off|disabled|enabled|undefined|string|token|key|value|bearer|\d+[smhd]?)$|[ _-](?:name|id|path|header|field|file)$|https?://|random|generate|^@|^%|^\w+(?::\w+)+$|"
    r"not[ _-](?:an?[ _-])?(?:real|used|set|credential)|fake|dummy|missing|required|invalid|unknown"
)
_TO_REPLACE = re.compile(r"(?i)[^<>{}$%]*(?:your|change|replace|placeholder|example)[^<>{}$%]*")


def _key_to_replace(value: str) -> bool:
    """Whether *value* asks to be replaced. Where it stands in for the key that signs, it signs until somebody does."""
    return bool(_TO_REPLACE.fullmatch(value)) and not _NEVER_KEY.search(value) and not secret.reference(value)


# Services whose keys are called like those that sign.
_OF_SERVICE = re.compile(
    r"(?i)minio|(?<![a-z])(?:s3|aws|oss|cos|obs|sms)(?![a-z])|storage|qiniu|garage|stripe|captcha|turnstile|paypal|wechat|alipay|tencent|aliyun"
)


def names_signing_key(name: str) -> bool:
    """Whether a variable or setting called *name*, or lying at that path, holds the key that signs tokens or cookies."""
    path = re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", name).replace("-", "_")
    spaced = re.split(r"[.:]", path)[-1]
    signs = _SIGNS_BY_NAME.search(spaced) or _SIGNS_BY_PATH.search(path)
    return bool(signs) and not _NO_KEY.search(path) and not _OF_SERVICE.search(path)


@whole("secrets-in-history", "python", "csharp", "javascript", "java")
def fallback(project: Project, declared: Mapping[str, object]) -> Iterable[tuple[Unit, int, Saw]]:  # noqa: ARG001
    """A literal that stands in where a setting holds no secret: it is in use wherever somebody forgot one."""
    for unit in project.units:
        if (
            unit.language not in CODE
            or unit.language == "go"
            or not unit.search(_MAY_DEFAULT)
            or not unit.search(_NAMES_KEY)
        ):
            continue
        for pattern in _DEFAULTS:
            for match in islice(unit.finditer(pattern), MOST_DEFAULTS):
                name, value = match["name"], match["value"]
                if not _NAMES_KEY.search(name):
                    continue
                line = unit.line_of(match.start("value"))
                # The name that it is given to may say more of it than that of the variable.
                before = unit.lines[line - 1][: match.start() - unit.text.rfind("\n", 0, match.start()) - 1]
                to = _GIVEN_TO.match(before)
                signs = names_signing_key(name) or (to and names_signing_key(to[1]))
                named = (signs or secret.names_secret(name)) and not unit.commented(line)
                address = re.match(r"\w+(?:\+\w+)?://", value)
                replaced = signs and _key_to_replace(value) and unit.text.count(value) == 1  # else it may be refused
                if named and not address and (replaced or secret.is_real(value, name) or (signs and _plain_key(value))):
                    message = f"{name} falls back on a secret in the source"
                    yield unit, line, Saw("refutes", message, "derived", secret=value)
                elif named and _KNOWN_TO_ALL.fullmatch(value) and re.search(r"(?i)passw(?:or)?d$|_pass$|_pwd$", name):
                    message = f"{name} falls back on a password that everybody knows"
                    yield unit, line, Saw("review", message, "derived", secret=value)


_GIVEN_TO = re.compile(
    r"^[ \t]*(?:export[ \t]+)?(?:(?:const|let|var)[ \t]+)?([A-Za-z_][\w.]*)[ \t]*(?::[ \t]*[\w\[\]. |]+)?=[ \t]*[\w.]*$"
)
_SIGNS_THERE = re.compile(r"(?i)jwt|session|cookie|token|passport|auth|signing")


@on("secrets-in-history", "name", r"^[\"']?(secret|jwtSecret)[\"']?$", "javascript")
def key_in_options(fact: Fact, unit: Unit) -> Saw | None:
    """The key of tokens or of a session among the options of what signs them, however plain."""
    value = textual.unquote(fact.value)
    if not value or len(value) < 3 or not _plain_key(value) or _CATALOG.search(unit.path):
        return None
    near = " ".join([unit.lines[fact.line - 1], *unit.enclosing(fact.line, 6)])
    there = fact.last != "secret" or _SIGNS_THERE.search(near.replace(fact.value, "")) or _SIGNS.search(unit.path)
    label = " " in value and value[:1].isupper() and len(value.split()) < 4
    if (
        not there
        or label
        or (_PROSE.fullmatch(value) and re.search(r"\breturn\b", near))
        or unit.path.endswith((".tsx", ".vue", ".jsx"))
        or re.search(r"(?i)client_?id|\bprocess\.env", near)
    ):
        return None
    return Saw("refutes", f"{fact.last} is given its key in the source", "derived", secret=value)


@on("secrets-in-history", "name", r"^(app|server)\.keys$", "javascript")
def keys_of_koa(fact: Fact, unit: Unit) -> Saw | None:  # noqa: ARG001 - every judge takes both
    """The keys that sign Koa's cookies."""
    found = re.match(r"\[\s*[\"']([^\"'\n]{3,200})[\"']", fact.value.strip())
    if found is None or not _plain_key(found[1]):
        return None
    return Saw("refutes", "the keys of signed cookies stand in the source", "derived", secret=found[1])


@on("secrets-in-history", "call", "ClientSecretCredential|NewClientSecretCredential|NewCredFromSecret|createFromSecret")
def secret_in_credential(fact: Fact, unit: Unit) -> Saw | None:  # noqa: ARG001 - every judge takes both
    """A client secret that a credential is given as a literal."""
    position = 2 if "Credential" in fact.last else 0
    value = textual.unquote(fact.argument("client_secret", position) or "")
    if not value or not secret.is_real(value, "client_secret"):
        return None
    return Saw("refutes", f"{fact.last} is given a secret in the source", "derived", secret=value)


@on("secrets-in-history", "name", r"(^|\.)ClientSecret$", "csharp")
def secret_beside_client(fact: Fact, unit: Unit) -> Saw | None:
    """A client secret, however plain, beside the literal ID of the client that signs in with it."""
    value = textual.unquote(fact.value)
    if not value or len(value) < 4 or not _plain_key(value) or re.search(r"(?i)^(?:\w+_?)?client_?secret$|^\W", value):
        return None
    near = "\n".join(unit.lines[max(0, fact.line - 6) : fact.line + 4])
    beside = re.search(r"\bClientId\s*=\s*\"[^\"<\[{\n]+\"", near)
    return Saw("refutes", "ClientSecret is given a secret in the source", "derived", secret=value) if beside else None


@on("secrets-in-history", "name", "client_credential$", "python")
def secret_of_msal(fact: Fact, unit: Unit) -> Saw | None:  # noqa: ARG001 - every judge takes both
    """The client secret that MSAL for Python is given as a literal."""
    value = textual.unquote(fact.value)
    if not value or not secret.is_real(value, "client_secret"):
        return None
    return Saw("refutes", "client_credential is given a secret in the source", "derived", secret=value)


@on(
    "secrets-in-history",
    "call",
    "session|expressSession|cookieSession|cookieParser|SessionMiddleware|add_middleware",
    "javascript",
    "python",
)
def key_of_sessions(fact: Fact, unit: Unit) -> Saw | None:
    """The key that signs a session's cookie, as a literal: what reads like a placeholder signs all the same."""
    if unit.language == "python":
        if fact.last == "add_middleware" and "SessionMiddleware" not in (fact.argument(position=0) or ""):
            return None
        given: list[str] = [fact.argument("secret_key") or ""]
    elif fact.last == "cookieParser":
        given = [fact.argument(position=0) or ""]
    else:
        options = fact.argument(position=0) or ""
        found = re.search(r"(?<![\w.])(?:secret|keys)\s*:\s*(\[[^\]\n]*\]|[\"'`][^\"'`\n]*[\"'`])", options)
        if found is None or not options.startswith("{"):
            return None
        given = re.findall(r"[\"'`][^\"'`\n]*[\"'`]", found[1])
    for value in given:
        key = textual.unquote(value)
        if key and len(key) >= 3 and not re.search(r"\$\{|<|^\W*$|\{\{|^(?:ENTER|YOUR|INSERT|REPLACE)[A-Z_]*$", key):
            line = fact.line + fact.text[: fact.text.find(value)].count("\n")
            return Saw(
                "refutes", f"{fact.last} is given the key of its cookie in the source", "derived", line=line, secret=key
            )
    return None


@on("secrets-in-history", "string", r"^[frbu]?[\"'`]Basic [A-Za-z0-9+/]{12,}={0,2}[\"'`]$")
def basic_credentials(fact: Fact, unit: Unit) -> Saw | None:
    """A name and a password in an Authorization header that stands in the source (RFC 7617, section 2)."""
    value = fact.name.strip("frbu\"'`").removeprefix("Basic ")
    text = _decoded(value)
    if text is None or not re.fullmatch(r"[^:\s]{2,}:[^\s]{3,}", text) or _CATALOG.search(unit.path):
        return None
    named, password = text.split(":", 1)
    if re.fullmatch(r"(?i)user(?:name)?|login|foo|test", named) or _PLAIN.search(password):
        return None
    return Saw("refutes", "a name and a password stand in an Authorization header", "derived", secret=value)


_WIDGET = re.compile(r"(?:[\"']value[\"']\s*:|\binitial\s*=|\bdefault\s*=)\s*[\"']([^\"'\n]{16,200})[\"']")


@on("secrets-in-history", "name", r"(?i)(^|[._])(client_?secret|api_?key|secret_?key)$", "python")
def secret_in_field(fact: Fact, unit: Unit) -> Saw | None:  # noqa: ARG001 - every judge takes both
    """A secret that a field of a form or of settings is preset with."""
    found = _WIDGET.search(fact.value) if "(" in fact.value else None
    if found is None or not re.search(r"\d", found[1]) or not secret.is_real(found[1], fact.name):
        return None
    line = fact.line + fact.text[: fact.text.find(found[1])].count("\n")
    return Saw("refutes", f"{fact.last} is preset with a secret in the source", "derived", line=line, secret=found[1])


@on(
    "secrets-in-history",
    "call",
    "SetClientSecret|setClientSecret|clientSecret|WithClientSecret|Secret",
    "csharp",
    "java",
)
def secret_in_call(fact: Fact, unit: Unit) -> Saw | None:
    """A client secret that is handed to a builder as a literal."""
    given = (fact.argument(position=0) or "").strip()
    hashed = re.fullmatch(r"(\"[^\"]*\")\.Sha(?:256|512)\(\)", given)
    value = textual.unquote(hashed[1] if hashed else given)
    if value is None or (fact.last == "Secret" and not hashed) or _PLAIN.search(value) or _CATALOG.search(unit.path):
        return None
    yes = (hashed and len(value) > 3) or secret.is_real(value, "client_secret")
    return Saw("refutes", "a builder is given a credential in the source", "derived", secret=value) if yes else None


# Begins with what is rare: to look for whole names first takes ten times as long.
_COMPARED = re.compile(
    r"(?P<name>[pP]ass(?:word|wd)\w*)(?:\s*(?:===?|,)\s*|(?P<equals>\.[eE]quals\(\s*))\"(?P<value>[^\"\n]{5,80})\""
)


@whole("secrets-in-history", "csharp", "java", "go")
def compared(project: Project, declared: Mapping[str, object]) -> Iterable[tuple[Unit, int, Saw]]:  # noqa: ARG001
    """A password that is compared with one in the source."""
    for unit in project.units:
        if unit.language not in ("csharp", "java", "go"):
            continue
        for match in unit.finditer(_COMPARED):
            value = match["value"]
            line = unit.line_of(match.start())
            before = re.search(r"\w*$", unit.text[max(0, match.start() - 60) : match.start()])
            name = (before[0] if before else "") + match["name"]
            compares = match["equals"] or re.search(r"==|[eE]qual(?:s|Fold)?\(", unit.lines[line - 1])
            known = secret.names_secret(name) and secret.is_real(value, name) and re.search(r"\d|[^\w\s.-]", value)
            if compares and known and not unit.commented(line):
                yield unit, line, Saw("refutes", f"{name} is compared with one in the source", "derived", secret=value)


@on("secrets-in-history", "string", r"(?i)^.https?://[^\s]*[?&](api_?key|subscription-key|client_secret)=[\w-]{8}")
def key_in_address(fact: Fact, unit: Unit) -> Saw | None:  # noqa: ARG001 - every judge takes both
    """The key of another service's interface, in its address."""
    found = re.search(r"(?i)[?&](api_?key|subscription-key|client_secret)=([\w-]{8,})", fact.name)
    yes = found and re.search(r"\d", found[2]) and secret.is_real(found[2], found[1])
    return Saw("refutes", f"{found[1]} stands in an address", "derived", secret=found[2]) if found and yes else None


_LOCAL_HOST = re.compile(r"(?i)^(?:localhost|127\.|0\.0\.0\.0|\[?::1|\(localdb\)|example\.|[\w-]+\.example\b)")
_IN_ADDRESS = re.compile(
    r"[A-Za-z][\w+.-]*://(?P<user>[\w.+-]*):(?P<secret>[^@/:\s{}$%<>\"'`]+)@(?P<host>[\w.\[:-]+)"
    r"|^.(?P<user2>[\w.+-]+):(?P<secret2>[^@/:\s{}$%<>\"'`]+)@(?:tcp|unix)\((?P<host2>[^)]*)\)"
    r"|(?i:\b(?:server|data source|host|addr(?:ess)?)\s*=\s*(?P<host3>[^;\"']+);[^\"'{}$]*\b(?:password|pwd)\s*=\s*(?P<secret3>[^;\"'{}$%<>]+))"
)


@on("secrets-in-history", "string", r"(?i)://[^@/ ]*:[^@/ ]+@|:[^@/ ]+@(tcp|unix)\(|;\s*(password|pwd)\s*=")
def password_in_address(fact: Fact, unit: Unit) -> Saw | None:
    """The password of a data store or queue in the address that the code connects to; one on this machine is none."""
    found = _IN_ADDRESS.search(fact.name)
    if found is None or _CATALOG.search(unit.path):
        return None
    user = found["user"] or found["user2"] or ""
    given = found["secret"] or found["secret2"] or found["secret3"]
    host = found["host"] or found["host2"] or found["host3"]
    named = re.search(r"(?i)\b(?:user ?(?:id|name)?|uid)\s*=\s*([^;\"']+)", fact.name)
    user = user or (named[1].strip() if named else "")
    if _LOCAL_HOST.search(host) or given.strip().casefold() == user.casefold() or not secret.is_real(given, "password"):
        return None
    if re.search(r"(?i)usage|example|e\.g\.|format|must be|help|\bdefault\b", unit.lines[fact.line - 1]):
        return None
    return Saw("refutes", "a password stands in an address", "derived", secret=given)


# An address of a data store, and a connection string, as a value of a setting; what a variable fills in is left out.
_ADDRESS_SET = re.compile(
    r"(?<![\w+.-])(?:postgres(?:ql)?|mysql|mariadb|mongodb(?:\+srv)?|rediss?|amqps?|mssql|sqlserver|jdbc:\w+)(?:\+\w+)?://(?P<user>[\w.+%-]*):(?P<secret>[^@/\s{}$%<>\"'`()]{4,100})@(?P<host>[\w.\[:-]+)"
    r"|(?i:(?<![\w])(?:server|data source|host|addr(?:ess)?)\s*=\s*(?P<host3>[^;\"'\n]{1,120});[^\"'{}$\n]{0,300}?\b(?:password|pwd)\s*=\s*(?P<secret3>[^;\"'{}$%<>\n]{4,100}))"
)


@whole("secrets-in-history", "settings")
def password_in_setting(project: Project, declared: Mapping[str, object]) -> Iterable[tuple[Unit, int, Saw]]:  # noqa: ARG001
    """The password of a data store or queue in the address that a setting holds."""
    for unit in project.production("settings"):
        if _CATALOG.search(unit.path) or _WORKFLOW.search(unit.path) or _EXAMPLE_FILE.search(unit.path):
            continue
        for match in islice(unit.finditer(_ADDRESS_SET), MOST_ADDRESSES):
            given, host = match["secret"] or match["secret3"], match["host"] or match["host3"]
            named = re.search(r"(?i)\b(?:user ?(?:id|name)?|uid)\s*=\s*([^;\"']+)", match[0])
            user = match["user"] or (named[1].strip() if named else "")
            line = unit.line_of(match.start())
            if (
                unit.commented(line)
                or _LOCAL_HOST.search(host)
                or host in (".", "(local)")
                or given.casefold() == user.casefold()
                or _KNOWN_TO_ALL.fullmatch(given)
                or not secret.is_real(given, "password")
            ):
                continue
            yield unit, line, Saw("refutes", "a password stands in an address", "derived", secret=given)


MOST_ADDRESSES = 50  # of one file
_MACHINE_KEY = re.compile(r"<machineKey\b[^>]*\b(?:validation|decryption)Key\s*=\s*\"([0-9A-Fa-f]{16,})")


@whole("secrets-in-history", "settings")
def machine_key(project: Project, declared: Mapping[str, object]) -> Iterable[tuple[Unit, int, Saw]]:  # noqa: ARG001
    """The key with which ASP.NET signs and encrypts its tickets, in a tracked file."""
    for unit in project.production("settings"):
        if "<machineKey" in unit.text:
            for match in islice(_MACHINE_KEY.finditer(unit.text), MOST_ADDRESSES):
                line = unit.line_of(match.start())
                if not unit.commented(line):
                    message = "the key that signs sign-in tickets lies in a tracked file"
                    yield unit, line, Saw("refutes", message, "derived", secret=match[1])


_VAULT_VALUE = re.compile(
    r"(?m)^resource\s+\"azurerm_key_vault_secret\"[^\n]*\{\n(?:(?!^\}).*\n)*?\s*value\s*=\s*\"([^\"$\n]{5,200})\""
)
_ASSIGNED = re.compile(
    r"(?m)^[ \t]*(?:export[ \t]+|\$(?:script:|env:)?)?([A-Za-z_]\w*)[ \t]?=[ \t]?([\"']?)([^\s\"'$`(){};|&<>]{5,120})\2[ \t]*;?$"
)


@whole("secrets-in-history", "settings", "text")
def in_scripts(project: Project, declared: Mapping[str, object]) -> Iterable[tuple[Unit, int, Saw]]:  # noqa: ARG001
    """Secrets that a script gives to a variable, and a template to a vault."""
    for unit in project.units:
        if unit.path.endswith(".tf"):
            for match in unit.finditer(_VAULT_VALUE):
                if secret.is_real(match[1], "password"):
                    message = "the vault's secret is in the template that creates it"
                    yield unit, unit.line_of(match.start(1)), Saw("refutes", message, "derived", secret=match[1])
        elif unit.path.endswith((".sh", ".ps1", ".psm1")):
            for match in unit.finditer(_ASSIGNED):
                line = unit.line_of(match.start(1))
                quoted = match[2] or unit.path.endswith(".sh")
                known = secret.names_secret(match[1]) and secret.is_real(match[3], match[1])
                if quoted and known and (re.search(r"\d|\W", match[3]) or _SIGNS_BY_NAME.search(match[1])):
                    message = f"{match[1]} is given a secret in a script"
                    yield unit, line, Saw("refutes", message, "derived", secret=match[3])


_VALUE_DEFAULT = re.compile(r"\$\{([\w.-]+):([^${}#]{4,200})\}")


@on("secrets-in-history", "annotation", r"\$\{[\w.-]*(?i:secret|passw|key|token)[\w.-]*:", "java")
def default_of_value(fact: Fact, unit: Unit) -> Saw | None:
    """A secret that Spring's @Value falls back on where the settings hold none."""
    found = _VALUE_DEFAULT.search(fact.text)
    if found is None or not fact.text.startswith(("@Value", "@ConfigProperty")) or _CATALOG.search(unit.path):
        return None
    name, value = found[1], found[2].strip()
    if not secret.names_secret(name.rsplit(".", 1)[-1]) or secret.reference(value):
        return None
    signs = names_signing_key(name) and (_plain_key(value) or _key_to_replace(value))
    if not signs and not secret.is_real(value, name) and not _weak_key(value, name):
        return None
    return Saw("refutes", f"{name} falls back on a secret in the source", "derived", secret=value)


@on("secrets-in-history", "call", "SecretKeySpec", "java")
def key_of_bytes(fact: Fact, unit: Unit) -> Saw | None:
    """A key of Java's cryptography that is made of a literal, or of the constant that holds it."""
    given = fact.argument(position=0) or ""
    bare = re.sub(r"\.(?:getBytes|toCharArray)\([^()]*\)$", "", given.strip())
    bare = re.sub(r"^[\w.()]*\bdecode\w*\((.*)\)$", r"\1", bare).strip()
    literal = textual.unquote(bare)
    if literal is None:
        constant = _literal_behind(given, unit, fact.line)
        return (
            Saw("refutes", "a key is made of a literal", "derived", line=constant[0], secret=constant[1])
            if constant
            else None
        )
    if len(literal) < 4 or _PLAIN.search(literal) or re.match(r"AES|DES|Hmac", literal):
        return None
    return Saw("refutes", "a key is made of a literal", "derived", secret=literal)


@on(
    "secrets-in-history",
    "call",
    "setPassword|getConnection|setSecretKey|setClientSecret|setAccessKey|setApiKey",
    "java",
)
def password_in_setter(fact: Fact, unit: Unit) -> Saw | None:
    """A password of a data store, or another service's key, that is handed over as a literal."""
    given = [value for _, value in fact.arguments()]
    if fact.last == "getConnection":
        if len(given) != 3 or re.search(
            r"(?i)localhost|127\.0\.0\.1|jdbc:h2:mem|@(?:db|host)\b", unit.resolve(given[0])
        ):
            return None
        given = given[2:]
    value = textual.unquote(given[0]) if len(given) == 1 else None
    if value is None or _CATALOG.search(unit.path) or not secret.is_real(value, "password"):
        return None
    around = unit.around(fact.line)
    if (
        fact.last == "setPassword"
        and re.search(r"(?i)\b(?:user|u|account|admin|dto|request|login\w*|form|member)\w*\.setPassword", fact.text)
        and not re.search(r"\d|\W", value)
    ):
        return None
    if (
        re.search(r"(?i)\btest|mock|\bseed|sample|example", unit.lines[unit.function(fact.line)[0] - 1])
        or "***" in around
    ):
        return None
    return Saw("refutes", f"{fact.last} is given a password in the source", "derived", secret=value)


_PAIR = re.compile(
    r"\.(?:put|setProperty|addProperty|replace)\(\s*\"(?P<name>[\w.-]*(?i:secret|passw|pwd|api-?key|access-?key)[\w.-]*)\"\s*,\s*\"(?P<value>[^\"\n]{5,200})\"\s*\)"
)


@whole("secrets-in-history", "java")
def password_in_pair(project: Project, declared: Mapping[str, object]) -> Iterable[tuple[Unit, int, Saw]]:  # noqa: ARG001
    """A password that stands beside its name in a call that fills a table of properties."""
    for unit in project.units:
        for match in unit.finditer(_PAIR) if unit.language == "java" else ():
            name, value, line = match["name"], match["value"], unit.line_of(match.start())
            known = secret.names_secret(name) and secret.is_real(value, name) and re.search(r"\d|[^\w\s.-]", value)
            if known and not unit.commented(line) and not _CATALOG.search(unit.path):
                yield unit, line, Saw("refutes", f"{name} is given a secret in the source", "derived", secret=value)


@on("secrets-in-history", "call", "password", "java")
def spring_user(fact: Fact, unit: Unit) -> Saw | None:  # noqa: ARG001 - every judge takes both
    """A user of Spring Security whose password stands in the source."""
    value = re.sub(r"^\{noop\}", "", textual.unquote(fact.argument(position=0) or "") or "")
    yes = value and re.search(r"\b(?:withUser|withUsername|username)\(", fact.text) and not _PLAIN.search(value)
    return Saw("refutes", "a user's password is in the source", "derived", secret=value) if yes else None


@on(
    "secrets-in-history",
    "call",
    "createHmac|SymmetricSecurityKey|hmacShaKeyFor|setSigningKey|signWith|sign|verify|encode|decode|HMAC256|HMAC384|HMAC512|SignedString|Fernet|URLSafeTimedSerializer|URLSafeSerializer|LoginManager",
)
def key_in_call(fact: Fact, unit: Unit) -> Saw | None:
    """A literal key, or the constant of this file that holds it, in a call that signs, verifies or encrypts."""
    if fact.last in ("sign", "verify", "encode", "decode") and not re.search(
        r"(?i)jwt|jsonwebtoken|jws|jose", fact.name
    ):
        return None
    given = [value for _, value in fact.arguments()]
    if fact.last in ("sign", "verify", "encode", "decode", "createHmac"):
        given = given[1:2]
    elif fact.last in ("URLSafeTimedSerializer", "URLSafeSerializer", "LoginManager"):
        given = given[:1]
    for value in given[:2]:
        constant = _constant(value, unit) or _literal_behind(value, unit, fact.line)
        if constant:
            line, key = constant
            return Saw("refutes", f"{fact.last} is given its key in the source", "derived", line=line, secret=key)
        bare = re.sub(
            r"^(?:\[\]byte|Buffer\.from|[\w.]*Encoding\.\w+\.GetBytes|Convert\.FromBase64String)\((.*?)(?:,[^,]*)?\)$",
            r"\1",
            value.strip(),
        )
        literal = textual.unquote(re.sub(r"\.(?:getBytes|encode)\([^)]*\)$", "", bare))
        if (
            literal
            and len(literal) >= 3
            and not re.match(r"(?i)sha\d|md5|HS\d|RS\d|-----BEGIN (?:PUBLIC|CERT)|[{\[]", literal)
            and not _PLAIN.search(literal)
        ):
            return Saw("refutes", f"{fact.last} is given its key in the source", "derived", secret=literal)
    return None


@lru_cache(16)
def _assigned(text: str, value: str) -> re.Match[str] | None:
    """Where the name *value* is given a literal at the top of a file's *text*; asked again for every call with it."""
    return re.search(
        rf"(?m)^(?:(?:export\s+)?(?:const|let|var)\s+)?{re.escape(value)}\s*(?::\s*\w+\s*)?=\s*[bB]?([\"'`])([^\"'`\n]{{5,200}})\1\s*(?:[;#/].*)?$",
        text,
    )


def _constant(value: str, unit: Unit) -> tuple[int, str] | None:
    """Line and text of the literal that the name *value* holds at the top of this file, if it can be a key."""
    if unit.language not in ("python", "javascript") or not re.fullmatch(r"[A-Za-z_$][\w$]*", value):
        return None
    given = _assigned(unit.text, value)
    if (
        given is None
        or _PLAIN.search(given[2])
        or re.match(r"(?i)[HREP]S\d{3}$|sha\d|-----BEGIN", given[2])
        or (secret.names_secret(value) and secret.is_real(given[2], value))
    ):
        return None  # no key, or one that its own name tells
    return unit.line_of(given.start()), given[2]


@whole("secrets-in-history", "go")
def key_returned(project: Project, declared: Mapping[str, object]) -> Iterable[tuple[Unit, int, Saw]]:  # noqa: ARG001
    """A key function of golang-jwt that returns a literal."""
    for unit in project.units:
        if unit.language == "go" and "*jwt.Token" in unit.text:
            for match in unit.finditer(r"\breturn\s+\[\]byte\(\"([^\"\n]{4,200})\"\),\s*nil\b"):
                line = unit.line_of(match.start())
                if "*jwt.Token" in unit.around(line) and not unit.commented(line) and not _PLAIN.search(match[1]):
                    message = "a key function returns its key from the source"
                    yield unit, line, Saw("refutes", message, "derived", secret=match[1])


_BYTES = re.compile(
    r"(?:[\w.]*Encoding\.\w+\.GetBytes|Convert\.FromBase64String|\[\]byte|\w+\.decode|Decoders\.\w+\.decode)\(\s*(.+?)\s*\)$"
)


def _literal_behind(value: str, unit: Unit, line: int) -> tuple[int, str] | None:
    """Line and text of the literal that a variable or constant of C#, Java or Go holds, whole or as bytes."""
    if unit.language not in ("csharp", "java", "go"):
        return None
    name = re.sub(r"\.(?:getBytes|toCharArray)\([^()]*\)$", "", value.strip())
    for _ in range(3):
        inner = _BYTES.fullmatch(name)
        name = re.sub(r"\.(?:getBytes|toCharArray)\([^()]*\)$", "", inner[1] if inner else name)
        name = re.sub(r",\s*[\w.]+$", "", name).strip()
        if not re.fullmatch(r"(?:this\.)?[A-Za-z_]\w*", name):
            return None
        plain = name.removeprefix("this.")
        given = None
        for match in re.finditer(rf"(?<![\w.]){plain}\b\s*(?:string\s*|\[\]byte\s*)?:?=(?!=)\s*([^;\n]+)", unit.text):
            at = unit.line_of(match.start())
            if given is None or at <= line:
                given = (at, match[1].strip())
        if given is None:
            return None
        text = _BYTES.fullmatch(given[1])
        written = re.sub(r"\.(?:getBytes|toCharArray)\([^()]*\)$", "", text[1] if text else given[1]).strip()
        literal = textual.unquote(written)
        if literal is not None:
            wrong = (
                _PLAIN.search(literal)
                or len(literal) < 5
                or secret.dotted(literal)
                or re.match(r"(?i)[HREP]S\d{3}$|sha\d|https?:|-----BEGIN (?:PUB|CERT)", literal)
            )
            told = secret.names_secret(plain) and secret.is_real(literal, plain)
            return None if wrong or told or secret.reference(literal) else (given[0], literal)
        line, name = given[0], written
    return None


def _of_sample_people(item: Setting, unit: Unit) -> bool:
    """Whether *item* is the password of one of many made-up people, or of one who signs in to a server on this machine
    in the steps of a test's traffic."""
    if not unit.path.endswith(".json"):
        return False
    if unit.search(_TRAFFIC) and unit.search(_LOCAL_BASE):
        return re.search(r"(?i)password$|demo", f"{item.value} {item.last}") is not None
    if not re.search(r"(?i)(?:^|\.)(?:users|accounts|people|customers|members|employees)\.-\.\w+$", item.key):
        return False
    return unit.keys[item.key] >= MANY_PEOPLE


@setting("secrets-in-history")
def named_in_settings(item: Setting, unit: Unit) -> Saw | None:
    """A value in a settings file under a key that is called a secret."""
    name, value = item.last, item.value
    if name == "-":
        pair = re.match(r"([A-Za-z_][\w.-]*)=(.+)$", value)
        if pair is None:
            return None
        name, value = pair[1], pair[2].strip("\"'")
    if re.search(r"(?i)\bjaas\b", item.key.replace("_", " ")):
        given = re.search(r"password\s*=\s*[\"']([^\"'\s]+)", value)
        return _jaas(given[1]) if given else None
    if re.search(r"(?i)connection_?strings?(?:\.|__|:)", item.key):
        name = "connection_string"
    signs = _key_that_signs(name, value, item, unit)
    if signs:
        local = _DEVELOPERS.search(unit.path) or _ON_ONE_MACHINE.search(unit.path)
        message = f"{name} signs tokens and lies in a tracked file"
        return Saw("review" if local else "refutes", message, "derived", secret=signs)
    if (
        not (secret.names_secret(name) or _in_secret(item, unit))
        or _CATALOG.search(unit.path)
        or _LOCK_FILE.search(unit.path)
        or "SealedSecret" in unit.text
        or unit.path.endswith(("package.json", ".arm.json"))
    ):
        return None
    if unit.path.endswith(".json") and "." not in item.key and len(unit.settings) > MANY_ENTRIES:
        return None
    if _WORKFLOW.search(unit.path) and len(value) < 30 and not secret.strong(value):
        return None
    real = _real_in(name, value, item, unit)
    if real is None or re.search(
        r"(?i)\.(?:properties|description|example|type|default)\b.*\b(?:properties|schema)", item.key
    ):
        return None
    if _EXAMPLE_FILE.search(unit.path) and not re.search(r"\d", real):
        return None
    if (_SAMPLE_USERS.search(unit.path) and _TRIVIAL.fullmatch(real)) or _of_sample_people(item, unit):
        return None
    if item.key.endswith(".source.secret") or re.search(r"secretKeyRef|secretRef|valueFrom", item.key):
        return None
    if unit.path.endswith(".json") and re.search(
        r"(?i)(?:^|\.)(?:parameters|variables|outputs|definitions|components|paths)\.", item.key
    ):
        return None
    if _by_default(real, name, item, unit):
        if _DEVELOPERS.search(unit.path):
            return None
        message = f"{name} is one that everybody knows: right only where nobody else reaches it"
        return Saw("review", message, "derived", secret=real)
    return Saw("refutes", f"{name} holds a secret in a tracked file", "derived", secret=real)


# What an editor or a container runs for one developer, and what runs on a developer's machine.
_DEVELOPERS = re.compile(r"(?:^|/)\.(?:devcontainer|vscode|idea)/")
_ON_ONE_MACHINE = re.compile(
    r"(?i)(?:^|/)[\w.-]*compose[\w.-]*[.-](?:dev|local|develop\w*)\b|compose-dev|compose-local"
)
_KNOWN_TO_ALL = re.compile(r"(?i)password\d*|secret|admin|root|postgres|mysql|mariadb|mongo|guest|minioadmin|12345\d*")


def _by_default(value: str, name: str, item: Setting, unit: Unit) -> bool:
    """Whether *value* is the password that a data store's container is started with by default, and everybody knows:
    a plain word, or its user's name. A key that signs is in use all the same, but where only one developer is."""
    local = _DEVELOPERS.search(unit.path) or _ON_ONE_MACHINE.search(unit.path)
    if not (local or _DEPLOYED.search(unit.path)):
        return False
    if not local and not re.search(r"(?i)pass(?:word|wd)?$|pwd$", name):
        return False
    if _KNOWN_TO_ALL.fullmatch(value):
        return True
    section = item.key.rpartition(".")[0]
    return any(
        other.value == value
        for other in unit.settings
        if abs(other.line - item.line) <= 4
        and other.key.rpartition(".")[0] == section
        and re.search(r"(?i)user(?:name)?$|_db$|database$", other.last)
    )


# The key that signs tokens or a session's cookie, by its last part or by the whole of its path.
_SIGNS_BY_NAME = re.compile(
    r"(?i)(?:jwt|token|bearer|session|cookie|signing|nextauth|refresh|auth)_*(?:\w*_)?(?:secret|signing_?key|security_?key|secret_?key)(?:_?key)?\d?$"
    r"|jwt_*(?:(?:secret|signing|private|access|refresh|hmac|token|auth|security|symmetric)_*)*key\d?$|(?:^|_)(?:signing_?key|symmetric_?security_?key|secret_?key(?:_base)?)$"
)
_SIGNS_BY_PATH = re.compile(
    r"(?i)(?:^|[.:_])\w*(?:jwt|token|bearer|auth)\w*?(?:[.:]|__)(?:.*(?:[.:]|__))?(?:signing_?|security_?|symmetric_?|secret_?|private_?)?(?:secret|key)$|^app_?settings\.(?:token|secret)$"
)
_NO_KEY = re.compile(
    r"(?i)(?:name|id|path|file|ref|url|uri|vault|header|field|param|prefix|type|size|length|provider|existing|algorithm|expir\w*|ttl|public|claim|cache|row|storage|(?:access|account|api|admin_password|site|map)s?_?key)$"
)


def _key_that_signs(name: str, value: str, item: Setting, unit: Unit) -> str | None:
    """The literal that *item* gives to the key that signs tokens or cookies, however plain it is; else None."""
    spaced = re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", name).replace("-", "_").replace(":", "_")
    path = re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", item.key).replace("-", "_") if item.last != "-" else spaced
    if not (names_signing_key(path) or names_signing_key(spaced)):
        return None
    fallback = _DEFAULT.fullmatch(value)
    held = fallback[1].strip("\"'") if fallback else value
    if unit.source.context != "production" or unit.path.endswith(_TEMPLATE) or _NO_KEY.search(path):
        return None
    if not 4 <= len(held) <= 500 or not (_plain_key(held) or (fallback and _key_to_replace(held))):
        return None
    if re.search(
        r"(?i)secretKeyRef|secretRef|valueFrom|secrets?_?keys?\.|(?:^|\.)(?:parameters|variables|outputs|definitions|components|paths|properties|labels?|messages?|dependencies|scripts)\.",
        item.key,
    ):
        return None
    if (
        _CATALOG.search(unit.path)
        or _LOCK_FILE.search(unit.path)
        or _WORKFLOW.search(unit.path)
        or _EXAMPLE_FILE.search(unit.path)
    ):
        return None
    if unit.path.endswith(("package.json", ".arm.json")) or (
        unit.path.endswith(".json") and len(unit.settings) > MANY_ENTRIES
    ):
        return None
    same = re.sub(r"[\W_]", "", held).casefold() == re.sub(r"[\W_]", "", name).casefold()
    if same and (
        re.search(r"(?m)^(?:kind|apiVersion):\s", unit.text) or re.search(r"(?i)values[\w.-]*\.ya?ml$", unit.path)
    ):
        return None  # the name of an entry
    # A label: "JWT secret".
    return None if " " in held and len(held.split()) < 4 and held[:1].isupper() and not re.search(r"\d", held) else held


def _jaas(value: str) -> Saw | None:
    """The password in a login module's configuration."""
    if not secret.is_real(value, "password"):
        return None
    return Saw("refutes", "a login module is given its password in a tracked file", "derived", secret=value)


def _in_secret(item: Setting, unit: Unit) -> bool:
    """Whether the setting is an entry of a Kubernetes Secret whose name speaks of a key, and what it encodes a text."""
    if not re.search(r"(?i)key|token|secret|passw", item.last) or not unit.search(r"(?m)^kind:\s*Secret\b"):
        return False
    for line in reversed(unit.lines[: item.line - 1]):
        if line.startswith("---"):
            return False
        if line.startswith("kind:"):
            return "Secret" in line and _decoded(item.value) is not None
    return False


def _decoded(value: str) -> str | None:
    """The text that *value* is in Base64, if it is one that a person can read."""
    try:
        text = base64.b64decode(value, validate=True).decode("ascii")
    except ValueError:
        return None
    return text if len(text) > 7 and text.isprintable() else None


def _real_in(name: str, value: str, item: Setting, unit: Unit) -> str | None:
    """The real secret that a setting holds, or None. In a template only a literal is one: the value itself, or what
    an expression falls back on."""
    fallback = _DEFAULT.fullmatch(value)
    if fallback:
        held = fallback[1].strip("\"'")
        weak = _SIGNER.search(item.key) and _weak_key(held, "jwt")
        return held if weak or secret.is_real(held, name) else None
    if unit.path.endswith(_TEMPLATE):
        line = unit.lines[item.line - 1]
        if f"'{value}'" not in line and f'"{value}"' not in line:
            found = re.findall(r"(?:[?:,]\s*)(?:'([^'\n]*)'|\"([^\"\n]*)\")", value)
            return next((text for pair in found for text in pair if text and secret.is_real(text, name)), None)
    elif _DEPLOYED.search(unit.path) and re.fullmatch(r"(?i)password|secret|admin|root|postgres|mysql", value):
        return value if re.search(r"(?i)passw(?:or)?d$", name) else None
    if _SIGNING_SETTING.search(name) and "env" in unit.path.rsplit("/", 1)[-1] and unit.source.context == "production":
        return value if secret.is_real(value, name) or _weak_key(value, name) else None
    return value if secret.is_real(value, name) else None


# The key of what the app signs itself: short or plain, it is in use all the same.
_SIGNING_SETTING = re.compile(r"(?i)(?:^|_)(?:jwt|signing|hmac)_?\w*(?:secret|key)(?:_?key)?$")


@on("secrets-in-history", "name", r"(?i)(^|[.\s])token$", "python", "javascript")
def token_literal(fact: Fact, unit: Unit) -> Saw | None:
    """A long random literal that is given to something called a token."""
    value = textual.unquote(fact.value)
    random = (
        value and re.search(r"(?:[0-9a-f]{24,}|[0-9A-Za-z_-]{32,})$", value) and re.search(r"\d.*\d.*\d.*\d", value)
    )
    if not value or not random or not secret.is_real(value, "token") or _CATALOG.search(unit.path):
        return None
    return Saw("refutes", f"{fact.last} is given a secret in the source", "derived", secret=value)


@whole("secrets-in-history", "python", "csharp", "javascript", "java", "go", "settings", "text")
def by_shape(project: Project, declared: Mapping[str, object]) -> Iterable[tuple[Unit, int, Saw]]:  # noqa: ARG001
    """Private keys, Entra client secrets and other credentials that show by their own shape."""
    for unit in project.units:
        for offset, text in secret.strong(unit.text):
            yield unit, unit.line_of(offset), Saw("refutes", f"{secret.kind(text)} lies in a tracked file", secret=text)


_FRONT = re.compile(
    r"(?:^|/)(?:client|clients|frontend|front-end|webapp|spa|SPA|ClientApp|ui|wwwroot|public|static|assets)/|\.(?:vue|jsx|tsx|html)$"
)


@on("secret-in-front-end", "name", r"(?i)client_?secret", "javascript")
def secret_in_front(fact: Fact, unit: Unit) -> Saw | None:
    """A client secret in code that every visitor gets."""
    value = textual.unquote(fact.value)
    front = _FRONT.search(unit.path) or unit.search(
        r"@azure/msal-(?:browser|react|angular)|from ['\"](?:react|vue|@angular)|\bdocument\.|\bwindow\."
    )
    if not front or unit.search(
        r"require\(['\"](?:express|@azure/msal-node|http)|from ['\"](?:express|@azure/msal-node|next-auth|node:)"
    ):
        return None
    if value is not None and secret.is_real(value, fact.name):
        return Saw("refutes", "a client secret lies in front-end source", secret=value)
    if re.search(
        r"import\.meta\.env\.\w*SECRET|process\.env\.(?:REACT_APP|VITE|NEXT_PUBLIC|VUE_APP)_\w*SECRET", fact.value
    ):
        return Saw("refutes", "a client secret is built into the front end from its environment")
    return None


@setting("secret-in-front-end")
def secret_in_front_settings(item: Setting, unit: Unit) -> Saw | None:  # noqa: ARG001 - every judge takes both
    """A client secret in variables that a bundler puts into the page."""
    yes = re.match(
        r"(?:REACT_APP|VITE|NEXT_PUBLIC|VUE_APP|EXPO_PUBLIC)_\w*(?:CLIENT_?SECRET|API_?SECRET|APP_?SECRET)\w*$",
        item.last,
    )
    return (
        Saw("refutes", f"{item.last} is built into the page that every visitor gets", secret=item.value)
        if yes and secret.names_secret(item.last)
        else None
    )


@setting("secret-value-in-settings")
def value_in_deployment(item: Setting, unit: Unit) -> Saw | None:
    """A deployment template with a secret where a vault reference could stand."""
    if not re.search(
        r"(?i)\.(?:bicep|bicepparam|tf|tfvars)$|azuredeploy|parameters\.json$|(?:^|/)(?:helm|k8s|deploy|infra)/.*\.ya?ml$|appsettings\.production\.json$",
        unit.path,
    ):
        return None
    real = _real_in(item.last, item.value, item, unit) if secret.names_secret(item.last) else None
    if real is None:
        return None
    return Saw(
        "refutes", f"{item.last} holds a secret value where a vault reference could stand", "derived", secret=real
    )


_KEYS_LISTED = r"\blist(?:Admin|Query|Function)?Keys\("
_ARM_PAIR = re.compile(
    rf"\"name\"\s*:\s*\"(?P<name>[^\"\n]+)\"\s*,\s*\"value\"\s*:\s*\"(?P<value>\[[^\"\n]*(?:parameters\('|{_KEYS_LISTED})[^\"\n]*\])\""
)
_BICEP_PAIR = re.compile(
    rf"\bname:\s*'(?P<name>[^'\n]+)'\s*\n?\s*value:\s*(?P<value>\w+\b(?!\.)|'[^\n]*{_KEYS_LISTED}[^\n]*')"
    rf"|(?m:^\s*'?(?P<key>AzureWebJobsStorage|[\w:]*[cC]onnection_?[sS]tring\w*|[\w:]*(?:[aA]ccount|[aA]ccess|[aA]pi)_?[kK]ey)'?:\s*(?P<held>'[^\n]*{_KEYS_LISTED}[^\n]*'))"
)


@whole("secret-value-in-settings", "settings")
def value_of_parameter(project: Project, declared: Mapping[str, object]) -> Iterable[tuple[Unit, int, Saw]]:  # noqa: ARG001
    """A secure parameter, or the keys of an account, written into an app's settings by its template.

    Whoever may read the settings reads the secret; with a reference, only the app's identity does.
    """
    for unit in project.units:
        arm = unit.path.endswith(".json") and unit.search(r"schemas?/\d{4}-\d\d-\d\d/deploymentTemplate")
        bicep = unit.path.endswith(".bicep")
        if not (arm or bicep) or not unit.search(r"(?i)appSettings|Microsoft\.Web/sites|containerApps"):
            continue
        for match in unit.finditer(_ARM_PAIR if arm else _BICEP_PAIR):
            given = match.groupdict()
            name, value = given["name"] or given.get("key") or "", given["value"] or given.get("held") or ""
            if name.strip() in ("WEBSITE_CONTENTAZUREFILECONNECTIONSTRING", "AzureWebJobsDashboard"):
                continue  # the platform mounts the one itself, and no longer reads the other
            listed = re.search(_KEYS_LISTED, value)
            parameter = re.search(r"parameters\('(\w+)'\)", value) if arm else re.fullmatch(r"\w+", value)
            secure = parameter and unit.search(
                rf"(?i)\"{parameter[1]}\"\s*:\s*\{{\s*\"type\"\s*:\s*\"secure"
                if arm
                else rf"@secure\(\)(?:\s*@[^\n]*)*\s*param {parameter[0]}\b"
            )
            before = unit.text[max(0, match.start() - 6000) : match.start()]
            inside = max(before.lower().rfind("appsettings"), before.lower().rfind("/sites/config"))
            if (listed or (secure and secret.names_secret(name.replace(":", "_")))) and (
                given.get("key") or inside >= 0
            ):
                yield (
                    unit,
                    unit.line_of(match.start()),
                    Saw(
                        "review", f"{name} is written into the settings where a vault reference could stand", "derived"
                    ),
                )


@on(
    "hard-coded-signing-key",
    "call",
    "decode|verify|X509Certificate2|jwtVerify|load_pem_public_key|load_pem_x509_certificate|ParseRSAPublicKeyFromPEM|createPublicKey",
)
def key_literal(fact: Fact, unit: Unit) -> Saw | None:
    """A public key or certificate in the source that tokens are verified with."""
    given = " ".join(f"{value} {unit.resolve(value)}" for _, value in fact.arguments())
    if "-----BEGIN" not in given and not re.search(r"\"\"\"\s*-----BEGIN", given):
        return None
    yes = re.search(r"-----BEGIN (?:RSA )?(?:PUBLIC KEY|CERTIFICATE)", given)
    return (
        Saw("refutes", f"{fact.last} uses a key from the source: it cannot follow Entra's key rollover")
        if yes
        else None
    )
