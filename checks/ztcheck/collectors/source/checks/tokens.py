"""How an API checks the tokens that it gets: signature, issuer, audience, lifetime."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from ztcheck.collectors.source import textual
from ztcheck.collectors.source.model import CODE, Fact, Project, Saw, Unit
from ztcheck.collectors.source.registry import on, whole

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

_OWN_TOKEN = re.compile(r"(?i)id_?token|access_?token|result|response|session|cache|tokenStore|stored?_?token")
_SHOWN = re.compile(r"(?i)\bprint\(|click\.echo|console\.print|json\.dumps|pprint|display|render")
_DECIDES = re.compile(
    r"(?i)authoriz|authenticat|permission|\brole|is_?admin|current_?user|get_?user|find_?user|login|principal|\buser\b|"
    r"\bsub\b|scope|return True"
)
_FROM_REQUEST = re.compile(r"(?i)authorization|bearer|request|\breq\b|headers?\b|http")
HELPER = re.compile(
    r"(?i)unverified|without_?valid|without_?verif|no_?verif|peek|inspect|display|show|debug|header|kid\b"
)
_HASH = re.compile(r"HS\d{3}")
_ASYMMETRIC = re.compile(r"(?:RS|ES|PS)\d{3}|EdDSA")
MAX_SKEW = 300


def _rest(unit: Unit, fact: Fact) -> str:
    """The text of the function around *fact* without the lines of *fact* itself."""
    first, last = unit.function(fact.line)
    return "\n".join(unit.lines[first - 1 : fact.line - 1] + unit.lines[fact.end : last])


def _name_of_function(unit: Unit, line: int) -> str:
    first, _ = unit.function(line)
    return unit.lines[first - 1] if first <= line else ""


def _discarded(unit: Unit, line: int) -> bool:
    """Whether the Go function around *line* asks only whether a text is a token at all, and reads nothing of it."""
    around = unit.around(line) if unit.language == "go" else ""
    return "_, err" in around and not re.search(r"\w+, err :?= [\w.]+\.Verify\(", re.sub(r"\b_, err", "", around))


# OpenID Connect Core 1.0, section 3.1.2.1: an id_token_hint names a session, which may have ended.
_HINT = re.compile(r"(?i)(?:id_?token_?)?hint")


def options_of(unit: Unit, fact: Fact) -> str:
    """The text of a call's arguments, with names followed to what this file gives them."""
    parts = []
    for _, value in fact.arguments():
        followed = unit.resolve(value)
        if followed.endswith(("{", "(", "[")) and followed != value:
            followed = _block(unit, value)
        parts.append(f"{value} {followed}")
    return "\n".join(parts) + "\n" + ",".join(f"{k}={unit.resolve(v)}" for k, v in fact.arguments() if k)


def _block(unit: Unit, name: str) -> str:
    match = re.search(rf"\b{re.escape(name.rsplit('.', 1)[-1])}\b[^=\n]*=\s*(?=[\[{{(])", unit.text)
    return unit.text[match.end() : textual.closing(unit.text, match.end()) + 1] if match else ""


def mixed(algorithms: str) -> str | None:
    """What is wrong with a list of algorithms: ``none`` in it, or HMAC beside asymmetric ones."""
    if re.search(r"(?i)[\"'`]none[\"'`]", algorithms):
        return "accepts tokens with algorithm none"
    if _HASH.search(algorithms) and _ASYMMETRIC.search(algorithms):
        return "accepts HMAC and public-key algorithms with one key"
    return None


# --- signature ---------------------------------------------------------------------------------------------------


@on("signature-check-disabled", "call", "decode|decode_complete|get_unverified_claims|decode_token", "python")
def python_decode(fact: Fact, unit: Unit) -> Saw | None:
    """PyJWT, python-jose, Authlib: decode that verifies no signature or accepts the wrong algorithms."""
    if not unit.search(r"(?m)^[ \t]*(?:import|from)\s+(?:jwt|jose|authlib|jwcrypto)\b"):
        return None
    if not re.search(r"(?i)jwt|jws|jose|^decode|token", fact.name):
        return None
    options = options_of(unit, fact)
    wrong = mixed(options)
    if wrong:
        return Saw("refutes", f"{fact.name} {wrong}")
    if re.search(
        r"algorithms\s*=?\s*\[?\s*(?:\w+\.)?(?:get_unverified_header\([^()\n]*\)|\w*header(?!\w*(?:cfg|conf|setting|option|polic))\w*)(?:\[[\"']alg[\"']\]|\.get\([\"']alg[\"'])",
        options,
    ):
        return Saw("refutes", f"{fact.name} lets the token choose its algorithm")
    named = re.search(r"\balgorithms\s*=\s*\[?\s*([A-Za-z_]\w*)\s*\]?\s*(?:[,)\n]|$)", fact.text)
    if named and re.search(
        rf"(?m)^\s*{named[1]}\s*=\s*(?:\w*[hH]eader\w*|jwt\.get_unverified_header\([^()]*\))(?:\[|\.get\()[\"']alg[\"']",
        unit.around(fact.line),
    ):
        return Saw("refutes", f"{fact.name} lets the token choose its algorithm")
    if (
        unit.search(r"(?m)^\s*from jose\b|^\s*import jose\b")
        and "algorithms" not in fact.text
        and len([value for keyword, value in fact.arguments() if keyword is None]) == 2
        and not re.search(r"verify_signature|\*\*", fact.text)
    ):
        return Saw("review", f"{fact.name} is given no list of algorithms", "derived")
    off = fact.last == "get_unverified_claims" or re.search(
        r"verify_signature[\"']?\s*[:=]\s*False|\bverify=False|verify_signature.{0,3}: 0\b", options
    )
    if not off and re.search(r"verify_signature[\"']?\s*[:=]\s*([A-Za-z_]\w*)", options):
        named = re.search(r"verify_signature[\"']?\s*[:=]\s*([A-Za-z_]\w*)", options)
        off = named if named and unit.false(named[1]) else None
    if not off:
        return None
    return _unverified(fact, unit, "decodes a token without verifying its signature")


def _unverified(fact: Fact, unit: Unit, what: str) -> Saw | None:
    given = fact.argument(position=0) or fact.argument("jwt") or fact.argument("token") or ""
    around = _rest(unit, fact)
    if HELPER.search(_name_of_function(unit, fact.line)) or _verified(around):
        return None
    if _OWN_TOKEN.search(given) and not re.search(r"(?i)request|header|authorization", given):
        return None
    if _SHOWN.search(around) and not re.search(
        r"(?i)authoriz|current_?user|login|def .*verify", unit.around(fact.line)
    ):
        return None
    return Saw("refutes", f"{fact.name} {what}", "derived")


def _verified(around: str) -> bool:
    """Whether *around* verifies the token in some other way: another verifying decode, a verifier, introspection."""
    calls = re.sub(r"verify\s*=\s*(?:False|false)|verify_signature[^,}\n]*|InsecureSkipVerify", "", around)
    return bool(
        re.search(
            r"(?i)\.verify\w*\(|\bjwtVerify\(|\bverify_?\w*(?:token|jwt|signature|access)\w*\(|validate_?\w*(?:token|jwt|signature)\w*\(|introspect|"
            r"get_signing_key|PyJWKClient|jwks|status_?code\s*==\s*(?:200|status)|StatusCode\s*==\s*(?:200|http)|"
            r"jwt\.decode\([^)]*algorithms|ValidateToken|ParseWithClaims\(|\.process\(|require\(",
            calls,
        )
    )


_PAYLOAD = re.compile(r"\.split\(\s*[\"']\.[\"']\s*\)")


@on("signature-check-disabled", "call", "b64decode|urlsafe_b64decode", "python")
@on("signature-check-disabled", "call", "atob|from|decode", "javascript")
def payload_by_hand(fact: Fact, unit: Unit) -> Saw | None:
    """The payload of a caller's token, cut out and decoded by hand, that says who the caller is."""
    given = fact.argument(position=0) or ""
    around = unit.around(fact.line)
    python = unit.language == "python"
    if (
        not re.search(r"\[1\]|\bpayload\w*$", given if not python else given + around.partition("split(")[2])
        or (unit.language == "javascript" and (_in_browser(unit) or fact.name.startswith(("Array", "Object"))))
        or not _PAYLOAD.search(around)
        or not (
            re.search(r"(?i)authorization|\breq(?:uest)?\.cookies\b|\bctx\.cookies\b", around)
            or (python and _of_server(unit, around))
        )
        or not (
            _CALLER_SET.search(around)
            or re.search(
                r"(?i)\w[\[.][\"']?(?:username|user_?id|sub|oid|email|upn|roles?|preferred_username)\b", around
            )
        )
    ):
        return None
    if _verified(_rest(unit, fact)) or HELPER.search(_name_of_function(unit, fact.line)):
        return None
    if re.search(r"(?i)id_?token", given) and _ANSWERED.search(around):
        return None
    return Saw("refutes", "claims are taken from a caller's token whose signature nobody verifies", "derived")


# Where frameworks keep who calls.
_CALLER_SET = re.compile(
    r"\b(?:req|request|ctx|ctx\.state|res\.locals|event\.context)\.(?:user|auth|account|current_?[uU]ser|principal)\s*=(?!=)"
)


def _of_server(unit: Unit, around: str) -> bool:
    """Whether this takes an access token apart in a file of Python that answers requests."""
    if re.search(r"(?i)id_?token|acquire_token|get_token\(|\bmsal\b", around):
        return False  # the app's own token, or one that the token endpoint answered with
    return (
        unit.search(
            r"(?m)^\s*(?:from|import)\s+(?:flask|fastapi|quart|django|rest_framework|starlette|sanic|aiohttp\.web|tornado|azure\.functions)\b"
        )
        is not None
    )


# The ID token that the token endpoint itself answered with (OpenID Connect Core, section 3.1.3.7, item 6).
_ANSWERED = re.compile(
    r"(?i)\bid_?token\w*\b[^=\n]*=(?!=)\s*(?:\w*response\w*|\w*result|tokens?|body|data)(?:\??\.|\[)\W{0,2}(?:data\W+)?id_?token"
)


@whole("signature-check-disabled", "python", "javascript")
def payload_by_helper(project: Project, declared: Mapping[str, object]) -> Iterable[tuple[Unit, int, Saw]]:  # noqa: ARG001
    """A function that takes a token apart by hand, and is given the token that a caller sent."""
    for language in ("python", "javascript"):
        units = [unit for unit in project.production() if unit.language == language]
        for unit in units:
            if not unit.search(_TAKEN_BY_HAND) or (language == "javascript" and _in_browser(unit)):
                continue
            for match in unit.finditer(_TAKEN_BY_HAND):
                line = unit.line_of(match.start())
                head = _name_of_function(unit, line)
                name = re.search(r"\bdef\s+(\w+)|\bfunction\s+(\w+)|\b(\w+)\s*=\s*(?:async\s*)?\(", head)
                around = unit.around(line)
                if not name or unit.commented(line) or HELPER.search(head) or _verified(around):
                    continue
                decoded = re.search(r"(?:b64decode|b64_?[uU]rl\w*|base64url\w*|\batob|Buffer\.from)\(", around)
                if decoded and _given_a_callers_token(name[1] or name[2] or name[3], units):
                    first, _ = unit.function(line)
                    place = first + around.count("\n", 0, decoded.start())
                    message = "claims are taken from a caller's token whose signature nobody verifies"
                    yield unit, place, Saw("refutes", message, "derived")


_TAKEN_BY_HAND = re.compile(r"\b\w*(?i:token|jwt)\w*\.split\(\s*[\"']\.[\"']\s*\)")


def _given_a_callers_token(name: str, units: Iterable[Unit]) -> bool:
    """Whether code that decides something calls the function *name* with what a request brought."""
    call = re.compile(rf"(?<!def )(?<!function )\b{re.escape(name)}\(([^\n]*)")
    for unit in units:
        for match in call.finditer(unit.text) if name in unit.text else ():
            around = unit.around(unit.line_of(match.start()))
            if (
                re.search(r"(?i)authorization|bearer|\bcookies?\b", around)
                and re.search(r"\breq\b|request|ctx\.|context", around)
                and _DECIDES.search(around)
                and not _verified(around)
                and not re.search(r"(?i)id_?token|access_?token|result", match[1])
            ):
                return True
    return False


@on("signature-check-disabled", "call", "JsonWebToken", "python")
def authlib_algorithms(fact: Fact, unit: Unit) -> Saw | None:
    """Authlib's decoder for one's own list of algorithms."""
    wrong = mixed(options_of(unit, fact))
    return Saw("refutes", f"{fact.last} {wrong}") if wrong and "authlib" in unit.text else None


@on("signature-check-disabled", "call", "deserialize", "python")
def jwcrypto_unverified(fact: Fact, unit: Unit) -> Saw | None:
    """jwcrypto's JWS that is read and never verified."""
    if "jwcrypto" not in unit.text or len(fact.arguments()) > 1:
        return None
    around = unit.around(fact.line)
    if not re.search(r"\.objects\[[\"']payload", around) or re.search(r"\.verify\(", around):
        return None
    return Saw("refutes", f"{fact.name} reads a token without verifying it", "derived")


@on("signature-check-disabled", "name", "algorithms", "javascript", "python")
def algorithms_named(fact: Fact, unit: Unit) -> Saw | None:
    """A list of accepted algorithms with none in it, or with two families."""
    if not fact.value.lstrip().startswith(("[", "(", "'", '"')) or not unit.search(r"(?i)jwt|jws|token"):
        return None
    if "jwt signature is required" in unit.text:
        return None  # a copy of jsonwebtoken, which comes here only where it was given no key
    wrong = mixed(fact.value)
    return Saw("refutes", f"the list of algorithms {wrong}") if wrong else None


@on(
    "signature-check-disabled",
    "call",
    "verify|decode|expressJwt|expressjwt|jwtDecode|jwt_decode|decodeJwt|jwt",
    "javascript",
)
def javascript_verify(fact: Fact, unit: Unit) -> Saw | None:
    """jsonwebtoken, jws, express-jwt, jose: decode in place of verify, or verify that leaves the algorithm open."""
    last = fact.last
    if last == "decode" and re.search(r"\bheader\w*\.alg\b", fact.argument(position=3) or ""):
        return Saw("refutes", f"{fact.name} lets the token choose its algorithm")
    if last in ("expressJwt", "expressjwt", "jwt"):
        given = fact.text[fact.text.find("(") :]
        if "secret" in given and "algorithms" not in given and re.search(r"(?i)public|cert|pem", given):
            return Saw(
                "refutes", "express-jwt accepts any algorithm with a public key: a caller can sign with it by HMAC"
            )
        return None
    if last == "verify":
        if not re.search(r"(?i)jwt|jws|jsonwebtoken", fact.name):
            return None
        given_arguments = fact.arguments()
        values = [value for _, value in given_arguments]
        if len(values) < 2:
            return None
        if re.fullmatch(r"null|undefined|''|\"\"|false", values[1]):
            return Saw("refutes", f"{fact.name} is given no key")
        pinned = len(values) > 2 and "=>" not in values[2] and not values[2].startswith(("function", "async"))
        if not pinned and re.search(r"(?i)public|\bpem\b|cert", unit.resolve(values[1]) + values[1]):
            return Saw(
                "refutes", f"{fact.name} leaves the algorithm to the token: a caller can sign with the public key"
            )
        if "algorithms" not in fact.text and re.search(
            r"(?i)secret$", re.sub(r"\s+as\s+\w+$|!$", "", values[1]).strip("\"'`")
        ):
            return None  # jsonwebtoken lets a secret verify HMAC only
        followed = options_of(unit, fact) if len(values) > 2 else ""
        if "algorithms" not in followed and not re.search(r"\.\.\.|^\w*[oO]ptions\w*$", values[2] if pinned else ""):
            return Saw("review", f"{fact.name} is given no list of algorithms", "derived")
        return None
    if last == "decode" and not re.search(r"(?i)jwt|jws|jsonwebtoken", fact.name):
        return None
    if _in_browser(unit) or "complete" in fact.text:
        return None
    refused = re.search(r"\bcatch\b", next(unit.enclosing(fact.line, 5), ""))
    if refused and _CALLER_SET.search(unit.lines[fact.line - 1]):
        return Saw("refutes", f"{fact.name} tells who calls where the token was refused", "derived")
    if _verified(_rest(unit, fact)):
        return None
    given = fact.argument(position=0) or ""
    around = unit.around(fact.line)
    if "=>" in fact.text or "function" in fact.text:  # the innermost function is its own callback
        begin, end = max((b for b in unit.blocks if b[0] < fact.line <= b[1]), default=(1, len(unit.lines)))
        around = "\n".join(unit.lines[begin - 1 : end])
    if fact.name.startswith("jwt-simple.") and unit.true(fact.argument(position=2) or ""):
        return Saw("refutes", f"{fact.name} is told to verify nothing")
    if re.search(
        r"(?i)authorization|bearer|headers?\s*(?:\[|\.get\(|\.)\s*[\"'`]?\w*token|(?:\breq|request)\.cookies|\breq(?:uest)?\.header\(|\bhandshake\.",
        around,
    ) and re.search(r"\breq\b|request|ctx\.|\bevent\.headers|\bsocket\.", around):
        held = re.findall(rf"\b{re.escape(given)}\s*(?::[^=\n]*)?=\s*([^\n]+)", around) if given.isidentifier() else []
        sent = re.search(r"(?i)req\.|header|authorization|bearer", " ".join([given, *held]))
        if _OWN_TOKEN.search(given) and not sent:
            return None
        return Saw("refutes", f"{fact.name} reads a caller's token without verifying it", "derived")
    return None


def _in_browser(unit: Unit) -> bool:
    return bool(
        unit.path.endswith((".vue", ".jsx", ".tsx", ".html"))
        or unit.search(r"\blocalStorage\b|\bsessionStorage\b|\bwindow\.|from ['\"](?:react|vue|@angular)")
        or re.search(r"(?:^|/)(?:client|clients|frontend|webapp|spa|SPA|ClientApp|ui)/", unit.path)
    )


def delegated(fact: Fact, unit: Unit) -> str:
    """What a delegate that *fact* is given does: its own text, or that of the method of this file that it names."""
    value = fact.value.strip()
    name = re.fullmatch(r"(?:this\.)?(\w+)", value)
    if name is None:
        return value
    found = re.search(rf"\b{name[1]}\s*\((?:[^()]|\([^()]*\))*\)\s*(?=\{{|=>)", unit.text)
    if found is None:
        return value
    body = unit.text[found.end() :]
    return body[: body.find(";") + 1] if body.startswith("=>") else "=> " + body[: textual.closing(body, 0, 2000) + 1]


_SAYS_YES = re.compile(
    r"(?:=>|delegate\s*(?:\([^)]*\))?)\s*(?:\{\s*(?://[^\n]*\s*)*return\s+)?(?:true|Task\.FromResult\(true\))\s*;?\s*\}?\s*;?$"
)


@on(
    "signature-check-disabled",
    "name",
    "RequireSignedTokens|SignatureValidator(UsingConfiguration)?|ValidateIssuerSigningKey|IssuerSigningKeyValidator(UsingConfiguration)?",
    "csharp",
)
def csharp_parameters(fact: Fact, unit: Unit) -> Saw | None:
    """TokenValidationParameters that accept what nobody signed."""
    if fact.last == "RequireSignedTokens" and unit.false(fact.value):
        return Saw("refutes", "RequireSignedTokens is false: unsigned tokens are accepted")
    if fact.last.startswith("IssuerSigningKey") and _SAYS_YES.search(delegated(fact, unit)):
        return Saw("refutes", f"{fact.last} accepts whatever key signed")
    does = delegated(fact, unit) if fact.last.startswith("SignatureValidator") else ""
    if re.search(
        r"(?:=>|\breturn)\s*(?:new\s+(?:\w+\.)*(?:JwtSecurityToken|JsonWebToken)\(|(?:\w+|new\s+[\w.]+\(\))\.Read\w*Token)|new (?:JwtSecurityToken|JsonWebToken)\(",
        does,
    ) and not re.search(r"(?i)\.Validate\w*Token|verif|ComputeHash|\bthrow\b", does):
        return Saw("refutes", "SignatureValidator returns the token without checking its signature")
    if fact.last == "ValidateIssuerSigningKey" and unit.false(fact.value):
        return Saw("review", "ValidateIssuerSigningKey is false: the key that signed is not checked", "heuristic")
    return None


@on("signature-check-disabled", "call", "ReadJwtToken|ReadJsonWebToken|ReadToken", "csharp")
def csharp_read(fact: Fact, unit: Unit) -> Saw | None:
    """A token that is only read, and then made the identity of the caller."""
    around = unit.around(fact.line)
    if _verified(_rest(unit, fact)) or HELPER.search(_name_of_function(unit, fact.line).split("(")[0]):
        return None
    if re.search(r"new\s+Claims(?:Identity|Principal)|SignInAsync|\.User\s*=", around):
        return Saw(
            "refutes", f"{fact.last} reads the token without verifying it, and its claims become an identity", "derived"
        )
    return _callers_token(fact, unit)


@on("signature-check-disabled", "call", "JwtSecurityToken|JsonWebToken", "csharp")
def csharp_built(fact: Fact, unit: Unit) -> Saw | None:
    """A token that is built from a caller's text, which verifies nothing."""
    given = fact.arguments()
    if len(given) != 1 or not fact.text.startswith("new ") or _verified(_rest(unit, fact)):
        return None
    return _callers_token(fact, unit)


_CALLERS = re.compile(
    r"(?i)request\.(?:headers?|cookies)\b|headers\s*[\[.(]\W*authorization|(?<![.\w])(?:auth(?:orization)?_?header|authorization|bearer_?token)\s*\.|"
    r"\"Bearer \"|getheader\(|headers\.authorization|HttpRequestData|\bHttpRequest\b"
)
_CLAIMS_READ = re.compile(r"\.Claims\b|\.Subject\b|\.Payload\b|TryGetClaim|GetClaim|TryGetPayloadValue|\.Actor\b")


def _callers_token(fact: Fact, unit: Unit) -> Saw | None:
    """A token of the request that is only read, and whose claims then say who calls."""
    around = unit.around(fact.line)
    if not _CALLERS.search(around) or not _CLAIMS_READ.search(around):
        return None
    if "HttpRequestMessage" in unit.lines[unit.function(fact.line)[0] - 1]:
        return None  # of the request that the app itself sends
    if unit.search(r"\bIsAuthenticated\b|OnTokenValidated|\.ValidateToken(?:Async)?\("):
        return None
    return Saw("refutes", f"{fact.last} reads a caller's token without verifying it", "derived")


_UNSIGNED = "parseClaimsJwt|parsePlaintextJwt|parseUnsecuredClaims|parseUnsecuredContent"
_SKIPS_SIGNATURE = "setSkipSignatureVerification|setDisableRequireSignature"


@on("signature-check-disabled", "call", f"{_UNSIGNED}|{_SKIPS_SIGNATURE}", "java")
def java_unsigned(fact: Fact, unit: Unit) -> Saw | None:
    """jjwt's methods for tokens that nobody signed; jose4j told to ask for no signature and to check it nowhere."""
    if fact.last.startswith("parse"):
        return Saw("refutes", f"{fact.last} takes tokens that nobody signed")
    if unit.search(r"setVerificationKey|\.process\(|setSkipAllValidators"):
        return None  # the first of two passes, which reads whose key the second needs
    return Saw("refutes", f"{fact.last}: the signature of a token is not checked")


@on(
    "signature-check-disabled",
    "call",
    "decode|decodeBase64|FromBase64String|DecodeBytes|Decode|Base64UrlDecode",
    "java",
    "csharp",
)
def payload_in_pieces(fact: Fact, unit: Unit) -> Saw | None:
    """The payload of a caller's token, cut out at its dots and decoded by hand, that says who the caller is."""
    around = unit.around(fact.line)
    cut = re.search(r"\.split\(\s*\"(?:\\\\\.|\[\.\])\"|\.Split\(\s*(?:new\[\]\s*\{\s*)?['\"]\.['\"]", around)
    part = re.search(r"\[1\]|\bpayload\w*\b|\bbody\b", fact.text[fact.text.find("(") :])
    asks = unit.language == "java" and re.search(
        r"(?i)\b(?:validate|verify|authenticate|isValid|current)\w*\(", _name_of_function(unit, fact.line)
    )
    if not cut or not part or not (asks or re.search(r"(?i)authorization|bearer", around)):
        return None
    if not re.search(
        r"(?i)\"(?:sub|oid|user\w*|email|upn|roles?|preferred_username|unique_name|tid)\"|\.(?:Sub|Oid|Upn|Roles)\b",
        around,
    ):
        return None
    if _verified(_rest(unit, fact).partition("\n")[2]) or HELPER.search(_name_of_function(unit, fact.line)):
        return None
    return Saw("refutes", "claims are taken from a caller's token whose signature nobody verifies", "derived")


@on("signature-check-disabled", "call", "setJwsAlgorithmConstraints", "java")
def java_constraints(fact: Fact, unit: Unit) -> Saw | None:  # noqa: ARG001 - every judge takes both
    """jose4j told that any algorithm will do, none too."""
    yes = re.search(r"AlgorithmConstraints\.(?:NO_CONSTRAINTS|ALLOW_ONLY_NONE)\b", fact.text)
    return Saw("refutes", "any algorithm is accepted, none too") if yes else None


@on("signature-check-disabled", "call", "parse|unsecured|none|getJWKURL|decode|getJWK", "java")
def java_parse(fact: Fact, unit: Unit) -> Saw | None:
    """jjwt's parse, which takes unsigned tokens; keys from the token's own header; tokens that are only parsed."""
    text = fact.text
    if fact.last == "none":
        return Saw("refutes", "Algorithm.none() is used") if re.search(r"Algorithm\s*\.none\(\)", text) else None
    if fact.last == "unsecured":
        return Saw("refutes", "the parser accepts unsigned tokens") if "Jwts" in text else None
    if fact.last in ("getJWKURL", "getJWK"):
        if fact.arguments() or not re.search(r"(?i)header", text):
            return None
        return Saw("refutes", "the key comes from the token's own header: a caller can bring its own")
    if fact.last == "decode":
        if not re.match(r"(?:com\.auth0\.jwt\.)?JWT\s*\.decode", text):
            return None
        around = _rest(unit, fact)
        if re.search(r"getHeaderClaim\(\s*\"(?:jku|jwk|x5u)\"", around):
            return Saw("refutes", "the key comes from an address in the token's own header")
        if (
            "getKeyId" in unit.lines[fact.line - 1]
            or _verified(around)
            or not _FROM_REQUEST.search(unit.around(fact.line))
        ):
            return None
        return Saw("refutes", "JWT.decode reads a caller's token without verifying it", "derived")
    if re.match(r"(?:RSAKey|ECKey|OctetKeyPair|JWK|OctetSequenceKey)\s*\.parse", text):
        own = re.search(r"(?i)\(\s*\w*header\w*\s*\.", text)
        return Saw("refutes", "the key comes from the token's own header: a caller can bring its own") if own else None
    if re.search(r"Jwts\s*\.parser(?:Builder)?\(\)", text):
        return Saw(
            "refutes", "parse() of jjwt accepts unsigned tokens: parseSignedClaims (parseClaimsJws) refuses them"
        )
    if re.match(r"(?:SignedJWT|JWTParser|PlainJWT)\s*\.parse", text):
        given = fact.argument(position=0) or ""
        if text.startswith("PlainJWT") and not unit.search(r"\.verify\(|\.process\("):
            return Saw("refutes", "PlainJWT.parse takes tokens that nobody signed")
        if _OWN_TOKEN.search(given) or unit.search(r"\.verify\(|\.process\(|Verifier"):
            return None
        if unit.search(r"getHeader\(|RequestHeader|Authorization|Bearer"):
            return Saw("refutes", "the token is parsed, and never verified in this file", "derived")
    return None


_HELPER_DECODES = re.compile(r"\bJWT\s*\.\s*decode\(\s*(?P<token>\w+)\s*\)")


@whole("signature-check-disabled", "java")
def decoded_by_helper(project: Project, declared: Mapping[str, object]) -> Iterable[tuple[Unit, int, Saw]]:  # noqa: ARG001
    """A helper that reads who the caller is of a token with java-jwt, in a product that verifies no token anywhere."""
    units = [unit for unit in project.production("java") if unit.search(_HELPER_DECODES)]
    if not units or any(
        unit.search(r"\bJWT\s*\.\s*require\(|\bJWTVerifier\b|JwtDecoder\b|parse(?:Signed)?Claims(?:Jws)?\(|jwks")
        for unit in project.production("java")
    ):
        return
    for unit in units:
        for match in unit.finditer(_HELPER_DECODES):
            line = unit.line_of(match.start())
            around = unit.around(line)
            head = _name_of_function(unit, line)
            tells = re.search(r"getSubject\(|getClaims?\(", around)
            own = _OWN_TOKEN.search(match["token"]) or re.search(r"(?i)isExpired|expir|header|keyId", head)
            if tells and not own and not HELPER.search(head) and not unit.commented(line):
                yield (
                    unit,
                    line,
                    Saw("refutes", "JWT.decode reads a token, and nothing of the product verifies one", "derived"),
                )


@whole("signature-check-disabled")
def none_accepted(project: Project, declared: Mapping[str, object]) -> Iterable[tuple[Unit, int, Saw]]:  # noqa: ARG001
    """Code that says yes to a token whose algorithm is none."""
    for unit in project.units:
        if unit.language in CODE and unit.holds("none") and unit.holds("jwt", "jws"):
            for number, line in enumerate(unit.lines, 1):
                if (
                    len(line) < 300
                    and "none" in line.lower()
                    and re.search(r"(?i)(?:[\"']none[\"']|NONE_ALG\w*)", line)
                    and re.search(r"(?i)\balg", line)
                ):
                    after = "\n".join(unit.lines[number : number + 2])
                    if re.search(r"\bif\b|\?", line) and re.match(
                        r"\s*(?:return\s+(?:true|True|payload|claims|decoded)\b|valid\w*\s*=\s*(?:true|True))", after
                    ):
                        yield unit, number, Saw("refutes", "a token with algorithm none is accepted")


@on("signature-check-disabled", "call", "ParseUnverified", "go")
def go_unverified(fact: Fact, unit: Unit) -> Saw | None:
    """golang-jwt's ParseUnverified on a token that nothing else verifies."""
    if _verified(_rest(unit, fact)) or HELPER.search(_name_of_function(unit, fact.line)):
        return None
    if re.search(r"(?i)\bid_?token", fact.text) and re.search(r"\.Extra\(\s*\"id_token\"", unit.around(fact.line)):
        return None  # straight from the token endpoint, over TLS
    name = re.search(r"\bfunc\s+(?:\([^)]*\)\s*)?(\w+)\(", _name_of_function(unit, fact.line))
    if name:
        for call in re.finditer(rf"(?<!func )\b{name[1]}\(", unit.text):
            line = unit.line_of(call.start())
            if "func " not in unit.lines[line - 1] and _verified(unit.around(line)):
                return None  # a helper of what verifies
    return Saw("refutes", "ParseUnverified reads a token without verifying its signature", "derived")


@on("signature-check-disabled", "call", "UnsafeClaimsWithoutVerification", "go")
def go_unsafe_claims(fact: Fact, unit: Unit) -> Saw | None:
    """go-jose's claims of a token that came with the request, and that nothing here verifies."""
    near = unit.around(fact.line)
    if not re.search(r"\.Header\.Get\(|\.Cookie\(|\.FormValue\(|\.GetHeader\(", near) or _verified(near):
        return None
    return Saw("review", "claims are read from a token of the request, and nothing here verifies it", "heuristic")


@on("signature-check-disabled", "call", "Parse|ParseWithClaims|ParseFromRequest|ParseFromRequestWithClaims", "go")
def go_parse(fact: Fact, unit: Unit) -> Saw | None:
    """golang-jwt's Parse with a key function that looks at no algorithm."""
    if not re.search(r"(?i)jwt|ParseFromRequest", fact.name) or "WithValidMethods" in unit.around(fact.line):
        return None
    looks = r"\.Method\b|SigningMethod|\balg\b|Alg\(\)|WithoutClaimsValidation"
    given = [value for _, value in fact.arguments()]
    named = next((value for value in reversed(given[1:]) if re.fullmatch(r"\w*(?i:key|func|secret)\w*", value)), None)
    if not re.search(r"func\s*\(", fact.text):
        start = named and re.search(rf"(?m)^func\s+(?:\([^)\n]*\)\s*)?{named}\(\s*\w+\s+\*jwt\.Token\s*\)", unit.text)
        if not start or re.search(looks, unit.around(unit.line_of(start.start()))):
            return None
    elif re.search(looks, fact.text):
        return None
    return Saw("review", f"{fact.name} is given no list of algorithms, and its key function looks at none", "derived")


@on("signature-check-disabled", "call", "ParseInsecure|WithVerify|WithSignatureVerification", "go")
def go_lestrrat(fact: Fact, unit: Unit) -> Saw | None:
    """lestrrat-go/jwx told to verify nothing."""
    given = fact.argument(position=0) or ""
    if not re.search(r"\bjw[tsx]\b", fact.name) or (fact.last != "ParseInsecure" and not unit.false(given)):
        return None
    if HELPER.search(_name_of_function(unit, fact.line)) or _verified(
        re.sub(r"jwt\.Parse\w*\(", "", _rest(unit, fact))
    ):
        return None
    around = unit.around(fact.line)
    fetched = re.search(r"\b(?:resp|response|res)\.Body\b", around)
    if (
        fetched
        and re.search(r"\.Expiration\(\)", around)
        and not re.search(r"\.(?:Subject|Get|PrivateClaims)\(", around)
    ):
        return None  # a client that asks how long the token lasts that it was given
    return Saw("refutes", f"{fact.last}: the token is read without verifying its signature", "derived")


@whole("signature-check-disabled", "go")
def go_unsigned(project: Project, declared: Mapping[str, object]) -> Iterable[tuple[Unit, int, Saw]]:  # noqa: ARG001
    """golang-jwt handed the constant that lets unsigned tokens pass."""
    for unit in project.units:
        if unit.language == "go" and "UnsafeAllowNoneSignatureType" in unit.text:
            for match in unit.finditer(r"\breturn\s+jwt\.UnsafeAllowNoneSignatureType\b"):
                line = unit.line_of(match.start())
                if not unit.commented(line):
                    yield unit, line, Saw("refutes", "tokens that nobody signed pass")


_OWN_KEY = re.compile(
    r"(?i)header\w*(?:\[[\"'](?:jku|jwk|x5u)[\"']\]|\.get\([\"'](?:jku|jwk|x5u)[\"']|\.(?:jku|jwk|x5u)\b)"
)


@whole("signature-check-disabled")
def key_of_the_token(project: Project, declared: Mapping[str, object]) -> Iterable[tuple[Unit, int, Saw]]:  # noqa: ARG001
    """A key, or its address, that the token's own header names."""
    for unit in project.units:
        if unit.language in ("python", "javascript", "go", "csharp") and unit.holds("jku", "jwk", "x5u"):
            for match in unit.finditer(_OWN_KEY):
                line = unit.line_of(match.start())
                if not unit.commented(line) and not re.search(r"(?i)dpop|proof", unit.around(line)):
                    yield (
                        unit,
                        line,
                        Saw("refutes", "the key comes from the token's own header: a caller can bring its own"),
                    )


@on("signature-check-disabled", "name", "InsecureSkipSignatureCheck", "go")
def go_skip(fact: Fact, unit: Unit) -> Saw | None:
    """go-oidc told to skip the signature."""
    if not unit.true(fact.value) or _discarded(unit, fact.line):
        return None
    return Saw("refutes", "InsecureSkipSignatureCheck is true")


_TAKEN_APART = re.compile(r"strings\.Split(?:N)?\(\s*[\w.]*(?i:token|jwt)\w*(?:\(\))?\s*,\s*\"\.\"")


@on("signature-check-disabled", "call", "DecodeString", "go")
def go_by_hand(fact: Fact, unit: Unit) -> Saw | None:
    """The claims of a token that is taken apart at its dots, and become a user."""
    around = unit.around(fact.line)
    first, _ = unit.function(fact.line)
    if not re.search(r"\w+\[1\]", fact.text) or not _TAKEN_APART.search(around) or not re.search(r"(?i)user", around):
        return None
    if _verified(around) or HELPER.search(unit.lines[first - 1]) or unit.search(r"\.Verify\(|ParseWithClaims\("):
        return None
    return Saw("review", "claims are read from a token by hand, and nothing here verifies it", "heuristic")


# --- issuer and audience -----------------------------------------------------------------------------------------

_ISSUER = r"ValidateIssuer|validateIssuer|verify_iss|validate_iss|SkipIssuerCheck|InsecureSkipIssuerCheck|InsecureSkipIssuerVerification"


_TENANT_COMPARED = re.compile(
    r"(?s)FindFirst(?:Value)?\(\s*\"(?:tid|http://schemas\.microsoft\.com/identity/claims/tenantid)\".*(?:!=|\.Equals\(|\.Contains\()"
    r".*\b(?:throw|return\s+false|Fail\()"
)


@on("issuer-check-disabled", "name", _ISSUER)
def issuer_off(fact: Fact, unit: Unit) -> Saw | None:
    """A switch of a library that leaves the issuer unchecked."""
    if not re.fullmatch(_ISSUER, fact.last):
        return None  # of a discovery document, or of something else
    if fact.last.startswith(("Skip", "Insecure")):
        yes = unit.true(fact.value) and not _discarded(unit, fact.line)
        if (
            yes
            and unit.language == "go"
            and re.search(
                r"\.Issuer\s*[!=]=|[!=]=\s*\w+\.Issuer\b|claims\[\"iss\"\]|(?i:check|validate|verify|match)\w*Issuer\(",
                unit.text,
            )
        ):
            return Saw("review", f"{fact.last} is true: is the issuer compared for every such token?", "heuristic")
        return Saw("refutes", f"{fact.last} is true: tokens of any issuer pass") if yes else None
    if not re.search(rf"(?:^|[.\"'\[]){fact.last}[\"'\]]*$", fact.name) or not unit.false(fact.value):
        return None
    if unit.language == "csharp" and _TENANT_COMPARED.search(unit.around(fact.line)):
        return None  # each token's tenant is compared instead
    return Saw("refutes", f"{fact.last} is false: tokens of any issuer pass")


@on("issuer-check-disabled", "name", "IssuerValidator", "csharp")
def issuer_lambda(fact: Fact, unit: Unit) -> Saw | None:
    """A validator that returns whatever issuer it is given."""
    value = fact.value.strip()
    named = re.fullmatch(r"(?:this\.)?(\w+)", value)
    head = named and re.search(rf"\b{named[1]}\s*(\((?:[^()]|\([^()]*\))*\))\s*(?=\{{|=>)", unit.text)
    if head:
        value = head[1] + delegated(fact, unit).rstrip(";")
    match = re.match(
        r"(?:delegate\s*)?\(\s*(?:string\s+)?(\w+)[^)]*\)\s*(?:=>)?\s*(?:\{\s*return\s+)?(\w+)\s*;?\s*\}?$", value, re.S
    )
    return (
        Saw("refutes", "IssuerValidator accepts whatever issuer it is given")
        if match and match[1] == match[2]
        else None
    )


@on(
    "issuer-check-disabled",
    "call",
    "startswith|StartsWith|startsWith|includes|Contains|contains|HasPrefix|indexOf|IndexOf",
)
def issuer_prefix(fact: Fact, unit: Unit) -> Saw | None:
    """An issuer that is compared by a part of it."""
    near = "\n".join(unit.lines[max(0, fact.line - 3) : fact.line])
    if re.search(r"\bisArray\(|\w\.(?:indexOf|includes|[cC]ontains)\([^()]*(?:\.iss|\[[\"']iss[\"']\])", near):
        return None  # whether the issuer is one of a list
    if unit.path.endswith((".tsx", ".jsx", ".vue")):
        return None  # a page, which shows one
    head = fact.text[: fact.text.rfind("(")]
    inner = fact.text[fact.text.rfind("(") :]
    subject = re.search(r"(?:^|[.\[\"'(])(?:iss|issuer|Issuer|getIssuer\(\))[\"'\]]*\)?\??\.\w+$", head)
    go = fact.name.endswith("HasPrefix") and re.search(r"(?i)\b(?:\w+\.)?(?:iss|issuer)\b\s*,", inner)
    if (subject or go) and not re.search(
        r"(?i)[\"'](?:https?(?:://)?|did:[\w:]*|urn:[\w:-]*)[\"']|valid_?issuers|allowed|trusted", fact.text
    ):
        return Saw("refutes", "the issuer is compared by a part of it only", "derived")
    return None


@on("issuer-check-disabled", "call", "InsecureIssuerURLContext", "go")
def issuer_insecure_context(fact: Fact, unit: Unit) -> Saw | None:
    """go-oidc told that another issuer than its own may stand in a discovery document."""
    if unit.search(r"(?i)claims\[\"(?:tid|iss)\"\]|\.(?:TenantID|Tid)\b|\btid\b"):
        return None  # each token's tenant is compared
    return Saw("review", f"{fact.last}: the issuer of the discovery document is not compared", "heuristic")


_VALIDATOR = "setJwtValidator"
_TIME_ONLY = re.compile(r"^(?:new\s+JwtTimestampValidator\(|JwtValidators\.createDefault\(\s*\))")
_NOTHING_CHECKED = re.compile(r"(?:->|\breturn)\s*(?:\{\s*return\s+)?OAuth2TokenValidatorResult\.success\(\)")


@on("issuer-check-disabled", "call", _VALIDATOR, "java")
def issuer_of_spring(fact: Fact, unit: Unit) -> Saw | None:
    """A decoder of Spring Security whose own validator looks at no issuer."""
    given = unit.resolve(fact.argument(position=0) or "")
    if _NOTHING_CHECKED.search(given):
        return Saw("refutes", f"{fact.last}: tokens of any issuer pass")
    if _TIME_ONLY.match(given) and not re.search(r"(?i)IssuerValidator|WithIssuer|getIssuer\(", unit.around(fact.line)):
        return Saw("refutes", f"{fact.last} is given no check of the issuer: tokens of any issuer pass", "derived")
    return None


@on("audience-check-disabled", "call", _VALIDATOR, "java")
def audience_of_spring(fact: Fact, unit: Unit) -> Saw | None:
    """A decoder of Spring Security whose own validator looks at no audience."""
    given = unit.resolve(fact.argument(position=0) or "")
    looks = re.search(r"(?i)audience|getAud|\"aud\"|JwtClaimValidator", unit.around(fact.line))
    if not looks and (_TIME_ONLY.match(given) or _NOTHING_CHECKED.search(given)):
        return Saw("refutes", f"{fact.last} is given no check of the audience: tokens for any API pass", "derived")
    if not looks and re.match(r"JwtValidators\.createDefaultWithIssuer\(", given):
        return Saw("review", f"{fact.last} is given no check of the audience", "derived")
    return None


@on(
    "expiry-check-disabled",
    "call",
    f"{_VALIDATOR}|setSkipAllValidators|setSkipAllDefaultValidators|setIgnoreExpiration",
    "java",
)
def lifetime_java(fact: Fact, unit: Unit) -> Saw | None:
    """Spring Security, jose4j and Vert.x told to look at no expiry."""
    given = fact.argument(position=0) or ""
    if fact.last == "setJwtValidator":
        yes = bool(_NOTHING_CHECKED.search(unit.resolve(given)))
    elif fact.last == "setIgnoreExpiration":
        yes = unit.true(given)
    else:
        yes = not re.search(r"setSkipSignatureVerification|setDisableRequireSignature", unit.around(fact.line))
    return Saw("refutes", f"{fact.last}: expired tokens pass") if yes else None


_KEYS_OF_ISSUER = re.compile(
    r"(?i)get_signing_key|PyJWKClient|jwks|get_(?:rsa_)?public_key|jwt_keys|from_jwk|discovery/keys"
)
_ISSUER_LOOKED_AT = re.compile(r"(?i)\bissuers?\b|[\"'.]iss\b")


def _foreign(unit: Unit, line: int) -> bool:
    """Whether the token verified on *line* comes from somebody else, by the keys that it is verified with."""
    return bool(_KEYS_OF_ISSUER.search(unit.around(line)))


@on("issuer-check-disabled", "call", "decode", "python")
def issuer_not_given(fact: Fact, unit: Unit) -> Saw | None:
    """PyJWT and python-jose that verify another party's token and are told no issuer: they check none then."""
    if not re.search(r"(?:^|\.)(?:jwt|_jwt)\.decode$", fact.name) or not _foreign(unit, fact.line):
        return None
    given = options_of(unit, fact)
    if "**" in fact.text or "algorithms" not in fact.text or _ISSUER_LOOKED_AT.search(given):
        return None
    if re.search(r"verify_signature[\"']?\s*[:=]\s*False", given) or _ISSUER_LOOKED_AT.search(_rest(unit, fact)):
        return None
    return Saw("review", f"{fact.name} is given no issuer, and then checks none", "derived")


@on("issuer-check-disabled", "call", "expressjwt|expressJwt|jwt", "javascript")
def issuer_not_given_express(fact: Fact, unit: Unit) -> Saw | None:
    """express-jwt with a provider's keys and no issuer: it checks none then."""
    return _express_without("issuer", fact, unit)


@on("audience-check-disabled", "call", "expressjwt|expressJwt|jwt", "javascript")
def audience_not_given_express(fact: Fact, unit: Unit) -> Saw | None:
    """express-jwt with a provider's keys and no audience: it checks none then."""
    return _express_without("audience", fact, unit)


def _express_without(option: str, fact: Fact, unit: Unit) -> Saw | None:
    keys = re.search(r"(?i)jwks|expressJwtSecret", fact.text)
    if not keys or "algorithms" not in fact.text or "..." in fact.text or unit.search(rf"\b{option}\b"):
        return None
    return Saw("review", f"{fact.name} is given no {option}, and then checks none", "derived")


_NOT_THERE = {"issuer": r"(?i)\bissuer\b|\.iss\b|[\"']iss[\"']", "audience": r"(?i)\baudience\b|\.aud\b|[\"']aud[\"']"}


@on("issuer-check-disabled", "call", "verify|jwtVerify", "javascript")
def issuer_not_given_verify(fact: Fact, unit: Unit) -> Saw | None:
    """jsonwebtoken and jose with a provider's keys and no issuer: they check none then."""
    return _verify_without("issuer", fact, unit)


@on("audience-check-disabled", "call", "verify|jwtVerify", "javascript")
def audience_not_given_verify(fact: Fact, unit: Unit) -> Saw | None:
    """jsonwebtoken and jose with a provider's keys and no audience: they check none then."""
    return _verify_without("audience", fact, unit)


def _verify_without(option: str, fact: Fact, unit: Unit) -> Saw | None:
    given = [value for _, value in fact.arguments()]
    if len(given) < 2 or not re.search(r"(?i)jwtVerify$|jwt\.verify$|jsonwebtoken\.verify$", fact.name):
        return None
    if not unit.search(r"(?i)createRemoteJWKSet|jwks|getSigningKey|discovery/(?:v2\.0/)?keys"):
        return None
    followed = options_of(unit, fact)
    unknown = len(given) > 2 and re.fullmatch(r"[\w.]+", given[2]) and "{" not in followed and "=>" not in followed
    if unknown or "..." in followed or re.search(r"(?i)secret", given[1]) or unit.search(_NOT_THERE[option]):
        return None
    return Saw("review", f"{fact.name} is given no {option}, and then checks none", "derived")


_AUDIENCE = r"ValidateAudience|RequireAudience|validateAudience|verify_aud|SkipClientIDCheck"


@on("audience-check-disabled", "name", _AUDIENCE)
def audience_off(fact: Fact, unit: Unit) -> Saw | None:
    """A switch of a library that leaves the audience unchecked."""
    if fact.last == "SkipClientIDCheck":
        checked = unit.search(r"(?i)audience|\baud\b") or _discarded(unit, fact.line)
        return (
            Saw("refutes", "SkipClientIDCheck is true and no audience is checked")
            if unit.true(fact.value) and not checked
            else None
        )
    if not re.search(rf"(?:^|[.\"'\[]){fact.last}[\"'\]]*$", fact.name) or not unit.false(fact.value):
        return None
    if fact.last == "verify_aud" and re.search(r"\[[\"']aud[\"']\]|get\([\"']aud[\"']\)", unit.around(fact.line)):
        return None
    return Saw("refutes", f"{fact.last} is false: tokens for any API pass")


@on("audience-check-disabled", "name", "AudienceValidator", "csharp")
def audience_lambda(fact: Fact, unit: Unit) -> Saw | None:
    """A validator that always says yes."""
    yes = _SAYS_YES.search(delegated(fact, unit))
    return Saw("refutes", "AudienceValidator always returns true") if yes else None


@on("audience-check-disabled", "call", "setSkipDefaultAudienceValidation", "java")
def audience_jose4j(fact: Fact, unit: Unit) -> Saw | None:  # noqa: ARG001 - every judge takes both
    """jose4j told to skip the audience."""
    return Saw("refutes", "setSkipDefaultAudienceValidation: tokens for any API pass")


# --- lifetime ----------------------------------------------------------------------------------------------------

STRATEGY = re.compile(r"\bnew\s+(?:\w+\.)?(?:Jwt|JWT)?Strategy\(")  # of passport-jwt
_LIFETIME = r"ValidateLifetime|RequireExpirationTime|verify_exp|ignoreExpiration|SkipExpiryCheck|SkipClaimsValidation"


@on("expiry-check-disabled", "name", _LIFETIME)
def lifetime_off(fact: Fact, unit: Unit) -> Saw | None:
    """A switch of a library that leaves the expiry unchecked."""
    if fact.last == "ignoreExpiration" and STRATEGY.search("\n".join(unit.lines[max(0, fact.line - 12) : fact.line])):
        return None  # its callback may look at the expiry: `expiry_of_strategy`
    if fact.last in ("ignoreExpiration", "SkipExpiryCheck", "SkipClaimsValidation"):
        if fact.last == "SkipClaimsValidation" and re.search(r"(?i)\bexp\b|ExpiresAt|\.Valid\(\)", _rest(unit, fact)):
            return None  # its claims are looked at after
        asked = _HINT.search(_name_of_function(unit, fact.line)) or _discarded(unit, fact.line)
        return (
            Saw("refutes", f"{fact.last} is true: expired tokens pass") if unit.true(fact.value) and not asked else None
        )
    if not re.search(rf"(?:^|[.\"'\[]){fact.last}[\"'\]]*$", fact.name) or not unit.false(fact.value):
        return None
    if fact.last == "ValidateLifetime" and re.search(r"(?i)refresh|expired", _name_of_function(unit, fact.line)):
        return None
    return Saw("refutes", f"{fact.last} is false: expired tokens pass")


@on("expiry-check-disabled", "name", "LifetimeValidator", "csharp")
def lifetime_lambda(fact: Fact, unit: Unit) -> Saw | None:
    """A validator that always says yes."""
    yes = _SAYS_YES.search(delegated(fact, unit))
    return Saw("refutes", "LifetimeValidator always returns true") if yes else None


@on("expiry-check-disabled", "call", "decode", "python")
def authlib_not_validated(fact: Fact, unit: Unit) -> Saw | None:
    """Authlib's decode, which looks at no claim until validate is called."""
    if not unit.search(r"(?m)^[ \t]*from authlib\.jose\b") or not re.search(r"(?i)jwt\.decode$", fact.name):
        return None
    if re.search(r"\.validate\w*\(|[\"']exp[\"']", unit.around(fact.line)) or unit.search(r"(?m)^\s*import jwt\b"):
        return None
    return Saw("refutes", f"{fact.name} without validate: expired tokens pass", "derived")


@on(
    "expiry-check-disabled",
    "name",
    r"leeway|clockTolerance|ClockSkew|clock_skew\w*|^[\"']LEEWAY[\"']$|JWT_DECODE_LEEWAY",
)
def skew_named(fact: Fact, unit: Unit) -> Saw | None:
    """A tolerance that keeps expired tokens alive."""
    value = seconds(unit.resolve(fact.value))
    return _skew(value / 1000 if value and fact.last.endswith("Ms") else value, fact.last)


@on("expiry-check-disabled", "name", r"JWT_(ACCESS|REFRESH)_TOKEN_EXPIRES[\"'\]]*$", "python")
def issued_forever_by_flask(fact: Fact, unit: Unit) -> Saw | None:
    """Flask-JWT-Extended told to sign tokens without any expiry."""
    return Saw("refutes", f"{fact.last} is False: tokens never expire") if unit.false(fact.value) else None


@on("expiry-check-disabled", "call", "sign|compact|serialize", "java")
def issued_forever(fact: Fact, unit: Unit) -> Saw | None:  # noqa: ARG001 - every judge takes both
    """A token that java-jwt or JJWT signs without any expiry: whoever verifies it finds none that has passed."""
    if not re.match(r"(?:\w+\.)*(?:JWT\s*\.\s*create|Jwts\s*\.\s*builder)\(\)", fact.text):
        return None
    if re.search(r"(?i)expir|\bexp\b|claims\(|payload\(|content\(", fact.text):
        return None
    return Saw("refutes", "a token is issued that never expires", "derived", line=fact.line)


@on(
    "expiry-check-disabled",
    "call",
    "acceptLeeway|acceptExpiresAt|clockSkewSeconds|setAllowedClockSkewSeconds|setAllowedClockSkewInSeconds|setMaxClockSkew|JwtTimestampValidator",
    "java",
)
@on("expiry-check-disabled", "call", "WithLeeway|WithAcceptableSkew", "go")
def skew_called(fact: Fact, unit: Unit) -> Saw | None:
    """A tolerance that keeps expired tokens alive."""
    given = fact.argument(position=0)
    return _skew(seconds(unit.resolve(given)), fact.last) if given else None


@on("expiry-check-disabled", "call", "WithoutClaimsValidation|WithValidate", "go")
def go_claims(fact: Fact, unit: Unit) -> Saw | None:
    """golang-jwt or jwx told to check no claim, in a function that checks none itself."""
    if fact.last == "WithValidate" and not unit.false(fact.argument(position=0) or ""):
        return None
    if re.search(r"(?i)\biat\b|\bexp\b|ExpiresAt|IssuedAt", _rest(unit, fact)):
        return None
    return Saw("refutes", f"{fact.last}: expired tokens pass")


def _skew(value: float | None, name: str) -> Saw | None:
    if value is not None and value > MAX_SKEW:
        return Saw(
            "refutes", f"{name} accepts tokens {value:g} seconds after they expire; {MAX_SKEW} is the usual limit"
        )
    return None


_UNITS = {"second": 1, "minute": 60, "hour": 3600, "day": 86400, "millisecond": 0.001, "milli": 0.001}


def seconds(text: str) -> float | None:
    """Return the length in seconds that *text* writes in any of the languages, or None."""
    plain = text.strip().strip("\"'").replace("_", "")
    number = re.fullmatch(r"(\d+(?:\.\d+)?)\s*[lLfFdDmM]?", plain)
    if number:
        return float(number[1])
    if "MaxValue" in plain:
        return float("inf")
    product = re.fullmatch(r"(\d+(?:\s*\*\s*\d+)+)", plain)
    if product:
        result = 1.0
        for part in product[1].split("*"):
            result *= float(part)
        return result
    found = re.findall(
        r"(?i)(?:From|of|time\.|\b)(millisecond|milli|second|minute|hour|day)s?\s*(?:\(\s*|=\s*)(\d+)", plain
    ) or [
        (unit, value) for value, unit in re.findall(r"(?i)(\d+)\s*\*\s*time\.(second|minute|hour|millisecond)", plain)
    ]
    if found:
        return sum(_UNITS[unit.lower()] * float(value) for unit, value in found)
    if re.fullmatch(r"time\.(Hour|Minute|Second)", plain):
        return float(_UNITS[plain.split(".")[1].lower()])
    return None
