"""Tokens and keys as Go's libraries are told of them: golang-jwt, go-jose, jwx, gorilla, gin, echo, viper."""

from __future__ import annotations

import re
from itertools import islice
from typing import TYPE_CHECKING

from ztcheck.collectors.source import secret, textual
from ztcheck.collectors.source.checks.tokens import HELPER, mixed
from ztcheck.collectors.source.model import Fact, Project, Saw, Unit
from ztcheck.collectors.source.registry import on, whole

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

MAX_PLACES = 100  # of one pattern in one file
MAX_LITERAL = 3000  # characters of one composite literal or call


def _places(unit: Unit, pattern: re.Pattern[str]) -> Iterator[tuple[int, re.Match[str]]]:
    """The line of each match of *pattern* that is no comment."""
    for match in islice(unit.finditer(pattern), MAX_PLACES):
        line = unit.line_of(match.start())
        if not unit.commented(line):
            yield line, match


def _inside(unit: Unit, opening: int) -> str:
    """The text between the bracket at *opening* and the one that closes it."""
    return unit.text[opening + 1 : textual.closing(unit.text, opening, MAX_LITERAL)]


# --- what the app issues -----------------------------------------------------------------------------------------

_ISSUED = re.compile(r"\bjwt\.(?:NewWithClaims|New)\(")


@whole("expiry-check-disabled", "go")
def issued_forever(project: Project, declared: Mapping[str, object]) -> Iterable[tuple[Unit, int, Saw]]:  # noqa: ARG001
    """A token that golang-jwt signs without any expiry: whoever verifies it finds none that has passed."""
    for unit in project.units:
        for line, match in _places(unit, _ISSUED) if unit.language == "go" else ():
            around = unit.around(line)
            if re.search(r"(?i)exp|\bhtu\b|dpop|\bttl\b|lifetime|validity", around) or "Signed" not in around:
                continue
            given = textual.split(_inside(unit, match.end() - 1))
            claims = given[1] if len(given) == 2 else ""
            written = re.match(r"&?(?:jwt\.)?\w+\{", claims)
            if re.fullmatch(r"\w+", claims):
                written = re.search(rf"\b{claims}\s*(?::=|=)\s*&?(?:jwt\.)?\w*(?:Claims|claims)\w*\{{", around)
            elif len(given) == 1:
                written = re.search(r"\.Claims\s*=|:?=\s*\w+\.Claims\.\(", around)
            if written:
                yield unit, line, Saw("refutes", "a token is issued that never expires", "derived")


@on("signature-check-disabled", "call", "RegisterSigningMethod", "go")
def none_registered(fact: Fact, unit: Unit) -> Saw | None:  # noqa: ARG001 - every judge takes both
    """golang-jwt taught another spelling of the algorithm none."""
    yes = (textual.unquote(fact.argument(position=0) or "") or "").casefold() == "none"
    return Saw("refutes", "tokens with the algorithm none are taken") if yes else None


@whole("token-in-query-string", "go")
def taken_by_jwtauth(project: Project, declared: Mapping[str, object]) -> Iterable[tuple[Unit, int, Saw]]:  # noqa: ARG001
    """jwtauth of chi, told to take the caller's token from the query too."""
    for unit in project.units:
        for match in unit.finditer(r"\bjwtauth\.TokenFromQuery\b") if unit.language == "go" else ():
            line = unit.line_of(match.start())
            if not unit.commented(line):
                yield unit, line, Saw("refutes", "the API takes its token from the query")


_UNSIGNED = re.compile(r"\bjwt\.(?:NewWithClaims|New)\(\s*jwt\.SigningMethodNone\b")


@whole("signature-check-disabled", "go")
def issued_unsigned(project: Project, declared: Mapping[str, object]) -> Iterable[tuple[Unit, int, Saw]]:  # noqa: ARG001
    """A token that the app issues with algorithm none."""
    for unit in project.units:
        for line, _ in _places(unit, _UNSIGNED) if unit.language == "go" else ():
            yield unit, line, Saw("refutes", "a token is issued that nobody signs", "derived")


# --- what the app accepts ----------------------------------------------------------------------------------------

_SAYS_VALID = re.compile(
    r"\bfunc\s*\(\s*\w*\s*\*?(\w+)\s*\)\s*Valid\(\s*\)\s*(?:\(?\s*(?:\w+\s+)?error\s*\)?)\s*\{\s*return\s+nil\s*\}"
)


@whole("expiry-check-disabled", "go")
def says_valid(project: Project, declared: Mapping[str, object]) -> Iterable[tuple[Unit, int, Saw]]:  # noqa: ARG001
    """Claims of one's own whose Valid, which golang-jwt asks before its fifth version, always agrees."""
    for unit in project.units:
        for line, match in _places(unit, _SAYS_VALID) if unit.language == "go" else ():
            if re.search(r"(?i)claim|token|jwt", match[1]) and not unit.search(r"golang-jwt/jwt/v5"):
                yield unit, line, Saw("refutes", "Valid agrees to any claims: expired tokens pass", "derived")


_METHODS = re.compile(r"\bWithValidMethods\(|\bValidMethods\s*[:=]\s*")


@whole("signature-check-disabled", "go")
def methods_mixed(project: Project, declared: Mapping[str, object]) -> Iterable[tuple[Unit, int, Saw]]:  # noqa: ARG001
    """golang-jwt told to accept none, or HMAC beside public keys."""
    for unit in project.units:
        for line, match in _places(unit, _METHODS) if unit.language == "go" else ():
            listed = re.match(r"\s*\[\]string\s*\{([^{}]*)\}", unit.text[match.end() : match.end() + 300])
            wrong = mixed(listed[1]) if listed else None
            if wrong:
                yield unit, line, Saw("refutes", f"the parser {wrong}")


# Where keys of another party come from.
_OTHERS_KEYS = re.compile(
    r"(?i)jwks|keyfunc\.|\bjwk\.(?:Fetch|Cache|NewCache|Set|AutoRefresh)|key_?(?:store|set)\w*\.(?:get|lookup)\w*\(|discovery/(?:v2\.0/)?keys|\.well-known/|x5c"
)
_PARSED = re.compile(r"\b(?:jwt|parser|\w*[pP]arser)\.(?:ParseWithClaims|ParseRequest|ParseString|Parse)\(")
_LOOKED_AT = {
    "issuer": re.compile(
        r"\bWithIssuer\(|VerifyIssuer\(|GetIssuer\(|\[\"iss\"\]|\.Iss(?:uer)?\b\s*(?:\(\))?\s*[!=]=|[!=]=\s*[\w.]*\.Iss(?:uer)?\b|(?i:check|valid\w*|verif\w*|match\w*|expected|allowed)_?Iss|WithClaimValue\(\s*jwt\.IssuerKey"
    ),
    "audience": re.compile(r"(?i)audience|\[\"aud\"\]|\.aud\b"),
}


def _foreign(unit: Unit) -> Iterator[tuple[int, str]]:
    """Lines on which golang-jwt or jwx verify a token of another party, with the text of the function around."""
    if not unit.search(r"golang-jwt/jwt|dgrijalva/jwt-go|form3tech-oss/jwt-go|lestrrat-go/jwx") or not unit.search(
        _OTHERS_KEYS
    ):
        return
    for line, match in _places(unit, _PARSED):
        given = _inside(unit, match.end() - 1)
        around = unit.around(line)
        named = re.search(r",\s*(?:\w+\.)?(\w*(?i:key)\w*)\s*(?:,|$)", given)
        body = ""
        if named:
            at = unit.search(rf"\bfunc\s+(?:\([^)\n]*\)\s*)?{named[1]}\(")
            body = unit.around(unit.line_of(at.end())) if at else ""
        keys = re.search(r"WithKeySet\(|(?i:jwks|keyfunc)", given) or _OTHERS_KEYS.search(f"{given}\n{body}")
        own = re.search(
            r"SigningMethodHMAC|\"HS\d{3}\"|WithVerify\(\s*false|WithValidate\(\s*false|WithoutClaimsValidation", around
        )
        asks = named and re.search(r"\[\"kid\"\]", f"{given}\n{body}\n{unit.text}")
        if (keys or asks) and not own:
            yield line, around


@whole("issuer-check-disabled", "go")
def issuer_not_given(project: Project, declared: Mapping[str, object]) -> Iterable[tuple[Unit, int, Saw]]:  # noqa: ARG001
    """golang-jwt or jwx with another party's keys and no issuer: they check none then."""
    yield from _not_given(project, "issuer")


@whole("audience-check-disabled", "go")
def audience_not_given(project: Project, declared: Mapping[str, object]) -> Iterable[tuple[Unit, int, Saw]]:  # noqa: ARG001
    """golang-jwt or jwx with another party's keys and no audience: they check none then."""
    yield from _not_given(project, "audience")


def _not_given(project: Project, claim: str) -> Iterator[tuple[Unit, int, Saw]]:
    for unit in project.units:
        if unit.language == "go":
            for line, _ in _foreign(unit):
                if not unit.search(_LOOKED_AT[claim]):
                    yield unit, line, Saw("review", f"the parser is given no {claim}, and then checks none", "derived")


_JOSE_CLAIMS = re.compile(r"\b\w+\.Claims\(\s*[^,()\n]+,\s*&?\w+")


@whole("expiry-check-disabled", "go")
def jose_not_validated(project: Project, declared: Mapping[str, object]) -> Iterable[tuple[Unit, int, Saw]]:  # noqa: ARG001
    """go-jose's claims, at none of which it looks until Validate is called."""
    for unit in project.units:
        if unit.language != "go" or not unit.search(
            r"go-jose/go-jose[^\"\n]*/jwt\"|gopkg\.in/square/go-jose[^\"\n]*/jwt\""
        ):
            continue
        for line, _ in _places(unit, _JOSE_CLAIMS) if "ParseSigned" in unit.text else ():
            if re.search(r"\.Validate(?:WithLeeway)?\(|(?i:expir)", unit.around(line)):
                continue
            if not re.search(r"jwt\.(?:Signed|Encrypted)\(", unit.lines[line - 1]) and "ParseSigned" in unit.around(
                line
            ):
                yield unit, line, Saw("review", "claims are read without Validate: expired tokens pass", "derived")


_CERTIFICATE = re.compile(r"\bHeader\[\"x5c\"\]")


@whole("signature-check-disabled", "go")
def certificate_of_token(project: Project, declared: Mapping[str, object]) -> Iterable[tuple[Unit, int, Saw]]:  # noqa: ARG001
    """A certificate of the token's own header, whose chain nothing verifies."""
    for unit in project.units:
        for line, _ in _places(unit, _CERTIFICATE) if unit.language == "go" else ():
            if not unit.search(r"VerifyOptions\{|\.Verify\("):
                yield (
                    unit,
                    line,
                    Saw("refutes", "the key comes from the token's own header: a caller can bring its own"),
                )


# Parsers that the app makes of golang-jwt, with what they are told.
_PARSER = re.compile(r"\b(\w+)\s*(?::=|=)\s*(?:&?jwt\.Parser\{|new\(jwt\.Parser\)|jwt\.NewParser\()")


@whole("signature-check-disabled", "go")
def parser_of_any_method(project: Project, declared: Mapping[str, object]) -> Iterable[tuple[Unit, int, Saw]]:  # noqa: ARG001
    """A parser of golang-jwt that is told no method, with a key function of this file that looks at none."""
    for unit in project.units:
        if unit.language != "go" or not unit.search(_PARSER):
            continue
        made = {(match[1], unit.function(line)) for line, match in _places(unit, _PARSER)}
        for line, match in _places(unit, _ANY_PARSER):
            here = (match[1], unit.function(line)) in made and "ValidMethods" not in unit.around(line)
            if here and not _looks_at_method(unit, _inside(unit, match.end() - 1)):
                yield (
                    unit,
                    line,
                    Saw(
                        "review",
                        "the parser is given no list of algorithms, and its key function looks at none",
                        "derived",
                    ),
                )


_ANY_PARSER = re.compile(r"\b(\w+)\.(?:ParseWithClaims|Parse)\(")
_METHOD = re.compile(r"\.Method\b|SigningMethod|\balg\b|Alg\(\)")


def _looks_at_method(unit: Unit, given: str) -> bool:
    """Whether the key function among *given* looks at the method, or stands in another file."""
    if "func(" in given.replace(" ", ""):
        return bool(_METHOD.search(given))
    named = textual.split(given)[-1:] or [""]
    start = (
        re.search(rf"(?m)^func\s+{re.escape(named[0])}\(\s*\w+\s+\*jwt\.Token\s*\)", unit.text) if named[0] else None
    )
    return start is None or bool(_METHOD.search(unit.around(unit.line_of(start.start()))))


_TAKEN_APART = re.compile(r"\b(\w+)\s*(?:,\s*\w+\s*)?:?=\s*strings\.SplitN?\(")


@whole("signature-check-disabled", "go")
def taken_apart(project: Project, declared: Mapping[str, object]) -> Iterable[tuple[Unit, int, Saw]]:  # noqa: ARG001
    """The claims of a request's token that the code decodes by hand, in a file that verifies nothing."""
    for unit in project.units:
        if unit.language != "go" or not unit.holds("authorization", "bearer") or "DecodeString" not in unit.text:
            continue
        if unit.search(
            r"(?i)\.Verify\w*\(|\bverify\w*\(|ParseWithClaims\(|jwt\.Parse\(|hmac\.|jwks|rsa\.Verify|VerifyPKCS1"
        ):
            continue
        for line, match in _places(unit, _TAKEN_APART):
            first, last = unit.function(line)
            if '"."' not in textual.split(_inside(unit, match.end() - 1))[1:2]:
                continue
            around = "\n".join(unit.lines[first - 1 : last])
            decoded = re.search(rf"DecodeString\(\s*{match[1]}\[1\]", around)
            if (
                decoded
                and re.search(r"(?i)claim|user|payload|subject", around)
                and not re.search(r"(?i)id_?token", around)
                and not HELPER.search(unit.lines[first - 1])
            ):
                at = first + around[: decoded.start()].count("\n")
                yield (
                    unit,
                    at,
                    Saw("review", "claims are read from a token by hand, and nothing here verifies it", "heuristic"),
                )


# --- keys in the source ------------------------------------------------------------------------------------------

_PLACEHOLDER = re.compile(r"(?i)^<|\$\{|\{\{|^\W*$|^(?:ENTER|YOUR|INSERT|REPLACE)[A-Z_]*$|^%[sv]$")
# Calls that sign or verify with a key among their arguments, and fields of the options of others.
_KEYED = re.compile(
    r"\b(?:sessions|cookie|redis|memstore|gormsessions|mongo|mongodriver|postgres|filesystem)\.New(?:Cookie|Filesystem|Redi|Redis)?Store(?:WithDB)?\("
    r"|\bsecurecookie\.New\(|\bcsrf\.Protect\(|\bjwtauth\.New\(|\bechojwt\.JWT\(|\bmiddleware\.JWT\(|\bjwt\.WithKey\(|\bjwt\.WithVerify\(|\bhmac\.New\("
    r"|\bSigningKey\s*:\s*|(?m:^\s*(?:Key|HashKey|Secret)\s*:\s*)(?=\[\]byte\(\")"
)


@whole("secrets-in-history", "go")
def key_given(project: Project, declared: Mapping[str, object]) -> Iterable[tuple[Unit, int, Saw]]:  # noqa: ARG001
    """The key of sessions, cookies or tokens as a literal: what reads like a placeholder signs all the same."""
    for unit in project.units:
        if unit.language != "go":
            continue
        for line, match in _places(unit, _KEYED):
            if match[0].endswith("("):
                given = textual.split(_inside(unit, match.end() - 1))
            else:
                given = textual.split(unit.text[match.end() : match.end() + 200].split("\n")[0])[:1]
            if match[0].startswith("hmac") and not re.search(r"(?i)jwt|token|sign|cookie|session", unit.around(line)):
                continue
            for value in given:
                found = _literal_bytes(value, unit)
                if found:
                    yield unit, line, Saw("refutes", "a key that signs stands in the source", "derived", secret=found)
                    break


def _literal_bytes(value: str, unit: Unit) -> str | None:
    """The literal that *value* makes bytes of, itself or through a name of this file that says nothing of a key."""
    bare = re.match(r"\[\]byte\(\s*(.+?)\s*\)\W*$", value)
    if bare is None:
        followed = unit.resolve(value) if re.fullmatch(r"[A-Za-z_]\w*", value) else ""
        bare = re.match(r"\[\]byte\(\s*(.+?)\s*\)$", followed)
        if bare is None or secret.names_secret(value):
            return None
    literal = textual.unquote(unit.resolve(bare[1]))
    known = not re.match(r"[\"`]", bare[1]) and secret.names_secret(bare[1])
    if literal is None or known or len(literal) < 4 or _PLACEHOLDER.search(literal):
        return None
    return literal


# What stands in where the environment, a flag or the settings hold nothing.
_FALLBACK = re.compile(
    r"\b(?P<call>\w*(?:[eE]nv|ENV)\w*|(?:viper|\w*[vV]|config|cfg|koanf)\.(?:SetDefault|GetStringOr\w*)|flag\.String|pflag\.String|(?:fs|flags|flagSet)\.String|StringVar)\(\s*\"(?P<name>[\w.-]+)\"\s*,\s*\"(?P<value>[^\"\n]{4,200})\""
)
_TAG = re.compile(
    r"`[^`\n]*\b(?:env|envconfig|mapstructure|koanf|yaml|json)\s*:\s*\"(?P<name>[\w.-]+)[^\"\n]*\"[^`\n]*`"
)
_TAG_DEFAULT = re.compile(r"\b(?:envDefault|default|env-default)\s*:\s*\"([^\"\n]{4,200})\"")
_EMPTY = re.compile(
    r"\b(?P<to>[\w.]+)\s*:?=\s*(?:os\.Getenv|viper\.GetString)\(\s*\"(?P<name>[\w.-]+)\"\s*\)\s*\n\s*if\s+(?:(?P=to)\s*==\s*\"\"|len\((?P=to)\)\s*==\s*0)\s*\{\s*(?:[\w.]+\([^\n]*\)\s*)?(?P=to)\s*=\s*\"(?P<value>[^\"\n]{4,200})\""
)


@whole("secrets-in-history", "go")
def stands_in(project: Project, declared: Mapping[str, object]) -> Iterable[tuple[Unit, int, Saw]]:  # noqa: ARG001
    """A literal that is in use wherever nobody gave a secret."""
    for unit in project.units:
        if unit.language != "go" or not unit.holds("secret", "password", "passwd", "key", "token"):
            continue
        found = [(match.start("value"), match["name"], match["value"]) for _, match in _places(unit, _FALLBACK)]
        found += [(match.start("value"), match["name"], match["value"]) for _, match in _places(unit, _EMPTY)]
        for _, match in _places(unit, _TAG):
            default = _TAG_DEFAULT.search(match[0])
            if default:
                found.append((match.start(), match["name"], default[1]))
        for offset, name, value in found:
            plain = name.replace(".", "_").replace("-", "_")
            listed = re.fullmatch(r"[A-Z][A-Z0-9]*_[A-Z0-9_]+", value)  # names of other variables
            if not listed and secret.names_secret(plain) and (secret.is_real(value, plain) or _signs(value, plain)):
                yield (
                    unit,
                    unit.line_of(offset),
                    Saw("refutes", f"{name} falls back on a secret in the source", "derived", secret=value),
                )


def _signs(value: str, name: str) -> bool:
    """Whether *value* is the key of something that signs, however plain it is."""
    signs = re.search(r"(?i)secret_?key|jwt|hmac|signing|session_?(?:secret|key)|cookie_?(?:secret|key)", name)
    return bool(signs) and not _PLACEHOLDER.search(value) and not secret.dotted(value) and " " not in value
