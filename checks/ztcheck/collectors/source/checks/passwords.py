"""Passwords of the app's own, beside those that `operations` sees compared: routes that take them, stored users."""

from __future__ import annotations

import re
from itertools import islice
from typing import TYPE_CHECKING

from ztcheck.collectors.source import textual
from ztcheck.collectors.source.checks.unguarded import DEFINED, Definitions
from ztcheck.collectors.source.model import CODE, Fact, Project, Saw, Unit
from ztcheck.collectors.source.registry import on, whole

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping


@on("local-password-login", "call", "authenticate", "python")
def password_of_django(fact: Fact, unit: Unit) -> Saw | None:  # noqa: ARG001 - every judge takes both
    """A name and a password that are handed to Django's back ends."""
    given = {keyword for keyword, _ in fact.arguments()}
    yes = re.search(r"(?:^|\bauth\.)authenticate$", fact.name) and "password" in given
    return Saw("refutes", "authenticate: the app checks passwords itself", "derived") if yes else None


@on("local-password-login", "call", r"LoginView\.as_view", "python")
def form_of_django(fact: Fact, unit: Unit) -> Saw | None:
    """Django's own view of a sign-in with a password."""
    own = fact.name.startswith("LoginView") and not unit.search(r"contrib\.auth\.views import[^\n]*\bLoginView\b")
    yes = not own and unit.search(r"\bdjango\.contrib\.auth\b")
    return Saw("refutes", "LoginView asks for a password of the app's own") if yes else None


@on("local-password-login", "call", "authenticate|AuthGuard|createStrategy|plugin", "javascript")
def password_of_passport(fact: Fact, unit: Unit) -> Saw | None:
    """Passport's local strategy: in use, as a guard of NestJS, or made by passport-local-mongoose."""
    given = fact.argument(position=0) or ""
    if fact.last in ("authenticate", "AuthGuard"):
        passport = fact.last == "AuthGuard" or fact.name.endswith("passport.authenticate")
        yes = passport and (textual.unquote(given) or "").split("-")[0].casefold() == "local"
    elif fact.last == "plugin":
        yes = bool(re.match(r"(?i)passport_?local_?mongoose", given))
    else:
        yes = not given and "passport" in unit.text
    return Saw("refutes", f"{fact.last}: passport checks passwords of the app's own") if yes else None


_PAGE = re.compile(r"\.(?:tsx|jsx|vue|html)$|(?:^|/)(?:frontend|client|mobile|webapp|ui)/")


@on(
    "local-password-login",
    "call",
    "matchPassword|match_password|matchesPassword|passwordMatches|isPasswordMatch|isPasswordMatching|isPasswordValid|is_password_valid|"
    "isPasswordCorrect|is_password_correct|isValidPassword|is_valid_password|validPassword|valid_password|validatePassword|validate_password|"
    "checkPassword|verifyPassword|comparePasswords|compare_password|compare_passwords|correctPassword|correct_password|isCorrectPassword|"
    "isPasswordMatched|isMatchPassword|checkPasswordHash|comparePass|checkPass|validatePass|passwordIsValid|verifyHash|compareHash|checkHash",
    "python",
    "javascript",
)
def password_named(fact: Fact, unit: Unit) -> Saw | None:
    """A function of the app's own that says whether a password is a user's."""
    if _PAGE.search(unit.path) or fact.last == "validate_password":
        return None  # a page that asks its API; in Python, whether a new password is strong enough
    given = [value for _, value in fact.arguments()]
    stored = any(
        re.search(r"(?i)hash|stored|\b(?:user|account|admin|member|row|found|existing)\w*(?:\.|\[)", value)
        for value in given
    )
    held = re.search(r"(?i)\b(?:user|account|admin|member|found|existing|row|doc|this\.user)\w*[!?]*\.\w+$", fact.name)
    yes = (len(given) >= 2 and stored) or (held and len(given) == 1) or (held and len(given) == 2 and "=>" in given[1])
    if not yes or (
        re.search(r"(?i)valid", fact.last)
        and re.search(r"(?i)policy|strength|rules?\b|schema|forms?\b", fact.text + fact.name)
    ):
        return None
    return Saw("refutes", f"{fact.last}: the app checks passwords itself", "derived")


_HASHES = re.compile(r"(?i)\b\w*(?:hash|argon2|scrypt|bcrypt|crypt)\w*(?:\(\))?\.(?:compare|verify)$")
_SENT_PASSWORD = re.compile(r"(?i)\bpass(?:word|wd)?\b|\bpwd\b|\.password$")
_KEPT_PASSWORD = re.compile(r"(?i)\w[!?]?\.\w*(?:passw|pwd|hash)\w*$|^\w*hash\w*$|^stored\w*$")


@on("local-password-login", "call", "compare|verify", "javascript")
def password_of_hasher(fact: Fact, unit: Unit) -> Saw | None:
    """A service of the app's own, or a library, that compares a password with the hash that the app keeps."""
    given = [value for _, value in fact.arguments()]
    if len(given) != 2 or not _HASHES.search(fact.name) or _PAGE.search(unit.path):
        return None
    if re.search(r"(?i)token|\botp|\bcode|api_?key", " ".join(given)):
        return None
    for sent, kept in (given, given[::-1]):
        if _SENT_PASSWORD.search(sent) and _KEPT_PASSWORD.search(kept):
            return Saw("refutes", f"{fact.last}: the app checks passwords itself", "derived")
    return None


@on("local-password-login", "call", "attempt|verifyCredentials|authenticate", "javascript")
def password_of_adonis(fact: Fact, unit: Unit) -> Saw | None:
    """A model of users, such as that of AdonisJS, that is asked for the one with a name and a password."""
    given = [value for _, value in fact.arguments()]
    if fact.last == "authenticate":
        asked = re.search(r"\b(?:User|Account|Admin|Member)\w*\.authenticate$", fact.name)
        yes = asked and len(given) >= 2 and _SENT_PASSWORD.search(given[1])
        return Saw("refutes", f"{fact.last}: the app checks passwords itself", "derived") if yes else None
    named = re.search(r"\bauth(?:\.use\([^()]*\))?\.attempt$|\b[A-Z]\w*\.verifyCredentials$", fact.name)
    yes = named and len(given) >= 2 and _SENT_PASSWORD.search(given[1])
    adonis = yes and unit.search(r"@adonisjs|@ioc:|#models/|HttpContext")
    return Saw("refutes", f"{fact.last}: the app checks passwords itself", "derived") if adonis else None


@on("local-password-login", "call", "digest", "javascript")
def password_hashed_at_sign_in(fact: Fact, unit: Unit) -> Saw | None:
    """A password that a sign-in hashes itself, to compare it with what the app keeps."""
    hashed = re.search(r"\bcreate(?:Hash|Hmac)\(", fact.text) and re.search(
        r"\.update\([^()\n]*(?i:\bpass(?:word|wd)?\b|\bpwd\b)", fact.text
    )
    if not hashed:
        return None
    first, _ = unit.function(fact.line)
    head = unit.lines[first - 1]
    signs_in = re.search(
        r"(?i)log_?in|sign_?in|authenticat|(?:check|verify|validate|compare)_?(?:user|pass|cred)", head
    )
    yes = signs_in and not re.search(r"(?i)regist|sign_?up|create_?user|reset|change", head)
    return Saw("refutes", "a sign-in hashes passwords of the app's own", "derived") if yes else None


_HASH_COMPARED = re.compile(
    r"\b(?:\w+\.)?(?:md5|sha1|sha256|sha512|hash\w*|encrypt\w*)\(\s*(?:\w+\.)*(?:[pP]assw\w*|pwd|pass)\b[^()\n]{0,60}\)\s*[!=]==?\s*"
    r"(?:\w+[!?]?(?:\[\d\])?\.)+\w*(?:[pP]ass|[hH]ash|[pP]wd)\w*"
    r"|\b(?:\w+[!?]?(?:\[\d\])?\.)+\w*(?:[pP]ass|[hH]ash|[pP]wd)\w*\s*[!=]==?\s*"
    r"(?:\w+\.)?(?:md5|sha1|sha256|sha512|hash\w*|encrypt\w*)\(\s*(?:\w+\.)*(?:[pP]assw\w*|pwd|pass)\b"
)


@whole("local-password-login", "javascript")
def password_hash_compared(project: Project, declared: Mapping[str, object]) -> Iterable[tuple[Unit, int, Saw]]:  # noqa: ARG001
    """A hash of the password that was sent, beside the one that the app keeps."""
    for unit in project.production("javascript"):
        for match in islice(unit.finditer(_HASH_COMPARED), MAX_COMPARED) if unit.holds("pass", "pwd") else ():
            line = unit.line_of(match.start())
            if not unit.commented(line) and not _PAGE.search(unit.path):
                yield unit, line, Saw("refutes", "the app compares passwords itself", "derived")


MAX_COMPARED = 50  # of one file


# Where a model of stored users begins, by language, and what its password looks like; the end of the model is the end
# of the brackets that open with it, in Python that of the class.
_MODELS = {
    "python": (
        re.compile(
            r"(?m)^class[ \t]+\w*(?:User|Account|Member|Admin|Customer|Person)\w*\(\s*(?=[^)\n]*(?:Base|Model|Document|table=True|AbstractUser|AbstractBaseUser))[^)\n]*\)\s*:"
        ),
        re.compile(
            r"(?m)^[ \t]+_?(?:hashed_?)?(?:password|passwd|pwd)(?:_?hash|_digest)?[ \t]*(?::[^=\n]+)?=[ \t]*(?:\w+\.)*(?:Column|mapped_column|CharField|TextField|BinaryField|StringField)\("
        ),
    ),
    "javascript": (
        re.compile(
            r"\bnew[ \t]+(?:[\w.]+\.)?Schema(?:<[^>\n]*>)?\(|\.define\(\s*[\"'`]\w*(?i:user|account|member|admin|customer)\w*[\"'`]|"
            r"\b\w*(?i:user|account|member|admin|customer)\w*\.init\(|@(?:Entity|Table|ObjectType|Schema)\([^\n]*\)\s*(?:@[^\n]*\s*)*export[ \t]+(?:abstract[ \t]+)?class[ \t]+\w*(?:User|Account|Member|Admin|Customer)\w*(?![\w]*(?:Dto|DTO|Input|Args|Response))"
        ),
        re.compile(
            r"(?m)^[ \t]*(?:private[ \t]+|public[ \t]+)?[\"']?(?:hashed_?)?(?:password|passwd|pwd)(?:_?[hH]ash)?[\"']?[!?]?[ \t]*:[ \t]*(?:\{|String\b|string\b|(?:\w+\.)?(?:DataTypes|Sequelize)\.)"
        ),
    ),
    "java": (
        re.compile(
            r"@(?:Entity|Document|Table|TableName)\b(?:\([^)]*\))?\s*(?:@[\w.]+(?:\([^)]*\))?\s*)*public[ \t]+class[ \t]+\w*(?:User|Account|Member|Admin|Customer)\w*"
        ),
        re.compile(r"(?m)^[ \t]*(?:private|protected)[ \t]+String[ \t]+(?:hashed)?[pP]ass(?:word|wd)(?:Hash)?[ \t]*;"),
    ),
    "go": (
        re.compile(
            r"(?m)^type[ \t]+\w*(?:User|Account|Member|Admin|Customer)\w*[ \t]+struct[ \t]*(?=\{[^}]*(?:gorm|bson|db|xorm|bun):)"
        ),
        re.compile(r"(?m)^[ \t]+(?:Hashed)?Pass(?:word|wd)(?:Hash)?[ \t]+(?:\*?string|\[\]byte)[ \t]*`"),
    ),
    "csharp": (
        re.compile(
            r"\bclass[ \t]+(?:User|AppUser|ApplicationUser|Account|Member|Admin|Customer)(?:Entity|Model)?\b(?=[^{\n]*\n?)"
        ),
        re.compile(
            r"(?m)^[ \t]*public[ \t]+(?:required[ \t]+)?(?:string\??|byte\[\])[ \t]+(?:Hashed)?Password(?:Hash)?[ \t]*\{"
        ),
    ),
}
_STORED = re.compile(r"DbSet<|\[Key\]|\[Table|EntityTypeBuilder|BsonId|: *(?:Base)?Entity\b")
_SENT = re.compile(
    r"(?i)(?:dto|request|input|form|serializer|validat|command|payload|response|viewmodel|schemas?)(?:s|/|\.|_|$)"
)
# Accounts that the app has with others.
_ELSEWHERE = re.compile(r"(?i)mail|smtp|imap|ftp|bank|proxy|database|storage|cloud|service_?account|external|provider")
MAX_MODEL = 20_000  # characters of one model


def _model(unit: Unit, start: int, end: int) -> str:
    """The text of the model that begins at *start*: to the end of its brackets, or of a class of Python."""
    if unit.language == "python":
        after = re.compile(r"(?m)^[^\s#)]").search(unit.text, end)
        return unit.text[end : after.start() if after else len(unit.text)]
    opening = unit.text.find("{", start)
    return unit.text[opening : textual.closing(unit.text, opening, MAX_MODEL)] if opening >= 0 else ""


@whole("local-password-login", *CODE)
def password_stored(project: Project, declared: Mapping[str, object]) -> Iterable[tuple[Unit, int, Saw]]:  # noqa: ARG001
    """A model of stored users that has a password."""
    for unit in project.production(*_MODELS):  # type: ignore[arg-type]
        if not unit.holds("password", "passwd", "pwd") or _SENT.search(unit.path.rsplit("/", 1)[-1]):
            continue
        begins, column = _MODELS[unit.language]
        if unit.language == "csharp" and not unit.search(_STORED):
            continue
        for begin in islice(unit.finditer(begins), 20):
            named = begin[0] + unit.path.rsplit("/", 1)[-1]
            if not re.search(r"(?i)user|account|member|admin|customer|person", named) or _ELSEWHERE.search(begin[0]):
                continue
            opening = unit.text.find("{", begin.start())
            offset = begin.end() if unit.language == "python" else opening
            found = column.search(_model(unit, begin.start(), begin.end()))
            line = unit.line_of(offset + found.start() + 1) if found else 0
            if found and not unit.commented(line):
                yield unit, line, Saw("refutes", "users are stored with a password", "derived")
                break


_SIGN_IN = re.compile(r"(?i)(?:^|/)(?:log-?_?in|sign-?_?in|authenticate|tokens?|sessions?)/?$")


@whole("local-password-login", "javascript")
def password_route(project: Project, declared: Mapping[str, object]) -> Iterable[tuple[Unit, int, Saw]]:  # noqa: ARG001
    """A sign-in route whose handler takes a password and hands it on within the app."""
    units = list(project.production("javascript"))
    definitions: Definitions | None = None
    for unit in units:
        if not unit.search(_SIGN_IN_CALL):
            continue
        for handler in unit.handlers:
            if "POST" not in handler.methods or not _SIGN_IN.search(handler.route):
                continue
            if handler.first:
                body = handler.body(unit)
                if re.search(r"(?i)passw(?:or)?d", body) and not _CHECKED_HERE.search(body):
                    yield (
                        unit,
                        handler.line,
                        Saw("refutes", f"{handler.route} takes a password of the app's own", "derived"),
                    )
                continue
            definitions = definitions or Definitions(units, DEFINED)
            text = "\n".join(unit.lines[handler.line - 1 : handler.line + 6])
            opening = text.find("(")
            given = textual.split(text[opening + 1 : textual.closing(text, opening)]) if opening >= 0 else []
            name = given[-1].strip().rsplit(".", 1)[-1] if given else ""
            if re.fullmatch(r"[A-Za-z_$][\w$]*", name) and any(
                re.search(r"(?i)passw(?:or)?d", body) for body in definitions.bodies(name)
            ):
                yield (
                    unit,
                    handler.line,
                    Saw("refutes", f"{handler.route} takes a password of the app's own", "derived"),
                )


# What `password_login` and its like tell of, or what hands the password to somebody else.
_CHECKED_HERE = re.compile(
    r"(?i)bcrypt|argon2|scrypt|pbkdf2|(?:check|verify|match|compare|valid\w*)_?passw|passwordmatch|authenticate\(|passw(?:or)?d\s*={2,3}|"
    r"\bfetch\(|axios|signInWith|auth\.api\b|supabase|firebase|cognito"
)
_SIGN_IN_CALL = re.compile(
    r"(?i)\.(?:post|route)\(\s*[\"'`][^\"'`\n]*(?:log-?_?in|sign-?_?in|authenticate|tokens?|sessions?)/?[\"'`]"
)


@whole("local-password-login", "python")
def password_request_form(project: Project, declared: Mapping[str, object]) -> Iterable[tuple[Unit, int, Saw]]:  # noqa: ARG001
    """A sign-in route that takes FastAPI's form of name and password."""
    for unit in project.production("python"):
        if "OAuth2PasswordRequestForm" in unit.text:
            for handler in unit.handlers:
                head = handler.guards + handler.body(unit).split("):", 1)[0]
                if "OAuth2PasswordRequestForm" in head and "POST" in handler.methods:
                    yield (
                        unit,
                        handler.line,
                        Saw("refutes", f"{handler.route} takes a password of the app's own", "derived"),
                    )
