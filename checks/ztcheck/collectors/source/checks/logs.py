"""Where tokens and other credentials must not go: logs and addresses."""

from __future__ import annotations

import base64
import binascii
import json
import re
from collections import defaultdict
from functools import lru_cache
from itertools import islice
from typing import TYPE_CHECKING

from ztcheck.collectors.source import textual
from ztcheck.collectors.source.model import Fact, Project, Saw, Unit
from ztcheck.collectors.source.registry import on, whole

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

_LOGGER = re.compile(
    r"(?i)(?:^|[.\s(])(?:_?log(?:ger|ging)?|console|System\.(?:out|err)|Debug|Trace|Console|Log|fmt|logToStderr|"
    r"sys\.std(?:out|err)|slog|klog|glog|logrus|sugar\w*|zlog|hclog|zap|winston|pino)(?:\(\))?(?:\.\w+(?:\([^()]*\))?)*$"
)
_CREDENTIAL = re.compile(
    r"(?i)^(?!is|has|should|can|needs?_|needs?(?-i:[A-Z])|show|hide|use|no|hash|mask|encrypt|encrypted|hashed|masked|trunc|short|partial|redact)\w*?(?:access_?token|refresh_?token|bearer_?token|jwt_?token|_jwt|client_?secret|"
    r"(?<=[a-z])Secret|_secret)$|^(?:raw|the|my|new|old|user|app|client|bearer|auth|api|graph|obo|access|refresh|id|jwt|request|input|entered|given|login|admin|current|confirm)*_?(?:access_?token|id_?token|refresh_?token|bearer_?token|"
    r"auth_?token|api_?token|app_?token|user_?token|jwt_?token|token|jwt|token_?response|token_?json|token_?str(?:ing)?|(?:get)?_?token_?value|auth_?response|client_?secret|api_?key|"
    r"secret|password|passwd|pwd|passphrase|access_?tokens|auth_?header|authorization_?header|auth_?code|authorization_?code|authorization|assertion)$"
    r"|^(?:backchannel|frontchannel)_?access_?token$|^auth(?:orization)?_?header(?:_?value)?$|^(?:temp(?:orary)?|generated|initial|random|plain)_?(?:password|pwd|passwd)$"
)
_CODE = re.compile(
    r"(?i)\b(?:totp|otp|one[- ]time|verification|security|authorization|auth|access_?token|login)[ _-]?(?:code|:)(?!\s+flow)"
)
_OTHER_TOKEN = re.compile(
    r"(?i)push|device|csrf|cancel|\bpage[ _-]?token|next[ _-]?page|continuation|\bsync|\bFCM\b|\bAPNS?\b|\bCNAME\b|\bTXT\b|\bDNS\b|\bacme|challenge|\brecord\b.*\bexists"
)
_DEVELOPMENT = re.compile(r"(?i)\bif\b.*\b(?<!!)(?:env\.|app\.)?(?:is_?dev(?:elopment)?|__DEV__)\b")
_INTERPOLATED = re.compile(r"\$?\{([^{}]*)\}")
_CALLS = {
    "python": "print|debug|info|warning|warn|error|exception|critical|log|write|echo|secho|pprint|rprint|pp|code|text|json|markdown|success|trace",
    "javascript": "log|debug|info|warn|error|trace|logToStderr|verbose",
    "csharp": "WriteLine|Write|Log\\w*|Debug|Information|Warning|Error|Trace\\w*|Info|Verbose|TrackTrace|TrackEvent",
    "java": "println|print|printf|info|debug|warn|error|trace|fine|finer|finest|log|severe|warning|addArgument|addKeyValue|logf|infof|debugf",
    "go": "SysLog|SysError|Panic|Print|Printf|Println|Fatal|Fatalf|Debug|Debugf|Info|Infof|Warn|Warnf|Error|Errorf|Log|Logf|Infoln|Debugln|InfoContext|DebugContext|"
    "WarnContext|ErrorContext|Infow|Debugw|Warnw|Errorw|Trace|Tracef|Warning|Warningf|Warnln|Errorln|Fatalln|Panicf|Str|Interface|WithField|WithFields|"
    "Fprintf|Fprintln|InfoS|ErrorS",
}


# What a form or a query of the request holds under a credential's name.
_SENT = re.compile(
    r"\.(?:FormValue|PostFormValue|PostForm|Query|getParameter)\(\s*\"(passw(?:or)?d|passwd|pwd|access_token|refresh_token|client_secret)\"\s*\)"
)
_LEADING = re.compile(r"\.(?:[sS]ubstr(?:ing)?|slice)\(\s*0\s*,\s*(\d+)\s*\)")
MOST_SHOWN = 32  # leading characters of a token; more show its claims


def _shown(cut: re.Match[str]) -> str:
    """Nothing in the place of a cut that leaves most of a token to read."""
    return "" if int(cut[1]) > MOST_SHOWN else cut[0]


def credentials_in(arguments: list[str], language: str) -> str | None:
    """Return the name of a credential that is among *arguments* of a logging call, or None."""
    for argument in arguments:
        for part in (_LEADING.sub(_shown, code) for code in _code_of(argument, language)):
            if re.search(
                r"\bif\b|(?<!\?)\?(?![.?])|[!=]=|!![\w(]|\bis None\b|\b(?:len|bool|type)\(|\.length\b", part
            ) or _ASKED.search(part):
                continue
            index = _INDEXED.search(part)
            if index and not (set(_OPENED.findall(part[: index.start()])) - _KEEPS_WHOLE):
                return str(index[1])
            sent = _SENT.search(argument)
            if sent:
                return sent[1]
            if _HEADER_READ.search(part):
                return "Authorization"
            for name in re.findall(r"[A-Za-z_$][\w$.]*(?:\(\))?", part):
                last = name.removesuffix("()").rsplit(".", 1)[-1]
                called = re.search(rf"{re.escape(name)}\s*\(", part) and not name.endswith("()")
                if language == "java" and name.endswith("()"):
                    last = last[3:] if _GETTER.match(last) else last
                if re.fullmatch(r"code|otp|totp|pin", last) and not called and _CODE.search(arguments[0]):
                    return str(last)
                if last.isupper() and _NAME_OF_ONE.search(name):
                    continue
                if _CREDENTIAL.match(last) and not called and not _attribute_follows(part, name):
                    if re.fullmatch(
                        r"(?i)(?:raw|new|old|the|my|get)?_?token(?:_?value)?", last
                    ) and _OTHER_TOKEN.search(" ".join(arguments)):
                        continue
                    return str(last)
    return None


# A constant that names a kind of token, a field or a claim.
_NAME_OF_ONE = re.compile(r"(?:Types?|Kind|Names?|Keys?|Fields?|Claims?|Param(?:eter)?s?|Headers?)\.[A-Z_]+$")
_GETTER = re.compile(
    r"get(?:(?:Raw|Client|Access|Refresh|Id|Bearer|Auth|Api|User|Jwt)?(?:Token|Password|Passwd|Pwd|Secret|Jwt)(?:Value)?)$"
)
# Functions around a value that are still open where it stands, and those that leave it readable.
_OPENED = re.compile(r"(\w+)\((?=[^()]*(?:\([^()]*)*$)")
_KEEPS_WHOLE = {"str", "repr", "dict", "format", "dumps", "String", "stringify", "print", "info", "debug"}
_INDEXED = re.compile(
    r"(?:\[|\.get\()\s*[\"'](Authorization|authorization|access_token|accessToken|id_token|refresh_token|client_secret)[\"']\s*(?:,[^()]*)?[\])](?!\s*(?:\[\s*:|is\b|\.(?!strip\(|get\()))"
)
# What is logged then is yes or no.
_ASKED = re.compile(
    r"\b(?:\w*[eE]quals\w*|[cC]ompare\w*|[hH]as(?:Text|Prefix|Length)|[iI]s(?:Not)?(?:Empty|Blank|NullOr\w+))\("
)
# What reads the whole header; strings are blanked in what is searched for names, so this one keeps its own mark.
_HEADER_READ = re.compile(
    r"\b(?:getHeader|GetHeader|[hH]eaders?(?:\(\))?\.(?:Get|getFirst|get)|Peek)\(\s*<authorization>\s*\)"
)


def _attribute_follows(part: str, name: str) -> bool:
    if re.search(
        rf"\b(?i:get|parse|decode|verify|validate|check|is|has|len|load|find|extract|count|lookup|create|run|exec|keys)\w*"
        rf"\([^()]*\b{re.escape(name)}\b",
        part,
    ):
        return True  # what is logged is what the function makes of it
    return bool(re.search(rf"{re.escape(name)}\s*(?:\?\.|\.|\[)", part)) or bool(
        re.search(rf"\w\([^()]*{re.escape(name)}", part)
        and re.search(
            r"(?i)hash|mask|redact|strip|sha\d|short|truncat|digest|\bbool(?:ean)?\(|type\(|typeof|nameof|prefix|sanitiz|summar|"
            r"fingerprint|describe|obfuscat|anonymi|scrub|censor|claims_?(?:of|from)|unverified",
            part,
        )
    )


def _code_of(argument: str, language: str) -> list[str]:
    """The parts of *argument* that are code: what stands outside strings, and what is interpolated in them."""
    parts: list[str] = []
    for literal in re.findall(
        r"(?:[fF]|\$@?|@\$)?(?:\"(?:\\.|[^\"\\])*\"|'(?:\\.|[^'\\])*'|`(?:\\.|[^`\\])*`)", argument
    ):
        interpolates = (
            literal[:1] in "fF$@"
            if language in ("python", "csharp")
            else literal[:1] == "`" and language == "javascript"
        )
        if interpolates:
            parts.extend(
                re.split(r":(?![^\[(]*[\])])", match[1])[0] if language != "javascript" else match[1]
                for match in _INTERPOLATED.finditer(literal)
            )
    argument = re.sub(r"(?<=\()\s*[\"'](?i:authorization)[\"']\s*(?=\))", "<authorization>", argument)
    keep = re.sub(
        r"(?<!\[)(?<!\.get\()(?:[fF]|\$@?|@\$)?(?:\"(?:\\.|[^\"\\])*\"|'(?:\\.|[^'\\])*'|`(?:\\.|[^`\\])*`)",
        " ",
        argument,
    )
    return [*parts, keep]


# What shows its arguments to whoever runs the program or looks at its page.
_SHOWS = re.compile(
    r"(?:rich\.)?print|(?:pprint\.)?(?:pprint|pp)|rprint|tqdm\.write|(?:st|streamlit)\.(?:write|code|text|json|markdown|success|info|warning|error)"
)


def _logs(fact: Fact, unit: Unit) -> bool:
    if unit.language == "python" and _SHOWS.fullmatch(fact.name):
        return True
    if unit.language == "csharp" and (
        fact.last in ("TrackTrace", "TrackEvent")
        or (fact.last.startswith("Log") and re.match(r"(?i)_?\w*log(?:ger)?$", fact.argument(position=0) or ""))
    ):
        return True  # of Application Insights, or a method that the generator of logging writes
    if unit.language == "go" and fact.last.startswith("Fprint"):
        return bool(re.match(r"os\.Std(?:err|out)$", fact.argument(position=0) or ""))
    if unit.language == "go" and fact.last in ("Str", "Interface"):
        return bool(
            re.search(
                r"(?i)\blog(?:ger|ging)?\b[\w.()]*\.(?:Debug|Info|Warn|Error|Trace|Log|With|Fatal)\(\)", fact.name
            )
        )
    if unit.language == "javascript" and fact.last == "debug" and unit.search(r"[\"']debug[\"']"):
        return True  # npm's debug, kept under that name
    head = fact.text[: fact.text.find("(")] if unit.language == "java" else fact.name
    return bool(
        _LOGGER.search(head.rsplit("\n", 1)[-1] if "\n" not in head.strip() else head.strip().replace("\n", ""))
    )


# The whole of a request's headers, an Authorization header among them, and the whole of what a form sent.
_HEADERS = re.compile(
    r"(?:(?:ctx|context|c|event|this)\.)?(?:req|request)\.(?:raw)?[hH]eaders|dict\((?:flask\.)?request\.headers\)"
)
_BODY = re.compile(r"(?:(?:ctx|context|c)\.)?(?:req|request)\.(?:body|json|form|data|POST|get_json\(\)|get_data\(\))")
_SIGN_IN = re.compile(r"(?i)sign-?_?(?:in|up)|log-?_?in|regist|authenticat|passw(?:or)?d|/(?:token|auth)\b")
# A key of an object that holds a credential, and a value that is none: a name, a mark, what a person has to fill in.
_HELD = re.compile(
    r"(?im)^[ \t{,]*[\"']?(?:\w*client_?secret|authorization|access_?token|refresh_?token|\w*password)[\"']?\s*:\s*(?P<value>[^\n,]+)"
)


def _whole_object(fact: Fact, arguments: list[str], unit: Unit) -> str | None:
    """What holds a credential and is logged whole: headers, the body of a sign-in, an object with a secret in it."""
    for value in (part.strip() for argument in arguments for part in _joined(argument)):
        if len(value) > MAX_NAME or value[:1] in "\"'`":
            continue
        given = re.sub(
            r"^(?:JSON\.stringify|json\.dumps|str|repr|util\.inspect)\(\s*([\w.]+(?:\(\))?)\s*(?:,[^()]*)?\)$",
            r"\1",
            value,
        )
        if _HEADERS.fullmatch(given):
            return f"{given}, with the caller's Authorization header,"
        if _BODY.fullmatch(given):
            first, _ = unit.function(fact.line)
            near = "\n".join(unit.lines[max(0, min(first, fact.line) - 12) : fact.line + 8])
            if _SIGN_IN.search(fact.text) and re.search(r"(?i)passw", near):
                return f"{given}, with the password that was sent,"
        if re.fullmatch(r"[A-Za-z_$][\w$]*", given):
            held = _held(given, unit, fact.line)
            if held:
                return f"{given}, with {held} in it,"
    return None


def _joined(argument: str) -> list[str]:
    """The parts of an argument that are joined to one text."""
    return textual.split(argument, "+") if " + " in argument else [argument]


def _held(name: str, unit: Unit, line: int) -> str | None:
    """The credential among the keys of the object literal that *name* was given before *line*, or None."""
    if not unit.holds("secret", "authorization", "token", "password"):
        return None
    begins = [at for at in _objects(unit.text).get(name, ()) if unit.line_of(at) < line]
    if not begins:
        return None
    text = unit.text[begins[-1] : textual.closing(unit.text, begins[-1], MAX_MESSAGE * 2)]
    for match in _HELD.finditer(text):
        value = match["value"].strip()
        if not re.match(
            r"[\"'](?![\"']\s*\+|Bearer|Basic)|(?:z|Joi|yup|String|Schema|str|Optional)\b|[\[{]|None|null|undefined|true|false",
            value,
        ):
            return match[0].split(":")[0].strip(" \t{,\"'\n")
    return None


@lru_cache(16)
def _objects(text: str) -> dict[str, list[int]]:
    """Where the braces of the object literals of a file open, by the names that they are given to."""
    found: dict[str, list[int]] = defaultdict(list)
    for match in islice(_OBJECT.finditer(text), MAX_OBJECTS):
        found[match[1]].append(match.end() - 1)
    return found


MAX_NAME = 80  # characters of what is logged whole
MAX_OBJECTS = 200  # of one file
_OBJECT = re.compile(r"(?m)(?:\b(?:const|let|var)[ \t]+|^[ \t]*)([A-Za-z_$][\w$]*)[ \t]*(?::[^=\n]{1,60})?=[ \t]*\{")
# What a person is shown once, to keep it.
_HANDED_OVER = re.compile(r"(?i)\b(?:copy|save|store|keep|note)\b[^.]{0,40}\b(?:secret|token|password|key|it)\b")
_CODE_TAKEN = re.compile(
    r"\bcode\b\s*(?::[^=\n]{1,30})?=\s*[^\n;]*(?:query|args|params|GET|searchParams|query_params)\b[^\n;]{0,12}[.\[(][\s\"'`]*code\b"
    r"|\{[^{}\n]*\bcode\b[^{}\n]*\}\s*=\s*(?:ctx|req|request)\.query"
)


# A message that announces a token, and what it then shows under another name.
_ANNOUNCED = re.compile(
    r"(?i)\b(?:got|received|using|obtained|generated|created|issued|access|bearer|refresh|id|jwt|auth)[ _-]?(?:access |bearer |refresh |id |auth )?token\s*[:=]\s*(?:\{\}|\{\d\}|%s|%v|%\+v)[\"'.]*$"
)
_SHOWS_LESS = re.compile(
    r"(?i)^(?:e|err|ex|error|exc\w*|msg|message|ok|valid|result|reason)$|(?:id|type|hash|hashed|masked|name|count|status|expir\w*|length|claims?|header|kind|audience|issuer|scopes?)$"
)


def _announced(given: list[str]) -> str | None:
    """The name of what is shown where the message says that it is a token."""
    if len(given) != 2 or not _ANNOUNCED.search(given[0].strip()):
        return None
    name = given[1].strip()
    return name if re.fullmatch(r"[A-Za-z_]\w*", name) and not _SHOWS_LESS.search(name) else None


# What requests a token, and gives it to a name together with all that came with it.
_REQUEST = r"(?:await\s+)?(?:[\w.\[\]\"']+(?:\([^()\n]*\))?\.)?(?:acquire_token_(?!silent\b)\w+|fetch_token|fetch_access_token|authorize_access_token|get_access_token|refresh_token|(?<=redential\.)get_token|(?<=redential\(\)\.)get_token|(?<=cred\.)get_token)\("
_TOKEN_ADDRESS = re.compile(r"(?i)oauth2/|(?:token|auth)\w*_?(?:url|endpoint|uri)\b|/token[\"']|\btoken_?url")
_FAILED = re.compile(
    r"(?i)\berror\b|\bfail|not in\b|\belse\b|status_code\s*(?:!=|>)|\bnot\s+\w+\.ok\b|\bexcept\b|\bis None\b|\bif not\b"
)


def _pieces(value: str) -> Iterator[str]:
    """The values that an argument of Python shows: it, what is interpolated or joined in it, without what wraps them."""
    parts = [*_code_of(value, "python")[:-1], *re.split(r"\s[+%]\s*\(?", value)] if value[:1] in "\"'fFrR" else [value]
    for part in parts:
        plain = re.sub(r"![rs]$|\)?$", "", part.strip(), count=1) if "(" not in part else part.strip()
        wrapped = re.fullmatch(
            r"(?:json\.dumps|str|repr|dict|pformat|pprint\.pformat)\(\s*(.+?)\s*(?:,\s*\w+\s*=[^()]*)?\)", plain
        )
        yield wrapped[1] if wrapped else plain


def _answered(given: list[str], unit: Unit, line: int) -> str | None:
    """The name of what is shown whole and holds a token: what a token request returned, a secret's value, the headers."""
    for value in given:
        for piece in _pieces(value):
            if re.fullmatch(r"(?:\w+\.)*(?:\w*secret\w*|get_secret\([^()]*\))\.value", piece):
                return piece
            if re.fullmatch(r"(?:os\.)?environ", piece):
                return "the whole environment"
            if _HEADERS.fullmatch(piece) and value[:1] in "\"'fFrR":
                return piece
            named = re.fullmatch(r"([A-Za-z_]\w*)(\.json\(\)|\.text|\.content)?", piece)
            if named and _holds_token(named[1], bool(named[2]), unit, line):
                return piece
            if re.fullmatch(rf"{_REQUEST}[^()\n]*\)(?:\.token)?", piece):
                return "a token"
    return None


def _holds_token(name: str, read: bool, unit: Unit, line: int) -> bool:
    """Whether *name*, or with *read* the answer that it is, was given what a token request returned."""
    first, _ = unit.function(line)
    before = "\n".join(unit.lines[first - 1 : line - 1])
    if name not in before or any(_FAILED.search(head) for head in unit.enclosing(line)):
        return False
    found = list(re.finditer(rf"(?m)^[ \t]*{re.escape(name)}\s*(?::[^=\n]+)?=\s*(?!=)", before))
    if not found or re.search(r"(?m)^\s+(?:return|raise)\b", before[found[-1].end() :]):
        return False
    value = before[found[-1].end() :][:400]
    if read:
        return bool(re.match(r"(?:await\s+)?[\w.]+\.post\(", value) and _TOKEN_ADDRESS.search(value.split("\n\n")[0]))
    return bool(re.match(_REQUEST, value))


# A short name, or the value of an entry, behind words that say that it is a password or a secret.
_TOLD_BY_WORDS = re.compile(
    r"(?i:[\"'`](?:[^\"'`\n]*\W)?pass(?:word|wd)?\W{0,3}[\"'`])\s*[+,]\s*(pass|pwd)\b(?!\s*[.(\[?])|(?i:\bpass(?:word|wd)?\W{1,3})[$#]?\{(pass|pwd)\}"
    r"|(?i:\b(?:secret|password|token|api[ _-]?key)\b)[^`$\n]{0,20}(?:\$\{\w*(?i:name|key|id)\}[^`$\n]{0,12})?\b(?:to|is|=)\s*['\"]?\$\{(value|val)\}"
)


# What the browser's storage holds, and several tokens under one name.
_STORED_TOKEN = re.compile(r"\b(?:local|session)Storage\.getItem\(\s*[\"'`](\w*(?i:token|jwt))[\"'`]\s*\)")
_ABOUT_TOKENS = r"access_?[tT]oken|refresh_?[tT]oken|(?i:oauth|openid)"
_NO_CREDENTIALS = r"(?i)max_?tokens|prompt|tokeni[sz]|lexer|completion"


def _logged(fact: Fact, unit: Unit) -> Saw | None:
    if not _logs(fact, unit):
        return None
    given = [value for _, value in fact.arguments()]
    found = credentials_in(given, unit.language) or _announced(given)
    if found is None and unit.language == "python":
        found = _answered(given, unit, fact.line)
    if found is None:
        told = _TOLD_BY_WORDS.search(fact.text)
        found = next((name for name in told.groups() if name), None) if told else None
    if found is None and unit.language == "javascript":
        stored = _STORED_TOKEN.search(fact.text)
        plural = next(
            (value for value in given if re.fullmatch(r"tokens|tokenSet|token_?[dD]ata|tokenset", value)), None
        )
        about = plural and unit.search(_ABOUT_TOKENS) and not unit.search(_NO_CREDENTIALS)
        found = stored[1] if stored else plural if about else None
    if found is None and unit.language in ("javascript", "python"):
        held = _whole_object(fact, given, unit)
        if held and not any(_DEVELOPMENT.search(text) for text in unit.enclosing(fact.line)):
            return Saw("refutes", f"{held} is written to a log or console", "derived")
        code = any(
            re.search(r"\bcode\b(?!\s*[.\[(:?=])", part) for value in given for part in _code_of(value, unit.language)
        )
        if (
            code
            and _CODE_TAKEN.search(unit.around(fact.line))
            and re.search(r"(?i)oauth|token|authoriz", unit.around(fact.line))
        ):
            found = "code"
    if found and _HANDED_OVER.search(fact.text):
        return None
    if found and re.fullmatch(r"(?i)token", found) and re.search(r"(?i)coap|lexer|tokeni[sz]er|parser", unit.path):
        return None  # the number of a request in CoAP (RFC 7252, section 5.3.1), a word of a text
    if found and any(
        re.search(rf"\b{re.escape(found)}\s+instanceof\s+\w*Err", text) for text in unit.enclosing(fact.line)
    ):
        return None  # the answer to a request that failed
    if found is None or any(_DEVELOPMENT.search(text) for text in unit.enclosing(fact.line)):
        return None
    if re.search(rf"(?i)\b{re.escape(found)}\b[^=\n]*=[^=\n]*hash", unit.around(fact.line)):
        return None  # what was made of it
    if re.search(r"(?i)environment variable|env(?:ironment)? var\b", fact.text):
        return None  # the name of one
    if re.fullmatch(r"(?i)_?token", found) and any(
        _OTHER_TOKEN.search(given)
        for given in re.findall(rf"\b{found}\b\s*(?::[^=\n]{{1,40}})?=(?!=)\s*([^\n]+)", unit.around(fact.line))
    ):
        return None  # the mark of a page, or of a challenge that everybody may read
    return Saw("refutes", f"{found} is written to a log or console")


@on("token-logged", "call", "d|i|w|v|e", "java")
def logged_by_android(fact: Fact, unit: Unit) -> Saw | None:
    """Android's log, whose methods have one letter."""
    return _logged(fact, unit) if re.match(r"Log\s*\.\s*\w\(", fact.text) else None


for _language, _words in _CALLS.items():
    on("token-logged", "call", _words, _language)(_logged)  # type: ignore[arg-type]


@whole("token-logged", "python", "javascript")
def in_exception(project: Project, declared: Mapping[str, object]) -> Iterable[tuple[Unit, int, Saw]]:  # noqa: ARG001
    """A credential in the text of an exception, which ends in logs and often in answers."""
    for unit in project.units:
        if unit.language in ("python", "javascript") and unit.holds("token", "secret", "password"):
            for match in islice(unit.finditer(_RAISES), MAX_EXCEPTIONS):
                opening = match.end() - 1
                text = unit.text[opening + 1 : textual.closing(unit.text, opening, MAX_MESSAGE)]
                parts = [part for part in textual.split(text) if re.search(r"\bf[\"'][^\n]*\{|`[^`]*\$\{", part)]
                found = credentials_in(parts, unit.language)
                if found and re.search(r"(?i)[a-z]_?token|secret|passw|_jwt", found):
                    line = unit.line_of(opening + 1 + text.find(found))
                    if not unit.commented(line):
                        yield unit, line, Saw("refutes", f"{found} is part of an exception's text", "derived")


_EACH_HEADER = re.compile(
    r"^[ \t]+(?:async[ \t]+)?for[ \t]+\w+,[ \t]*(?P<value>\w+)[ \t]+in[ \t]+(?P<whose>[\w.]*headers)\.items\(\):[ \t]*\n"
    r"[ \t]+(?P<logs>(?:print|\w*log\w*(?:\.\w+)*)\([^\n]*)",
    re.M,
)


@whole("token-logged", "python")
def each_header(project: Project, declared: Mapping[str, object]) -> Iterable[tuple[Unit, int, Saw]]:  # noqa: ARG001
    """Every header of a request, Authorization among them, written to a log one by one."""
    for unit in project.units:
        if unit.language == "python" and unit.holds("headers"):
            for match in islice(unit.finditer(_EACH_HEADER), MAX_EXCEPTIONS):
                said = re.search(rf"[,({{]\s*{match['value']}\b(?!\()", match["logs"])
                if said and not re.search(r"(?i)resp|answer|result|safe|redact|mask|filter|clean", match[0]):
                    line = unit.line_of(match.start("logs"))
                    yield unit, line, Saw("refutes", "every header of the request is written to a log", "derived")


MAX_MESSAGE = 800  # characters of one exception
MAX_EXCEPTIONS = 500  # of one file
_RAISES = re.compile(r"\braise\s+[\w.]+\(|\bthrow\s+new\s+[\w.]+\(")


@on(
    "token-logged",
    "name",
    r"(^|\.)(ShowPII|LogCompleteSecurityArtifact|piiLoggingEnabled|enablePiiLogging|enable_pii_log)$",
)
def personal_data(fact: Fact, unit: Unit) -> Saw | None:
    """A library told to write tokens and personal data into its logs."""
    guarded = re.search(r"IsDevelopment|NODE_ENV|DEBUG", "\n".join(unit.lines[max(0, fact.line - 4) : fact.line]))
    return (
        Saw("refutes", f"{fact.last} is on: tokens and personal data go to the log")
        if unit.true(fact.value) and not guarded
        else None
    )


@on("token-logged", "call", "WithLogging", "csharp")
def personal_data_of_msal(fact: Fact, unit: Unit) -> Saw | None:
    """MSAL.NET told by position to write personal data into its log."""
    given = fact.argument("enablePiiLogging", 2)  # after the callback and the level
    if given is None or not unit.true(given) or "enablePiiLogging" in fact.text:
        return None  # by name another judge sees it
    return Saw("refutes", "enablePiiLogging is on: tokens and personal data go to the log")


_ONE_TIME = re.compile(
    r"(?i)reset|verif|confirm|invite|unsubscribe|activat|sse|stream|magic|export\w*token|csrf|share|download|preview|handoff|"
    r"transfer|sign_?in_?token|sign_?in_?link|one_?time"
)


_NAMES = "access_token|id_token|jwt|auth_token|(?:access|auth|user|session|set|id)Token|token"


@on("token-in-query-string", "string", rf"[?&]({_NAMES})=")
def token_in_query(fact: Fact, unit: Unit) -> Saw | None:
    """A token in an address: it ends in logs, histories and Referer headers."""
    match = re.search(rf"[?&]({_NAMES})=(.*)", fact.name, re.S)
    if match is None:
        return None
    rest = "".join(unit.lines[fact.line - 1 : fact.end + 2])
    rest = rest[rest.find(match[1] + "=") :]
    callers = re.match(
        r"token=(?:\$\{|[\"'`]\s*\+\s*)(?:(?:this\.|\w+\.)*(?:user|access|session)_?[tT]oken\b|(?:window\.)?(?:local|session)Storage\.(?:getItem\(\s*[\"']\w*(?i:token|jwt)[\"']|\w*[tT]oken\b))",
        rest,
    )
    handed_back = re.match(r"token=(?:\$\{|[\"'`]\s*\+\s*)(?:jwt|token)\b", rest) and re.search(
        r"(?i)oauth|openid|oidc|\bsso|saml|callback|-cb\?", f"{unit.path} {fact.name} {_head(unit, fact)}"
    )
    if handed_back and re.search(r"(?i)mail|invit", f"{unit.path} {fact.name}"):
        handed_back = None
    if (
        match[1] == "token"
        and not callers
        and not _issued_here(rest, unit, fact)
        and (
            _ONE_TIME.search(fact.name + _head(unit, fact) + unit.lines[max(0, fact.line - 2)])
            or not (
                handed_back
                or re.search(r"(?i)(?:access|auth|user\w*|jwt|bearer|session|store|get)[\w.]*\.?_?token", rest)
            )
        )
    ):
        return None
    if re.match(r"[\w?&]*=[\"'`]\s*\+\s*_?(?:this\.)?(?:api_?)?key\b", rest):
        return None  # the key of the app itself, which another service wants there
    value = match[2].strip("\"'`")
    if value and not re.match(r"[%${\"'+]", value) and not value.startswith("&"):
        return None
    if not value and not re.match(r"[^\"'`]*[\"'`]\s*(?:\+|\.|,|%|&)", rest[len(match[1]) + 1 :]):
        return None
    return Saw("refutes", f"{match[1]} is put into an address")


def _issued_here(rest: str, unit: Unit, fact: Fact) -> bool:
    """Whether a redirect carries a token that its function signs, and that is no mark for one use."""
    name = re.match(r"token=(?:\$?\{|%s[\"'],\s*|[\"'`]\s*\+\s*)(\w*[tT]oken|jwt)\b", rest)
    near = "\n".join(unit.lines[max(0, fact.line - 3) : fact.line])
    if name is None or "edirect" not in near or _ONE_TIME.search(fact.name + near + _head(unit, fact)):
        return False
    signed = rf"\b{name[1]}(?:,\s*\w+)?\s*:?=\s*(?:await\s+)?(?:[\w]+\.)*(?:jwt\.sign|jsonwebtoken\.sign|jwt\.encode|(?i:sign|issue|generate|create|make)_?(?i:auth_?|access_?)?(?i:token|jwt)(?:Async)?|sign)\("
    return re.search(signed, unit.around(fact.line)) is not None


@on("token-in-query-string", "string", r"(?i)[?&]api_?key=", "csharp", "java")
def access_token_as_key(fact: Fact, unit: Unit) -> Saw | None:
    """A caller's token in an address, called a key there."""
    rest = "\n".join(unit.lines[fact.line - 1 : fact.end + 4])
    placed = re.search(r"(?i)[?&]api_?key=(?:\{\d|\{\w*token|\"\s*[+);])", rest)
    yes = placed and re.search(r"(?i)\baccess_?token\b|\.GetToken\(", rest) and "=" in fact.name
    return Saw("refutes", "an access token is put into an address", "derived") if yes else None


@on("token-in-query-string", "call", "FromAuthorizationHeaderOrQueryString|FromQueryString", "csharp")
def token_from_query_retrieval(fact: Fact, unit: Unit) -> Saw | None:  # noqa: ARG001 - every judge takes both
    """IdentityModel's retrieval of a token from the query."""
    yes = "TokenRetrieval" in fact.text
    return Saw("refutes", "the API takes its token from the query") if yes else None


_FROM_QUERY_CSHARP = re.compile(
    r"\bRequest\.Query(?:String)?(?:\[\s*|\.TryGetValue\(\s*|\.Get\(\s*)\"(access_?token|token|jwt|id_token)\""
    r"|\[FromQuery\(\s*Name\s*=\s*\"(access_token|jwt)\"|\[FromQuery\]\s*string\??\s+(accessToken|access_token|jwt)\b",
    re.I,
)


@whole("token-in-query-string", "csharp")
def token_from_query_csharp(project: Project, declared: Mapping[str, object]) -> Iterable[tuple[Unit, int, Saw]]:  # noqa: ARG001
    """An API that takes its token from the query; browsers' connections to a hub can send it nowhere else."""
    for unit in project.units:
        if unit.language != "csharp" or not unit.search(_FROM_QUERY_CSHARP):
            continue
        for match in unit.finditer(_FROM_QUERY_CSHARP):
            line = unit.line_of(match.start())
            name = match[1] or match[2] or match[3]
            around = unit.around(line)
            if unit.commented(line) or re.search(
                r"(?i)\bhubs?\b|/\w*hubs?\b|signalr|websocket|StartsWithSegments|notifications?\"", around
            ):
                continue
            general = name.lower() == "token" and not re.search(
                r"(?i)context\.Token\s*=|bearer|jwt|ValidateToken", around
            )
            if not general and not _ONE_TIME.search(unit.path + unit.lines[unit.function(line)[0] - 1]):
                yield unit, line, Saw("refutes", f"{name} is taken from the query", "derived")


@on("token-in-query-string", "call", "AddQueryString|SetQueryParam|AddQueryParameter|AddParameter", "csharp")
def token_in_address_csharp(fact: Fact, unit: Unit) -> Saw | None:
    """An address that is built with a token in its query."""
    if fact.last == "AddParameter" and "QueryString" not in fact.text:
        return None
    found = re.search(r"\"((?:access|id|auth|jwt)_?token|jwt|token)\"\s*[,\]]\s*=?\s*([\w.()!?]+)", fact.text, re.I)
    if found is None or not re.search(r"(?i)(?:token|jwt)\w*(?:\(.*\))?[!?]?$", found[2].rstrip(")")):
        return None
    if _ONE_TIME.search(found[2] + unit.path + unit.lines[unit.function(fact.line)[0] - 1]):
        return None
    if found[1].lower() == "token" and not re.search(r"(?i)access|jwt|bearer|auth", found[2]):
        return None
    return Saw("refutes", f"{found[1]} is put into an address", "derived")


@on("token-in-query-string", "string", "^.api_key.$", "go")
def key_from_query_go(fact: Fact, unit: Unit) -> Saw | None:
    """A middleware that takes the caller's key from the query."""
    taken = re.search(
        r"Query\(\)\.Get\($|\.Query\($|\.FormValue\($|\.Form\.Get\($", unit.lines[fact.line - 1][: fact.column - 1]
    )
    guards = re.search(r"(?i)auth|middleware|guard", unit.path)
    return Saw("refutes", "api_key is taken from the query", "derived") if taken and guards else None


@on("token-in-query-string", "string", "^.(access_token|jwt|token|auth_token).$", "go")
def token_from_query_go(fact: Fact, unit: Unit) -> Saw | None:
    """An API that takes its token from the query."""
    taken = re.search(
        r"ArgumentExtractor\{[^}]*$|Query\(\)\.Get\($|\.Query(?:Param)?\($|\.FormValue\($",
        unit.lines[fact.line - 1][: fact.column - 1],
    )
    if taken and fact.name.strip('"') in ("token", "auth_token"):
        guards = re.search(r"(?i)(?:^|/|_)(?:auth\w*|middlewares?|jwt\w*|guard)(?:/|_|\.go$)", unit.path)
        around = unit.around(fact.line)
        other = _ONE_TIME.search(unit.path + around) or re.search(r"(?i)websocket|upgrad|\bws\b", around)
        if not guards or other or not re.search(r"Authorization|(?i:bearer|parse\w*token|jwt)", around):
            return None
    return Saw("refutes", f"{fact.name.strip(chr(34))} is taken from the query") if taken else None


@on("token-in-query-string", "string", "^.token.$", "go")
def own_token_from_query_go(fact: Fact, unit: Unit) -> Saw | None:
    """A middleware that takes the caller's token from the query."""
    taken = re.search(
        r"Query\(\)\.Get\($|\.(?:Default)?Query\($|\.QueryParam\($|\.FormValue\($",
        unit.lines[fact.line - 1][: fact.column - 1],
    )
    guards = re.search(r"(?i)auth|jwt|middleware|guard", unit.path)
    if not taken or not guards or _ONE_TIME.search(unit.path + _head(unit, fact)):
        return None
    checked = re.search(r"(?i)\b(?:parse|verify|validate|check|decode)\w*\(\s*\w*token", unit.around(fact.line))
    return Saw("refutes", "the caller's token is taken from the query", "derived") if checked else None


_VALUES = re.compile(
    r"\b(\w+)\.(?:Add|Set)\(\s*\"(access_token|id_token|refresh_token|client_secret|client_assertion|password)\"\s*,\s*(?!\"\")"
)


@whole("token-in-query-string", "go")
def token_encoded_go(project: Project, declared: Mapping[str, object]) -> Iterable[tuple[Unit, int, Saw]]:  # noqa: ARG001
    """A credential among the values that become the query of an address."""
    for unit in project.units:
        if unit.language == "go" and "RawQuery" in unit.text:
            for match in unit.finditer(_VALUES):
                line = unit.line_of(match.start())
                placed = re.search(rf"\.RawQuery\s*=\s*{match[1]}\.Encode\(\)", unit.around(line))
                if placed and not unit.commented(line):
                    yield unit, line, Saw("refutes", f"{match[2]} is put into an address")


_TAKEN_JAVA = re.compile(
    r"@(?:QueryParam|RequestParam)(?:\(\s*(?:(?:value|name)\s*=\s*)?(?:\"(?P<named>[^\"\n]+)\")?[^)\n]*\))?\s+(?:final\s+)?[\w<>.]+\s+(?P<variable>\w+)"
)


@whole("token-in-query-string", "java")
def token_parameter_java(project: Project, declared: Mapping[str, object]) -> Iterable[tuple[Unit, int, Saw]]:  # noqa: ARG001
    """A resource or controller that takes the caller's token as a query parameter of a GET."""
    for unit in project.units:
        if unit.language != "java" or not unit.search(r"@(?:QueryParam|RequestParam)\b"):
            continue
        for match in unit.finditer(_TAKEN_JAVA):
            name = match["named"] or match["variable"]
            if not re.fullmatch(r"(?i)access_?token|id_?token|jwt|auth_?token|token", name):
                continue
            line = unit.line_of(match.start())
            near = "\n".join(unit.lines[max(0, line - 7) : line + 1])
            signs_in = re.search(
                r"(?i)auth|jwt|session|sign_?in|log_?in|security", f"{unit.path.rsplit('/', 1)[-1]} {near}"
            )
            if (
                re.search(r"@GetMapping|@GET\b|RequestMethod\.GET", near)
                and (name.casefold() != "token" or signs_in)
                and not _ONE_TIME.search(re.sub(r"(?i)sign_?in", "", unit.path.rsplit("/", 1)[-1] + near))
                and not unit.commented(line)
            ):
                yield unit, line, Saw("refutes", f"{name} is taken from the query", "derived")


@on("token-in-query-string", "call", "getParameter", "java")
def token_from_query_java(fact: Fact, unit: Unit) -> Saw | None:
    """A filter that takes its token from the query."""
    name = re.fullmatch(r"\"((?:X-)?(?:access[_-]?)?token|jwt)\"", fact.argument(position=0) or "", re.I)
    guards = re.search(r"(?i)(?:auth|jwt|token|security|shiro|filter|interceptor)\w*\.java$", unit.path)
    if name is None or not guards or _ONE_TIME.search(unit.path):
        return None
    return Saw("refutes", f"{name[1]} is taken from the query")


@on("token-in-query-string", "call", "queryParam|addQueryParameter|addParameter|replaceQueryParam", "java")
def token_in_address_java(fact: Fact, unit: Unit) -> Saw | None:
    """An address that is built with a token in its query."""
    name = re.fullmatch(r"\"((?:access|id|auth|jwt)?_?token|jwt)\"", fact.argument(position=0) or "", re.I)
    given = fact.argument(position=1) or ""
    if fact.last == "addParameter" and not re.search(r"URIBuilder", fact.text + unit.around(fact.line)):
        return None  # of a form
    if name is None or _ONE_TIME.search(unit.path) or not re.search(r"(?i)(?:token|jwt)\w*(?:\(.*\))?$", given):
        return None
    if _ONE_TIME.search(given) or _ONE_TIME.search(unit.lines[unit.function(fact.line)[0] - 1]):
        return None
    return Saw("refutes", f"{name[1]} is put into an address", "derived")


@on("token-logged", "call", "logPii|piiLoggingEnabled", "java")
def personal_data_of_msal4j(fact: Fact, unit: Unit) -> Saw | None:
    """MSAL for Java told to write personal data into its log."""
    given = fact.argument(position=0)
    if not given or not unit.true(given):
        return None
    return Saw("refutes", f"{fact.last} is on: tokens and personal data go to the log")


@on("token-in-query-string", "call", "setAllowUriQueryParameter", "java")
def token_from_query_spring(fact: Fact, unit: Unit) -> Saw | None:
    """Spring Security's resolver of bearer tokens told to take them from the query."""
    given = fact.argument(position=0)
    yes = given is not None and unit.true(given)
    return Saw("refutes", "the API takes its token from the query") if yes else None


@on("token-in-query-string", "call", "Set|Add", "go")
def token_in_values_go(fact: Fact, unit: Unit) -> Saw | None:
    """A token among the values of an address's query."""
    name = re.fullmatch(r"\"(access_token|id_token|jwt)\"", fact.argument(position=0) or "")
    owner = re.sub(r"\.(?:Set|Add)$", "", fact.name)
    if name is None or not re.search(
        r"(?i)(?:tok|token|jwt|AccessToken)\w*(?:\(.*\))?$", fact.argument(position=1) or ""
    ):
        return None
    plain = re.escape(owner)
    of_query = "Query()" in owner or re.search(
        rf"\b{plain}\s*:?=\s*[\w.]+\.Query\(\)|RawQuery\s*=\s*{plain}\.Encode\(|\?\"\s*\+\s*{plain}\.Encode\(",
        unit.around(fact.line),
    )
    return Saw("refutes", f"{name[1]} is put into an address") if of_query else None


@on("token-in-query-string", "name", "^TokenLookup$", "go")
def token_lookup_go(fact: Fact, unit: Unit) -> Saw | None:
    """A middleware of echo, fiber or gin-jwt that takes its token from the query."""
    found = re.search(r"\bquery:\s*(\w+)", unit.resolve(fact.value))
    if found is None or re.search(r"(?i)websocket|/ws\b|/stream", unit.around(fact.line)):
        return None
    return Saw("refutes", f"{found[1]} is taken from the query")


@on("token-in-query-string", "call", "fromUrlQueryParameter", "javascript")
def token_from_query_passport(fact: Fact, unit: Unit) -> Saw | None:  # noqa: ARG001 - every judge takes both
    """passport-jwt told to take its token from the query."""
    return Saw("refutes", "the API takes its token from the query")


@whole("token-in-query-string", "javascript", "python")
def token_from_query(project: Project, declared: Mapping[str, object]) -> Iterable[tuple[Unit, int, Saw]]:  # noqa: ARG001
    """An API that takes its token from the query."""
    for unit in project.units:
        if unit.language in ("javascript", "python") and unit.search(r"\.query|\bargs\b|query_params"):
            for match in unit.finditer(_FROM_QUERY):
                line = unit.line_of(match.start())
                name = match[1] or match[2]
                refuses = re.search(r"\bif\b", unit.lines[line - 1]) and re.search(
                    r"(?i)fail|throw|raise|error|reject|40[013]|unsupported", "\n".join(unit.lines[line : line + 3])
                )
                beside = re.search(
                    r"(?i)headers?(?:\.|\[[\"']|\([\"']|\.get\([\"'])(?:x-)?(?:access-|auth-)?(?:token|authorization)\b",
                    "\n".join(unit.lines[line - 1 : line + 2]),
                )
                general = name == "token" and not (
                    beside
                    or re.search(r"(?i)auth", unit.path.rsplit("/", 1)[-1])
                    or (
                        re.search(r"(?i)passport|jwt|extract", unit.path.rsplit("/", 1)[-1])
                        and re.search(r"(?i)\bauthorization\b", unit.around(line))
                    )
                )
                if (
                    not general
                    and not refuses
                    and not unit.commented(line)
                    and not _ONE_TIME.search(unit.path + unit.lines[unit.function(line)[0] - 1])
                ):
                    yield unit, line, Saw("refutes", f"{name} is taken from the query")


_FROM_QUERY = re.compile(
    r"\b(?:req|request|ctx\.request|ctx)\.query(?:\.|\[[\"'])(access_token|token|jwt)\b"
    r"|\brequest\.(?:args|query_params)(?:\.get\(|\[)\s*[\"'](access_token|jwt|api_key)[\"']"
)


def _head(unit: Unit, fact: Fact) -> str:
    first, _ = unit.function(fact.line)
    return unit.lines[first - 1]


@whole("token-in-query-string", "python")
def token_of_socket(project: Project, declared: Mapping[str, object]) -> Iterable[tuple[Unit, int, Saw]]:  # noqa: ARG001
    """A web socket of FastAPI that takes its token from the query."""
    for unit in project.production("python"):
        for match in unit.finditer(r"\bWebSocket\b[^()\n]{0,200}\b((?:access_)?token)\s*:\s*[^=,()\n]+=\s*Query\("):
            yield unit, unit.line_of(match.start(1)), Saw("refutes", f"{match[1]} is taken from the query")


@on("token-in-query-string", "name", r"JWT_TOKEN_LOCATION[\"'\]]*$", "python")
def token_location_flask(fact: Fact, unit: Unit) -> Saw | None:
    """Flask-JWT-Extended told to take tokens from the query."""
    yes = re.search(r"[\"']query_string[\"']", unit.resolve(fact.value))
    return Saw("refutes", "the API takes its token from the query") if yes else None


@on("token-in-query-string", "name", r"^[\"']?(access_token|id_token)[\"']?$", "python", "javascript")
def token_in_params(fact: Fact, unit: Unit) -> Saw | None:
    """A token among the query parameters of a request."""
    before = "\n".join(unit.lines[max(0, fact.line - 4) : fact.line]).split(fact.text)[0]
    named = re.search(r"\b(\w*params)\s*=\s*dict\([^)]*$", before)
    given = re.search(r"\bparams\s*[=:]\s*\{[^}]*$|\burl_concat\([^()]*(?:dict\([^)]*|\{[^}]*)$", before) or (
        named and re.search(rf"\bparams\s*=\s*{named[1]}\b", unit.around(fact.line))
    )
    return Saw("refutes", f"{fact.last} is a query parameter of a request") if given else None


# --- samples of logs that the team declares ----------------------------------------------------------------------

MAX_SAMPLE = 50_000_000  # bytes of one file
MAX_TOKENS = 20  # places that are shown of one file
_SIGNED = re.compile(rb"\beyJ[\w-]{8,}\.[\w-]{8,}\.[\w-]{20,}(?:\.[\w-]+)*")


def tokens_in(path: Path) -> Iterator[tuple[int, str]]:
    """Yield the line of each signed or encrypted token in the log *path*, with what it is; the token is not kept.

    At most `MAX_TOKENS`. Raises OSError when the file cannot be read or is larger than `MAX_SAMPLE`.
    """
    if path.stat().st_size > MAX_SAMPLE:
        raise OSError(f"it is larger than {MAX_SAMPLE // 1_000_000} MB")
    found = 0
    with path.open("rb") as file:
        for number, line in enumerate(file, 1):
            for match in _SIGNED.finditer(line) if b"eyJ" in line else ():
                if _is_header(match[0].split(b".", 1)[0]):
                    yield number, "the log holds a JSON Web Token"
                    found += 1
                    break
            if found == MAX_TOKENS:
                return


def _is_header(part: bytes) -> bool:
    """Whether *part* is the header of a JSON Web Token (RFC 7515, section 4.1.1): an object that names an algorithm."""
    try:
        header = json.loads(base64.urlsafe_b64decode(part + b"=" * (-len(part) % 4)))
    except (ValueError, binascii.Error, RecursionError):
        return False
    return isinstance(header, dict) and isinstance(header.get("alg"), str)
