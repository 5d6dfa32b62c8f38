"""The one classifier that decides what is a real secret, and the mask that every shown text goes through."""

from __future__ import annotations

import math
import re
from collections import Counter
from typing import Final

NAME: Final = re.compile(
    r"(?i)(?:^|[^a-z])(?:client|app|api|jwt|token|hmac|signing|cookie|session|auth|private|access|encryption|storage|"
    r"account|shared|webhook|master|symmetric|totp|mendable\w*|zap)?[ _.-]?(?:secret|password|passwd|pwd|passphrase|api[_-]?key|secret[_-](?:[a-z]+[_-])?key|secretkey|"
    r"signing[_-]?key|private[_-]?key|access[_-]?key|jwt[_-]?key|hmac[_-]?key|auth[_-]?key|account[_-]?key|encryption[_-]?key|symmetric[_-]?key|"
    r"connection[_-]?string|pass|token)(?:[_-]?(?:value|key|hmac|base64|plain|text|b64))*(?:[_-]?\d+)?$"
)
# Names that hold the word but no secret: what describes one, points to one, or is a text shown to people.
_ABOUT: Final = re.compile(
    r"(?i)(?:url|uri|path|file|name|id|type|label|hint|title|message|text|field|placeholder|prompt|error|regex|pattern|length|"
    r"policy|rotation|reset|forgot|forget|change|expir\w*|endpoint|header|scheme|provider|validator|encoder|algorithm|count|limit|"
    r"budget|usage|version|ref|reference|source|store|vault|arn|env|env_?(?:key|var|name|variable)|secretsmanager|enabled|required|min|max|age|ttl|hash|hashed|encrypted|"
    r"invalid|wrong|incorrect|show|hide|confirm|toggle|code|"
    r"public|csrf|xsrf|antiforgery|cancellation|next|page|continuation|sync|delta|grant|lifetime|tokens)$|^existing|^(?:reset|forgot|change|"
    r"confirm|show|hide|is|has|no|use|with|verify|validate|update|set|get|need|require|enable|disable|max|min|invalid|wrong|"
    r"public|csrf|xsrf|antiforgery|cancellation|next|page|continuation|encrypted|hashed|sealed|scopes?|check|"
    r"field|column|flag|arg|attr|attribute|resource|table|query|claim)[_-]"
    r"|(?:password|passwd|pwd)_?key$"
)
# Written without any mark between the words, as in keepasspassword.
_JOINED: Final = re.compile(
    r"(?i)^(?!reset|forgot|change|confirm|show|hide|check|verify|new|old|set|get|update|is|has|no)[a-z]{2,14}(?:password|passwd)$"
)
_PLACEHOLDER: Final = re.compile(
    r"(?ix)"
    r"^\W*$|^[x*.\-_#0]+$|^(.)\1+$"
    r"|<[^<>]*>|^<|^>|^\{[^{}]*\}$|\[[^\]]*\]|\{\{|\}\}|\$\{|\$\(|\#\{|^%[^%]+%$|^\$|@Microsoft\.KeyVault|^@[\w.]+\(|__[A-Za-z_]+__"
    r"|enter[ _-]|your|[ _-]here\b|change[ _-]?(?:me|it|this)|replace|placeholder|dummy|not[ _-](?:an?[ _-])?(?:real|credential)|sample[ _-]|example|todo|fixme|redacted|masked|"
    r"hidden|insert|provide|supply|fill[ _-]?in|to[ _-]be|not[ _-]?set|n/a|^none$|^null$|^undefined$|^nil$|^empty$|^true$|^false$|"
    r"[?\uff1f]{2}|you-|do[ _-]?not[ _-]?use|is_?a_?sample|^no[ _-]?(?:secret|password|token|key)(?:[ _-]?(?:needed|required|necessary|used))?$|^not[ _-]?(?:needed|required|necessary|used|applicable)$|if[ _-]you[ _-]|please[ _-]|^(?:get|put|set|use|paste|add|create)[ _-](?:the|an?|this|it|new)[ _-]|xxx|\.\.\.|…|填写|你的"
    r"|app[ ]?registration|client[ ]?secret$|^(?:my|the|a|some)[ _-](?!.*[!@$%^&*]{3})|[ _-]goes[ _-]here|generated|randomly|^base64-[a-z-]+$"
    r"|(?:^|[ _-])(?:dev|local|demo|default|random|fake|mock|some)[ _-](?:password|passwd|secret|token|key|string|value)$|^guest$"
    r"|(?:^|[ _-])fake[ _-]|^(?:token|tok|key|secret|sk|pk)[_-](?:abc|xyz)\d*$|^whsec_?$|^(?:dis|en)abled$|^[123]x0{8,}[AB]{2}$"
    r"|^(?:secret|password|passwd|pwd|token|key|api[_-]?key|client[_-]?secret|smtp[_-]?password|secret[_-]?key|string|text|value|"
    r"bearer|jwt|basic|default|1password|hidden|required|optional|integer|boolean|object|array|str|bytes|int|bool|off|on|yes|no)$"
)
_REFERENCE: Final = re.compile(
    r"(?i)^--?[a-z]+(?:-[a-z]+)*$|^(?:env|process\.env|os\.environ|secret|secrets?ref|keyvault|vault|ssm|aws|azure|gcp|var|local|data|module|"
    r"configuration|config|settings|random_\w+|azurerm_\w+|azuread_\w+|parameters|variables|each|self)[.:/\[(]|^vault:|^ENC\(|^sm://|"
    r"^(?:https?|arn|projects|file|op|kv|api)://|^/(?:api|auth|users?|v\d|var|run|etc|opt|home|mnt|usr|tmp)/|^/\S*/:\w|^(?-i:/[a-z._-]{2,}(?:/[a-z._{}-]+)*/?)$|"
    r"^(?:phc_|pk_(?:live|test)_|sb_publishable_)|^[./~]?/?[\w./-]+\.(?:pem|key|pfx|p12|json|txt|crt)$|^sha\d+-|^\$2[aby]\$|^/?b2c_1a?_"
)
_STRONG: Final = re.compile(
    r"-----BEGIN (?:[A-Z ]+ )?PRIVATE KEY-----(?:\\[rn]|[\s\"'+,])*[A-Za-z0-9+/=]{20}"
    r"|(?<![A-Za-z0-9_~.-])[A-Za-z0-9_~.-]{3}\dQ~[A-Za-z0-9_~.-]{31,34}(?![A-Za-z0-9_~.-])"
    r"|(?i:AccountKey|SharedAccessKey)=[A-Za-z0-9+/]{40,88}={0,2}"
    r"|(?<![A-Za-z0-9])gh[pousr]_[A-Za-z0-9]{36}|github_pat_[A-Za-z0-9_]{60,}"
    r"|(?<![A-Z0-9])(?:AKIA|ASIA)[A-Z0-9]{16}(?![A-Z0-9])"
    r"|xox[bp]-[0-9]{10,}-[A-Za-z0-9-]{20,}"
)
_STRONG_MARKS: Final = (
    "PRIVATE KEY", "Q~", "ccountKey=", "haredAccessKey=", "ccountkey=", "github_pat_", "AKIA", "ASIA", "xoxb-", "xoxp-",
)  # fmt: skip
_GITHUB: Final = re.compile(r"gh[pousr]_")
# Published by their vendors as examples: the Azurite and Cosmos DB emulator keys, AWS's documentation key.
_PUBLISHED: Final = (
    "Eby8vdM02xNOcqFlqUwJPLlmEtlCDXJ1OUzFT50uSRZ6IFsuFq2UVErCz4I6tq/K1SZFPTOtr/KBHBeksoGMGw",
    "C2y6yDjf5/R+ob0N8A7Cgv30VRDJIWEHLM+4QDU5DE2nQ9nDuVTqobD4b8mGGyPMbIZnqyMsEcaGQy67XIw/Jw",
    "wJalrXUtnFEMI/K7MDENG",
    "AKIAIOSFODNN7EXAMPLE",
)
_LOCAL: Final = re.compile(r"(?i)(?:@|host=|server=|//)(?:localhost|127\.0\.0\.1|\[::1\]|\(localdb\)|db:|postgres:)")
_MESSAGE: Final = re.compile(r"[A-Za-z]{2,}[ ,!?:]+[A-Za-z]{2,}")
_VARIABLE: Final = re.compile(
    r"[A-Z][A-Z0-9]*(?:_[A-Z0-9]+)*_?(?:SECRET|PASSWORD|PASSWD|PASS|PWD|TOKEN|KEY)(?:_[A-Z0-9]+)*"
)
_CAMEL: Final = re.compile(r"[a-z]+(?:[A-Z][a-z]+)+")
_SLUG: Final = re.compile(r"[a-z0-9]+(?:[_-][a-z0-9]+)*")
_TICKET: Final = re.compile(r"[a-z]{2,4}-\d{3,}(?:-[a-z0-9]+)+")  # of a feature flag: pm-4711-new-device-key
# Of a utility framework's style sheet: "border-transparent bg-purple-50 hover:bg-purple-100".
_STYLE: Final = re.compile(
    r"(?:^|\s)(?:[a-z]+:)*(?:bg|text|border|rounded|font|flex|grid|ring|shadow|p[xytblr]?|m[xytblr]?)-[a-z0-9/.\[\]-]+(?:\s|$)"
)
_ACCOUNT: Final = re.compile(r"(?i)(?:account|access|shared|storage)_?key$")


def names_secret(name: str) -> bool:
    """Whether a variable, key or setting called *name* holds a secret by its name."""
    last = re.split(r"[.\[\]\"':]+", name.strip().strip("\"'])"))[-1].strip() or name
    if "/" in last:
        return False  # a route or a file
    spaced = re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", last)
    return bool(NAME.search(spaced) or _JOINED.search(last)) and not _ABOUT.search(spaced) and not _ABOUT.search(last)


def _words(text: str) -> set[str]:
    found = re.findall(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+|\d+", text)
    return {re.sub(r"(?<=\w{4})(?:ed|s)$", "", word.casefold()) for word in found}


def _names_something(text: str, name: str) -> bool:
    """Whether *text* is no secret but the name of one: of a variable, a field, an entry of a vault or of a list."""
    words, named = _words(text), _words(name)
    if _VARIABLE.fullmatch(text) or (re.fullmatch(r"[A-Za-z][\w .-]*", text) and words <= named):
        return True
    if re.sub(r"[\W_]", "", text).casefold() == re.sub(r"[\W_]", "", name).casefold():
        return True
    if _TICKET.fullmatch(text) and len(named) > 1 and named <= words:
        return True
    if _CAMEL.fullmatch(text) and re.search(
        r"[A-Z][a-z]+(?:Password|Secret|Token)$|Key$|^(?:incorrect|invalid|wrong|missing|expired)[A-Z]", text
    ):
        return True
    if re.fullmatch(
        r"(?:oauth2?|oidc|client|app|api|jwt|auth|session|cookie|web)(?:[_-][a-z]+)*[_-](?:secret|key)", text
    ):
        return True
    if re.search(r"(?i)token$", name) and re.fullmatch(r"[a-z]+(?:[_-][a-z]+)*[_-]token", text):
        return True
    return bool(_ACCOUNT.search(name) and _SLUG.fullmatch(text) and len(text) < 40)


def is_real(value: str, name: str = "") -> bool:
    """Whether *value*, given to something that is called *name*, is a real secret and no placeholder or reference."""
    text = value.strip().strip("\"'`")
    if any(known in text for known in _PUBLISHED):
        return False
    if _STRONG.search(text):
        return True
    if not 5 <= len(text) <= 4096 or _REFERENCE.search(text) or _PLACEHOLDER.search(text):
        return False
    words = re.split(r"[.\[\]\"':]+", name.strip().strip("\"'])"))
    if _names_something(text, words[-1]):
        return False
    if re.search(r"(?i)connection", name):
        found = re.search(r"(?i)(?:password|pwd|accountkey|sharedaccesskey)=([^;\"']+)", text)
        return found is not None and not _LOCAL.search(text) and is_real(found[1])
    if text.startswith(("http://", "https://")) or re.fullmatch(r"[\w.]+\(.*\)", text):
        return False
    if _MESSAGE.search(text) and not re.search(r"\d|[!@#$%^&*]{3}", text) and len(text.split()) > 3:
        return False
    if dotted(text) or (" " in text and _STYLE.search(text)):
        return False
    if re.fullmatch(r"(?i)(?:[a-z-]+ )+(?:secret|password|passphrase|token|key)s?", text):
        return False  # a label: one-time password
    if re.fullmatch(r"[.#][a-z]+(?:-[a-z]+)*", text):
        return False  # a selector of a page
    # A plain word of camel or snake case that only repeats such words names a thing (ResetPassword, api_key_name).
    return not re.fullmatch(
        r"(?i)(?:[a-z]+[_ /-])*(?:secret|password|passphrase|token|key|credential|auth|login|signin|forgot|reset|change|new|old|api)s?"
        r"(?:[_ /-]?(?:secret|password|passphrase|token|key|name|id|value|field|header|auth|login|flow|required|invalid|expired|mode))+",
        text,
    )


def reference(text: str) -> bool:
    """Whether *text* only says where a value lies: in a vault, an environment, a file."""
    return bool(_REFERENCE.search(text))


# What reads like a placeholder, and is a key all the same where it is the one that signs.
_PLAIN_WORDS: Final = re.compile(
    r"(?i)^(?:my|the|a|some|dev|local|demo|default|random)[ _-]|^(?:secret|secret[_-]?key|password|passwd|api[_-]?key|jwt|client[_-]?secret)$|^(?!you)[^<>\[\]]*[ _-](?:secret|key)$"
)


def to_be_filled(text: str) -> bool:
    """Whether *text* asks for another in its place, or stands for any."""
    return not text.isascii() or bool(_PLACEHOLDER.search(text) and not _PLAIN_WORDS.search(text))


def variable(text: str) -> bool:
    """Whether *text* is the name of a variable that holds a secret, as environments have them."""
    return bool(_VARIABLE.fullmatch(text)) and "_" in text


def dotted(text: str) -> bool:
    """Whether *text* is a path of names, as keys of settings and texts are."""
    return bool(re.fullmatch(r"[a-z_][a-z0-9_]*(?:[.][a-zA-Z_][a-zA-Z0-9_]*)+", text)) and not re.search(r"\d{2}", text)


def strong(text: str) -> list[tuple[int, str]]:
    """Return offset and text of what is a secret by its own shape, wherever it stands in *text*."""
    if not any(mark in text for mark in _STRONG_MARKS) and not _GITHUB.search(text):
        return []
    return [
        (match.start(), match[0])
        for match in _STRONG.finditer(text)
        if not any(known in match[0] for known in _PUBLISHED) and not re.search(r"EXAMPLE|(.)\1{7}", match[0])
    ]


def kind(text: str) -> str:
    """Return what *text*, a secret by its shape, is."""
    if text.startswith("-----"):
        return "a private key"
    return "a client secret of Microsoft Entra ID" if re.search(r"\dQ~", text) else "a credential"


def mask(secret: str) -> str:
    """Return *secret* so that it can be recognized by who knows it and used by nobody: at most two characters of it."""
    inner = secret.strip().strip("\"'`")
    if inner.startswith("-----BEGIN"):
        return inner.split("-----")[1].join(("-----", "----- ***"))
    return f"{inner[:2]}***" if len(inner) >= 8 else "***"


_IN_TEXT: Final = re.compile(
    r"(?i)((?:secret|password|passwd|pwd|passphrase|api_?key|signing[_-]?key|private_?key|accountkey|sharedaccesskey|token)"
    r"[\w-]*[\"'\])]*\s*(?:=>|:=|[=:(,])\s*[\"'`]?)([^\s\"'`;,(){}<>]{4,})"
)
_JWT: Final = re.compile(r"eyJ[\w-]{5,}\.[\w-]{5,}(?:\.[\w-]*)?")


def redact(text: str, known: str | None = None) -> str:
    """Return *text* with every secret in it masked: *known*, secrets by shape, values beside a secret's name, JWTs."""
    if known and len(known.strip("\"'` ")) >= 3:
        bare = known.strip("\"'` ")
        text = text.replace(bare, mask(bare))
    for _, found in strong(text):
        text = text.replace(found, mask(found))
    text = re.sub(r"-----BEGIN ([A-Z ]*PRIVATE KEY)-----.*", r"-----BEGIN \1----- ***", text, flags=re.S)
    text = _JWT.sub("eyJ***", text)

    def hide(match: re.Match[str]) -> str:
        return match[1] + (mask(match[2]) if is_real(match[2]) and entropy(match[2]) > 2.2 else match[2])

    return _IN_TEXT.sub(hide, text)


def entropy(text: str) -> float:
    """Return the Shannon entropy of *text* in bits for each character."""
    counts = Counter(text)
    return -sum(n / len(text) * math.log2(n / len(text)) for n in counts.values()) if text else 0.0
