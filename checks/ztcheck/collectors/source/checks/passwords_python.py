"""Passwords of the app's own in Python: compared, looked up with a user, asked for by a framework or by a sign-in route."""

from __future__ import annotations

import re
from itertools import islice
from typing import TYPE_CHECKING

from ztcheck.collectors.source import textual
from ztcheck.collectors.source.model import Project, Saw, Unit
from ztcheck.collectors.source.registry import whole

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from ztcheck.collectors.source.handlers import Handler

MAX_PLACES = 50  # of one kind in one file
_WORDS = ("password", "passwd", "pwd", "psw", "passphrase")
_PASSWORD = re.compile(r"(?i)passw(?:or)?d|passphrase|(?:\b|_)(?:pwd|psw)\b|\.pw\b")
# What is compared with a password where somebody chooses or changes one, and passwords that are nobody's sign-in.
_NOT_CALLERS = re.compile(
    r"(?i)confirm|repeat|again|retype|re_?enter|new_?passw|old_?passw|current_?passw|passw(?:or)?d_?[12]\b|passw(?:or)?d_?(?:check|verif)|second|\bother\.|"
    r"(?:smtp|imap|e?mail|proxy|redis|mongo|db|database|postgres\w*|mysql|sql|certificate|pfx|zip|pdf|archive|room|share|file|keystore|wifi|ssh|ftp|broker|mqtt|rabbit\w*)_?\w*passw|"
    r"default_?passw|default_?pwd|placeholder|\b(?:os\.)?getcwd|hash_?type|token_?type|grant_?type|\bhmac\(|session_?hash"
)
_OPERAND = r"(?:[rbf]?\"[^\"\n]*\"|[rbf]?'[^'\n]*'|(?<![\w.])[A-Za-z_]\w*(?:\.\w+|\((?:[^()\n]|\([^()\n]*\))*\)|\[[^\[\]\n]*\])*)"
_COMPARED = re.compile(
    rf"(?P<left>{_OPERAND})\s*[!=]=\s*(?P<right>{_OPERAND})|\(\s*(?P<names>\w+\s*,\s*\w+)\s*\)\s*==\s*\(\s*(?P<pair>[^()\n]+)\)"
)
# What the app keeps: of a record, a table of users, the settings.
_KEPT = re.compile(
    r"(?i)\b(?:os\.)?(?:environ|getenv)\b|settings\b|config\w*\b|secrets\b|\bself\.\w|\w(?:\.|\[)|(?-i:^[A-Z][A-Z0-9_]+$)|stored|saved|expected|correct|actual|real|valid|hash|digest|^\w*user\w*$|^row\b|^record\b"
)
# What somebody typed, by its name.
_TYPED = re.compile(r"(?i)(?:pw|pass|(?:\w+_)?(?:entered|typed|given|provided|submitted|attempt|guess|input)\w*)")
_SIGN_IN = re.compile(
    r"(?i)log_?in|sign_?in|auth|\busers?\b|username|user_?name|admin|session|account|credential|e?mail"
)
_CHANGES = re.compile(
    r"(?i)\bdef\s+\w*(?:change|reset|update|validate_passw|validate_confirm|clean|create|register|sign_?up|set_|strength|__eq__|generate|migrat|test_)"
)
_DIGEST = re.compile(r"\bcompare_digest\(")
_LOOKED_UP = re.compile(
    r"(?:\.(?:filter_by|filter|get_or_none)|\bobjects\.(?:get|filter)|\b[A-Z]\w*\.get|\bget_object_or_404)\((?:[^()]|\((?:[^()]|\([^()]*\))*\)){0,300}?(?<![\w.\"'])(?:hashed_?)?(?:password|passwd|pwd)(?:_?hash)?\s*=(?!=)"
)
_COLUMN = re.compile(
    r"(?<![\w.])[A-Z]\w*\.(?:hashed_?)?(?:password|passwd|pwd)(?:_?hash)?\s*==\s*(?!None\b|[\"']{2}|sql|null)"
)
# What a framework is told, and what it then asks for.
_FRAMEWORKS = (
    (re.compile(r"@(?:cl|chainlit)\.password_auth_callback\b"), "chainlit asks for a password of the app's own"),
    (re.compile(r"@\w*auth\w*\.(?:verify_password|get_password|hash_password)\b"), "basic authentication asks for a password of the app's own"),
    (re.compile(r"\b(?:dash_auth\.|flask_basicauth\.)?BasicAuth\(\s*(?:app|server|self\.app)\b"), "basic authentication asks for a password of the app's own"),
    (re.compile(r"\b(?:stauth|streamlit_authenticator)\.Authenticate\("), "streamlit-authenticator asks for a password of the app's own"),
    (re.compile(r":\s*(?:Annotated\[\s*)?(?:\w+\.)?HTTPBasicCredentials\b"), "basic authentication asks for a password of the app's own"),
    (re.compile(r"\b(?:TokenObtain(?:Pair|Sliding)View|ObtainAuthToken|ObtainJSONWebToken)\.as_view\(|,\s*(?:\w+\.)*obtain_(?:auth|jwt)_token\b"), "a token is given for a password of the app's own"),
    (re.compile(r"\binclude\(\s*[\"'](?:django\.contrib\.auth\.urls|djoser\.urls\.(?:authtoken|jwt))[\"']"), "Django's sign-in asks for a password of the app's own"),
    (re.compile(r"\bAUTH_TYPE\s*=\s*AUTH_DB\b"), "Flask-AppBuilder asks for passwords of the app's own"),
    (re.compile(r"\bSecurity\(\s*(?:app\s*,\s*)?\w*datastore\b"), "Flask-Security asks for passwords of the app's own"),
    (re.compile(r"\.get_auth_router\("), "FastAPI Users asks for passwords of the app's own"),
)  # fmt: skip
_LAUNCHED = re.compile(r"\.launch\((?:[^()]|\([^()]*\)){0,600}?\bauth\s*=\s*(?P<value>(?!None\b)[^\n]+)")
_PASSWORD_ROUTE = re.compile(
    r"(?i)(?:^|/)(?:log-?_?in|sign-?_?in|authenticate|auth|tokens?|sessions?|access-?_?token)/?(?:\{|<|$)"
)
_TAKES = re.compile(
    r"(?i)(?:form|json|data|body|values|POST|payload|params|args|credentials?|creds|user|login|request|req|get_json\(\))\w*(?:\.get\(\s*[\"']|\[\s*[\"']|\.)(?:password|passwd|pwd|psw)\b"
    r"|\bdef\s+\w+\([^()]*\b(?:password|passwd)\s*[:=,)]"
)
_ELSEWHERE = re.compile(
    r"(?i)by_username_password|UsernamePassword|supabase|firebase|cognito|keycloak|requests\.(?:post|get)|httpx|\.post\(|ldap|grpc|fetch_token|password_grant|grant_type"
)


@whole("local-password-login", "python")
def password_compared_python(project: Project, declared: Mapping[str, object]) -> Iterable[tuple[Unit, int, Saw]]:  # noqa: ARG001
    """A password that is compared with a kept one, or that a user is looked up with."""
    for unit in project.units:
        if unit.language != "python" or not unit.holds(*_WORDS) or re.search(r"(?i)seed|migration", unit.path):
            continue
        told: set[int] = set()
        for line, message in (*_compared(unit), *_looked_up(unit)):
            if line not in told and not unit.commented(line):
                told.add(line)
                yield unit, line, Saw("refutes", message, "derived")


def _compared(unit: Unit) -> Iterator[tuple[int, str]]:
    message = "the app compares passwords itself"
    for number, line in enumerate(unit.lines, 1):
        if len(line) > 500 or not (("==" in line or "!=" in line) and _PASSWORD.search(line)):
            continue
        for match in _COMPARED.finditer(line):
            if match["names"]:
                yes = bool(re.search(r"(?i)passw|pwd", match["names"]))
            else:
                yes = _says_right(match["left"], match["right"])
            if yes and not _NOT_CALLERS.search(match[0]) and _signs_in(unit, number):
                yield number, message
    for match in islice(unit.finditer(_DIGEST), MAX_PLACES):
        line_of = unit.line_of(match.start())
        given = unit.text[match.end() : textual.closing(unit.text, match.end() - 1, 400)]
        if _PASSWORD.search(given) and not _NOT_CALLERS.search(given) and _signs_in(unit, line_of):
            yield line_of, message


def _says_right(left: str, right: str) -> bool:
    """Whether to compare these two says that a password is right: one is a password, the other what the app keeps."""
    for one, other in ((left, right), (right, left)):
        if one[:1] in "\"'" or one[1:2] in "\"'" or not _PASSWORD.search(one) or re.match(r"len\(|type\(", one):
            continue
        literal = textual.unquote(other.lstrip("rbf"))
        if literal is not None:
            if re.search(r"\w{3}", literal) and not re.fullmatch(
                r"(?i)password|passwd|string|text|basic|oauth2?", literal
            ):
                return not re.search(r"(?i)type|mode|kind|method|action|field|step|state|status|error|flow", one)
            continue
        if other in ("None", "True", "False") or re.match(r"(?:len|type)\(", other):
            continue
        owners = [re.split(r"[.\[(]", side)[0] for side in (one, other)]
        if owners[0] == owners[1] and re.search(r"[.\[]", one) and re.search(r"[.\[]", other):
            continue  # two fields of one form
        if _KEPT.search(other) or (_KEPT.search(one) and (_PASSWORD.search(other) or _TYPED.fullmatch(other))):
            return True
    return False


def _signs_in(unit: Unit, line: int) -> bool:
    head = unit.lines[unit.function(line)[0] - 1]
    around = "\n".join(unit.lines[max(0, line - 12) : line + 6])
    return not _CHANGES.search(head) and bool(_SIGN_IN.search(around))


def _looked_up(unit: Unit) -> Iterator[tuple[int, str]]:
    for pattern in (_LOOKED_UP, _COLUMN):
        for match in islice(unit.finditer(pattern), MAX_PLACES):
            if not _NOT_CALLERS.search(match[0]):
                yield unit.line_of(match.start()), "a user is looked up by name and password"


@whole("local-password-login", "python")
def password_of_framework(project: Project, declared: Mapping[str, object]) -> Iterable[tuple[Unit, int, Saw]]:  # noqa: ARG001
    """A framework that is told to ask for passwords, and a sign-in route that takes one."""
    for unit in project.production("python"):
        for pattern, message in _FRAMEWORKS:
            for match in islice(unit.finditer(pattern), MAX_PLACES):
                line = unit.line_of(match.start())
                before = unit.lines[line - 1][: match.start() - unit.text.rfind("\n", 0, match.start()) - 1]
                own = "def password_auth_callback" in unit.text  # the framework itself
                if not own and "#" not in before and not re.match(r"\s*(?:from|import|class)\b", before):
                    yield unit, line, Saw("refutes", message, "derived")
        for match in unit.finditer(_LAUNCHED) if unit.holds("gradio") else ():
            line = unit.line_of(match.start("value"))
            yield unit, line, Saw("refutes", "Gradio asks for a password of the app's own", "derived")
        if not unit.holds(*_WORDS):
            continue
        for handler in unit.handlers:
            if "POST" in handler.methods and _PASSWORD_ROUTE.search(handler.route) and _takes(unit, handler):
                message = f"{handler.route} takes a password of the app's own"
                yield unit, handler.line, Saw("refutes", message, "derived")


_CHECKED = re.compile(
    r"(?i)(?:check|verify|compare|match)_?\w*(?:passw|pwd|hash|pw\b)|bcrypt|argon2|scrypt|pbkdf2|passw\w*[\"'\])]*\s*[!=]=(?!\s*(?:None|[\"']{2}|\d))|[!=]=\s*\w*passw|compare_digest|"
    r"\bauthenticate\([^)]*password\s*=|OAuth2PasswordRequestForm|\bselect\b.*\bwhere\b|filter_by\([^)]*password"
)


def _takes(unit: Unit, handler: Handler) -> bool:
    """Whether a sign-in's *handler* takes a password and hands it on within the app."""
    body = handler.body(unit)
    return bool(_TAKES.search(body)) and not _CHECKED.search(body) and not _ELSEWHERE.search(body)
