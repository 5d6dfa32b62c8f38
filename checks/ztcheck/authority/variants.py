"""Tokens that an API must refuse, and unusual ones that it must accept, by name.

    case = Case(entra, api, user=ana, client=web, scopes=("Orders.Read",))
    for name, variant in BAD_TOKENS.items():
        assert not accepts(variant.make(case)), variant.why

Each bad token differs from a good one in what its name says. Most carry a true signature of the authority: the
validator has to refuse them for what they say. The rules come from RFC 7515, RFC 7519, RFC 8725 and Microsoft's page on
access tokens (https://learn.microsoft.com/entra/identity-platform/access-tokens). A variant marked *strict* is one
that those rules let pass, but that Entra never sends: a validator that knows Entra's tokens refuses it. Three tokens
are wrong in their scope alone (``kind/scp-comma-joined``, ``kind/scp-longer``, ``kind/scp-other-case``): they are
valid, and the route that demands a scope refuses them.
"""

# ruff: noqa: ARG005 - every builder takes the case, whether it needs it or not

from __future__ import annotations

import base64
import hashlib
import hmac
import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

from joserfc.jwk import ECKey, OKPKey

from ztcheck.authority.directory import CONSUMERS, GRAPH, Group, Registration, Tenant, User, guid
from ztcheck.authority.keys import SigningKey, b64url, peek, process_key, segment, signature, unb64url

if TYPE_CHECKING:
    from ztcheck.authority.entra import Entra

HOUR = 3600


@dataclass(frozen=True)
class Case:
    """What the tokens are for: the API under test and a caller that it accepts."""

    entra: Entra
    api: Registration
    user: User
    client: Registration
    scopes: tuple[str, ...] = ()
    roles: tuple[str, ...] = ()

    @property
    def tenant(self) -> Tenant:
        return self.user.tenant

    @property
    def now(self) -> int:
        return int(self.entra.now())

    @cached_property
    def attacker(self) -> SigningKey:
        """A key that the authority never published."""
        return process_key(901)

    @cached_property
    def weak(self) -> SigningKey:
        """An RSA key of 1024 bits."""
        return process_key(-1)

    @property
    def other_tenant(self) -> Tenant:
        return self.entra.tenant("fabrikam")

    def token(self, claims: dict[str, Any] | None = None, header: dict[str, Any] | None = None, **more: Any) -> str:
        """Return the delegated token that the API accepts, changed as said."""
        return self.entra.mint(
            self.api, user=self.user, client=self.client, scopes=self.scopes, claims=claims, header=header, **more
        )

    def app_token(self, claims: dict[str, Any] | None = None, **more: Any) -> str:
        """Return the app-only token, changed as said."""
        return self.entra.mint(
            self.api, client=self.client, tenant=self.tenant, roles=self.roles, claims=claims, **more
        )

    @property
    def parts(self) -> tuple[dict[str, Any], dict[str, Any]]:
        """Header and claims of the accepted token."""
        return peek(self.token())

    def resigned(self, header: object, claims: object) -> str:
        """Return header and claims, JSON or bytes, under a true signature of the authority."""
        text = f"{segment(header)}.{segment(claims)}"
        return f"{text}.{b64url(signature(text, self.entra.signing_key.jose))}"


Make = Callable[[Case], str]


@dataclass(frozen=True)
class Variant:
    """One way for a token to be wrong (or unusual): *why* says how, *make* builds it."""

    name: str
    why: str
    make: Make
    strict: bool = False

    @property
    def group(self) -> str:
        return self.name.split("/")[0]


BAD_TOKENS: dict[str, Variant] = {}
UNUSUAL_TOKENS: dict[str, Variant] = {}


def _bad(name: str, why: str, make: Make, *, strict: bool = False) -> None:
    if name in BAD_TOKENS:
        raise ValueError(f"two bad tokens are called {name}")
    BAD_TOKENS[name] = Variant(name, why, make, strict)


def _unusual(name: str, why: str, make: Make) -> None:
    UNUSUAL_TOKENS[f"unusual/{name}"] = Variant(f"unusual/{name}", why, make)


def _claim(name: str, why: str, claim: str, value: Callable[[Case], Any], *, strict: bool = False) -> None:
    _bad(name, why, lambda case: case.token({claim: value(case)}), strict=strict)


# The wrong JSON types, for any claim

_TYPES: dict[str, Any] = {"null": None, "number": 7, "list": [], "object": {"a": 1}, "true": True, "empty": ""}


def _types(group: str, claim: str, *, leave_out: tuple[str, ...] = (), strict: bool = False) -> None:
    for kind, value in _TYPES.items():
        if kind not in leave_out:
            _claim(
                f"{group}/{claim}-{kind}",
                f"{claim} is {json.dumps(value)}",
                claim,
                lambda case, value=value: value,  # type: ignore[misc]
                strict=strict,
            )


def _without(group: str, claim: str, *, strict: bool = False) -> None:
    _bad(f"{group}/{claim}-missing", f"no {claim}", lambda case: case.token(without=[claim]), strict=strict)


# Algorithm


def _unsigned(alg: object, keep: bool) -> Make:
    def make(case: Case) -> str:
        header, claims = case.parts
        text = f"{segment(header | {'alg': alg})}.{segment(claims)}"
        return f"{text}.{case.token().split('.')[2] if keep else ''}"

    return make


for _name in ("none", "None", "NONE", "nOnE", "none "):
    _bad(f"header/alg-{_name.strip()}{'-blank' if _name.endswith(' ') else ''}", "unsigned", _unsigned(_name, False))
_bad("header/alg-none-with-signature", "alg none beside a signature", _unsigned("none", True))
_bad("header/alg-empty", "alg is an empty string", _unsigned("", False))
for _kind, _value in _TYPES.items():
    if _kind != "empty":
        _bad(f"header/alg-{_kind}", f"alg is {json.dumps(_value)}", lambda case, v=_value: case.token(None, {"alg": v}))  # type: ignore[misc]


def _alg_missing(case: Case) -> str:
    header, claims = case.parts
    del header["alg"]
    return case.resigned(header, claims)


_bad("header/alg-missing", "no alg", _alg_missing)


def _hmac_keys(case: Case) -> dict[str, bytes]:
    key = case.entra.signing_key
    pem = key.public_pem.encode()
    der = base64.b64decode("".join(key.public_pem.splitlines()[1:-1]))
    return {
        "pem": pem,
        "pem-stripped": pem.strip(),
        "der": der,
        "modulus": unb64url(key.jwk["n"]),
        "modulus-text": str(key.jwk["n"]).encode(),
        "jwk": json.dumps(key.jwk).encode(),
        "certificate": key.certificate_pem.encode(),
        "x5c": key.jwk["x5c"][0].encode(),
        "kid": key.kid.encode(),
        "empty": b"",
    }


def _hmac(which: str, alg: str) -> Make:
    digest = {"HS256": hashlib.sha256, "HS384": hashlib.sha384, "HS512": hashlib.sha512}[alg]

    def make(case: Case) -> str:
        header, claims = case.parts
        text = f"{segment(header | {'alg': alg})}.{segment(claims)}"
        return f"{text}.{b64url(hmac.new(_hmac_keys(case)[which], text.encode(), digest).digest())}"

    return make


for _which in ("pem", "pem-stripped", "der", "modulus", "modulus-text", "jwk", "certificate", "x5c", "kid", "empty"):
    _bad(f"header/alg-hs256-{_which}", "HMAC keyed with what is public (RFC 8725, section 2.1)", _hmac(_which, "HS256"))
for _alg in ("HS384", "HS512"):
    _bad(f"header/alg-{_alg.lower()}-pem", "HMAC keyed with the public key", _hmac("pem", _alg))


def _true_key(alg: str, shown: str | None = None) -> Make:
    def make(case: Case) -> str:
        header, claims = case.parts
        return case.entra.signing_key.sign(header | {"alg": shown or alg}, claims, alg)

    return make


for _alg in ("RS384", "RS512", "PS256", "PS384", "PS512"):
    _bad(f"header/alg-{_alg.lower()}", f"{_alg} by the true key; Entra signs with RS256 alone", _true_key(_alg))
    _bad(f"signature/{_alg.lower()}-as-rs256", f"a {_alg} signature called RS256", _true_key(_alg, "RS256"))
for _name, _shown in {
    "lower-case": "rs256",
    "blank": "RS256 ",
    "nul": "RS256\u0000",
    "unknown": "RS257",
    "encryption": "RSA-OAEP",
    "long-name": "sha256WithRSAEncryption",
}.items():
    _bad(f"header/alg-{_name}", f"alg is {_shown!r}", _true_key("RS256", _shown))


def _curve(case: Case, alg: str, embed: bool) -> str:
    key = ECKey.generate_key("P-256") if alg == "ES256" else OKPKey.generate_key("Ed25519")
    header, claims = case.parts
    header["alg"] = alg
    if embed:
        header["jwk"] = key.as_dict(private=False)
    text = f"{segment(header)}.{segment(claims)}"
    return f"{text}.{b64url(signature(text, key, alg))}"


for _alg in ("ES256", "Ed25519"):
    for _embed in (False, True):
        _bad(
            f"header/alg-{_alg.lower()}{'-embedded-jwk' if _embed else ''}",
            f"{_alg} by an attacker's key",
            lambda case, a=_alg, e=_embed: _curve(case, a, e),  # type: ignore[misc]
        )

# Key id and key material in the header

for _kind, _value in _TYPES.items():
    _bad(f"header/kid-{_kind}", f"kid is {json.dumps(_value)}", lambda case, v=_value: case.token(None, {"kid": v}))  # type: ignore[misc]
for _name, _text in {
    "unknown": "AAAAAAAAAAAAAAAAAAAAAAAAAAA",
    "path": "../../../../dev/null",
    "sql": "x' UNION SELECT 'key' --",
    "url": "https://evil.example/jwks.json",
    "newline": "kid\r\nX-Injected: 1",
    "nul": "kid\u0000",
    "huge": "k" * 8000,
    "format": "{0}{tenantid}%s",
}.items():
    _bad(f"header/kid-{_name}", f"kid is {_text[:40]!r}", lambda case, v=_text: case.token(None, {"kid": v}))  # type: ignore[misc]
_bad(
    "header/kid-other-case",
    "kid in another case",
    lambda case: case.token(None, {"kid": case.entra.signing_key.kid.swapcase()}),
)


def _kid_missing(case: Case) -> str:
    header, claims = case.parts
    del header["kid"]
    return case.resigned(header, claims)


_bad("header/kid-missing", "no kid", _kid_missing)


def _attacker(extra: Callable[[Case], dict[str, Any]]) -> Make:
    def make(case: Case) -> str:
        header, claims = case.parts
        return case.attacker.sign(header | extra(case), claims)

    return make


_EMBEDDED: dict[str, Callable[[Case], dict[str, Any]]] = {
    "jku": lambda case: {"jku": "https://evil.example/jwks.json"},
    "x5u": lambda case: {"x5u": "https://evil.example/cert.pem"},
    "jwk": lambda case: {"jwk": case.attacker.jwk},
    "x5c": lambda case: {"x5c": case.attacker.jwk["x5c"]},
    "x5t": lambda case: {"x5t": case.attacker.kid},
}
for _name, _extra in _EMBEDDED.items():
    _bad(f"header/{_name}-of-attacker", f"attacker's key, named by {_name}, under the true kid", _attacker(_extra))
    _bad(
        f"header/{_name}-and-kid-of-attacker",
        f"attacker's key, named by {_name} and its own kid",
        _attacker(lambda case, e=_extra: {**e(case), "kid": case.attacker.kid}),  # type: ignore[misc]
    )

for _name, _value in {
    "unknown": ["urn:example:policy"],
    "exp": ["exp"],
    "empty": [],
    "string": "exp",
    "number": 1,
    "null": None,
}.items():
    _bad(
        f"header/crit-{_name}",
        f"crit is {json.dumps(_value)} (RFC 7515, section 4.1.11)",
        lambda case, v=_value: case.token(None, {"crit": v, "urn:example:policy": True}),  # type: ignore[misc]
    )


def _unencoded(case: Case) -> str:
    header, claims = case.parts
    body = json.dumps(claims).encode()
    head = segment(header | {"b64": False, "crit": ["b64"]})
    signed = signature(f"{head}.{body.decode()}", case.entra.signing_key.jose)
    return f"{head}.{b64url(body)}.{b64url(signed)}"


_bad("header/b64-false", "unencoded payload (RFC 7797)", _unencoded)
_bad("header/zip", "a compressed payload is announced", lambda case: case.token(None, {"zip": "DEF"}), strict=True)
_bad("header/enc", "enc as of a JWE", lambda case: case.token(None, {"enc": "A256GCM"}), strict=True)
for _name, _value in {
    **_TYPES,
    "jwe": "JWE",
    "at-jwt": "at+jwt",
    "dpop": "dpop+jwt",
    "logout": "logout+jwt",
    "list-of-right": ["JWT"],
}.items():
    _bad(
        f"header/typ-{_name}",
        f"typ is {json.dumps(_value)}; Entra's access tokens say JWT (RFC 8725, section 3.11)",
        lambda case, v=_value: case.token(None, {"typ": v}),  # type: ignore[misc]
        strict=True,
    )
for _value in ([], "RS256", 7, None, True):
    _bad(
        f"structure/header-is-{type(_value).__name__.lower()}",
        f"the header is {json.dumps(_value)}",
        lambda case, v=_value: case.resigned(v, case.parts[1]),  # type: ignore[misc]
    )
    _bad(
        f"structure/payload-is-{type(_value).__name__.lower()}",
        f"the payload is {json.dumps(_value)}",
        lambda case, v=_value: case.resigned(case.parts[0], v),  # type: ignore[misc]
    )

# Signature


def _signed(change: Callable[[Case, bytes], bytes | str]) -> Make:
    def make(case: Case) -> str:
        head, body, tail = case.token().split(".")
        changed = change(case, unb64url(tail))
        return f"{head}.{body}.{changed if isinstance(changed, str) else b64url(changed)}"

    return make


_bad("signature/empty", "no signature", _signed(lambda case, s: b""))
_bad("signature/truncated", "one byte short", _signed(lambda case, s: s[:-1]))
_bad("signature/half", "half of it", _signed(lambda case, s: s[:128]))
_bad("signature/extended", "one byte long", _signed(lambda case, s: s + b"\x00"))
_bad("signature/zero-in-front", "a zero byte in front", _signed(lambda case, s: b"\x00" + s))
_bad("signature/bit-flipped-first", "first bit flipped", _signed(lambda case, s: bytes([s[0] ^ 0x80]) + s[1:]))
_bad("signature/bit-flipped-last", "last bit flipped", _signed(lambda case, s: s[:-1] + bytes([s[-1] ^ 1])))
_bad("signature/zeros", "all zero", _signed(lambda case, s: bytes(len(s))))
_bad("signature/ones", "all ones", _signed(lambda case, s: b"\xff" * len(s)))
_bad("signature/reversed", "bytes in reverse", _signed(lambda case, s: s[::-1]))
_bad("signature/of-another-token", "signature of another token", _signed(lambda case, s: case.token().split(".")[2]))
_bad("signature/doubled", "twice", _signed(lambda case, s: s + s))
_bad("signature/not-base64", "not base64url", _signed(lambda case, s: "!!!!"))
_bad("signature/number", "a number", _signed(lambda case, s: "0"))
_bad(
    "signature/standard-base64",
    "base64, not base64url",
    _signed(lambda case, s: base64.b64encode(b"\xfb\xff" + s[2:]).decode()),
)
_bad("signature/padded", "padded with =", _signed(lambda case, s: base64.urlsafe_b64encode(s).decode()), strict=True)
_bad("signature/newline", "a line break in it", _signed(lambda case, s: b64url(s)[:100] + "\n" + b64url(s)[100:]))


def _malleable(_: Case, raw: bytes) -> str:
    text = b64url(raw)
    alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
    # 256 bytes leave the last character four unused bits: 16 spellings of one signature.
    return text[:-1] + alphabet[alphabet.index(text[-1]) ^ 1]


_bad("signature/unused-bits", "another spelling of the last character", _signed(_malleable), strict=True)
_bad("signature/attacker-key", "attacker's key under the true kid", _attacker(lambda case: {}))
_bad(
    "signature/attacker-key-own-kid",
    "attacker's key under its own kid",
    _attacker(lambda case: {"kid": case.attacker.kid}),
)
_bad(
    "signature/weak-key",
    "a key of 1024 bits",
    lambda case: case.weak.sign(case.parts[0] | {"kid": case.weak.kid}, case.parts[1]),
)
_bad(
    "signature/other-published-key",
    "another published key than the kid says",
    lambda case: case.entra.published_keys[-1].sign(case.parts[0], case.parts[1]),
)


def _payload_swapped(case: Case) -> str:
    head, _, tail = case.token().split(".")
    return f"{head}.{segment(case.parts[1] | {'scp': 'Everything', 'roles': ['Admin']})}.{tail}"


_bad("signature/payload-swapped", "the payload was changed after signing", _payload_swapped)


def _header_swapped(case: Case) -> str:
    _, body, tail = case.token().split(".")
    return f"{segment(case.parts[0] | {'extra': 1})}.{body}.{tail}"


_bad("signature/header-swapped", "the header was changed after signing", _header_swapped)

# Structure


def _joined(pattern: str) -> Make:
    return lambda case: pattern.format(*case.token().split("."))


for _name, _pattern in {
    "empty": "",
    "dot": ".",
    "two-dots": "..",
    "three-dots": "...",
    "one-part": "{1}",
    "two-parts": "{0}.{1}",
    "four-parts": "{0}.{1}.{2}.",
    "five-parts": "{0}..{1}.{2}.{2}",
    "no-payload": "{0}..{2}",
    "no-header": ".{1}.{2}",
    "parts-swapped": "{1}.{0}.{2}",
    "blank-inside": "{0}. {1}.{2}",
    "scheme-twice": "Bearer {0}.{1}.{2}",
    "comma-joined": "{0}.{1}.{2},{0}.{1}.{2}",
    "quoted": '"{0}.{1}.{2}"',
    "words": "let me in",
}.items():
    _bad(f"structure/{_name}", f"the token is {_pattern!r}", _joined(_pattern))
_bad(
    "structure/header-not-base64",
    "the header is not base64url",
    lambda case: "%%%." + ".".join(case.token().split(".")[1:]),
)
_bad("structure/payload-not-base64", "the payload is not base64url", lambda case: _payload_text(case, "%%%"))
_bad("structure/header-not-json", "the header is not JSON", lambda case: case.resigned(b"{alg:RS256}", case.parts[1]))
_bad("structure/payload-not-json", "the payload is not JSON", lambda case: case.resigned(case.parts[0], b"{'aud': 1}"))
_bad("structure/payload-empty", "the payload is empty", lambda case: case.resigned(case.parts[0], b""))
_bad(
    "structure/payload-not-utf8",
    "the payload is not UTF-8",
    lambda case: case.resigned(case.parts[0], b'{"a":"\xff\xfe"}'),
)
_bad(
    "structure/payload-trailing-comma",
    "JSON with a comma too many",
    lambda case: case.resigned(case.parts[0], json.dumps(case.parts[1]).encode()[:-1] + b",}"),
)
_bad(
    "structure/payload-two-objects",
    "two JSON objects",
    lambda case: case.resigned(case.parts[0], json.dumps(case.parts[1]).encode() * 2),
)
_bad(
    "structure/payload-nested-deeply",
    "10,000 nested lists",
    lambda case: case.resigned(case.parts[0], b"[" * 10_000 + b"]" * 10_000),
)
_bad(
    "structure/header-nested-deeply",
    "10,000 nested lists in the header",
    lambda case: case.resigned(b'{"alg":"RS256","a":' + b"[" * 10_000 + b"]" * 10_000 + b"}", case.parts[1]),
)


def _payload_text(case: Case, text: str) -> str:
    head, _, tail = case.token().split(".")
    return f"{head}.{text}.{tail}"


def _duplicate(name: str, value: object) -> Make:
    def make(case: Case) -> str:
        header, claims = case.parts
        body = json.dumps(claims)[:-1] + f", {json.dumps(name)}: {json.dumps(value)}}}"
        return case.resigned(header, body.encode())

    return make


_bad("structure/aud-twice", "aud twice, the last one wrong", _duplicate("aud", guid("another api")))
_bad("structure/exp-twice", "exp twice, the last one long past", _duplicate("exp", 1))
_bad("structure/iss-twice", "iss twice, the last one wrong", _duplicate("iss", "https://evil.example/"))


def _json_form(case: Case) -> str:
    head, body, tail = case.token().split(".")
    return json.dumps({"protected": head, "payload": body, "signature": tail})


_bad("structure/json-serialization", "JWS in JSON (RFC 7515, section 7.2.2)", _json_form)
_bad("structure/detached", "payload detached", lambda case: _payload_text(case, ""))
_bad(
    "structure/nested-jwt",
    "a JWT as payload of a JWS",
    lambda case: case.resigned(case.parts[0] | {"cty": "JWT"}, case.token().encode()),
)
_bad("structure/huge", "64 kB long", lambda case: case.token({"padding": "x" * 49_152}), strict=True)

# Issuer


def _issuer(case: Case) -> str:
    return str(case.parts[1]["iss"])


_without("issuer", "iss")
_types("issuer", "iss")
_ISSUERS: dict[str, tuple[str, Callable[[Case], Any]]] = {
    "list": ("a list with the right one in it", lambda case: [_issuer(case)]),
    "template": ("the literal {tenantid}", lambda case: _issuer(case).replace(case.tenant.id, "{tenantid}")),
    "of-other-tenant": ("another tenant's", lambda case: case.entra.issuer(case.other_tenant)),
    "of-consumers": ("that of personal accounts", lambda case: _issuer(case).replace(case.tenant.id, CONSUMERS)),
    "common": ("common instead of a tenant", lambda case: _issuer(case).replace(case.tenant.id, "common")),
    "organizations": ("organizations", lambda case: _issuer(case).replace(case.tenant.id, "organizations")),
    "domain": ("the tenant's domain", lambda case: _issuer(case).replace(case.tenant.id, case.tenant.domain)),
    "http": ("http", lambda case: _issuer(case).replace("https://", "http://")),
    "trailing-slash": ("a slash at the end", lambda case: _issuer(case) + "/"),
    "without-version": ("no /v2.0", lambda case: _issuer(case).removesuffix("/v2.0")),
    "v1": ("the v1.0 issuer in a v2.0 token", lambda case: f"https://sts.windows.net/{case.tenant.id}/"),
    "other-cloud": ("another cloud's", lambda case: f"https://login.partner.microsoftonline.cn/{case.tenant.id}/v2.0"),
    "suffix": ("the right one with more behind", lambda case: _issuer(case) + ".evil.example"),
    "prefix": ("the beginning of the right one", lambda case: _issuer(case)[:-1]),
    "userinfo": (
        "the right host as user name",
        lambda case: _issuer(case).replace("https://", "https://login.microsoftonline.com@evil.example/"),
    ),
    "other-host": ("another host", lambda case: f"https://evil.example/{case.tenant.id}/v2.0"),
    "lookalike": ("a lookalike host", lambda case: f"https://login.micros\u043eftonline.com/{case.tenant.id}/v2.0"),
    "upper-case": ("upper case", lambda case: _issuer(case).upper()),
    "blank": ("a blank at the end", lambda case: _issuer(case) + " "),
    "nul": ("a NUL at the end", lambda case: _issuer(case) + "\u0000"),
    "dots": ("a path that climbs", lambda case: _issuer(case).replace(case.tenant.id, f"x/../{case.tenant.id}")),
    "query": ("a query behind", lambda case: _issuer(case) + "?tid=" + case.tenant.id),
    "none-word": ("the word None", lambda case: "None"),
}
for _name, (_why, _value_of) in _ISSUERS.items():
    if _name != "list":
        _claim(f"issuer/iss-{_name}", f"iss is {_why}", "iss", _value_of)
_claim("issuer/iss-in-list", f"iss is {_ISSUERS['list'][0]}", "iss", _ISSUERS["list"][1])

# Tenant


def _other_tenant(case: Case) -> str:
    return case.entra.mint(
        case.api, user=case.other_tenant.user("eve"), client=case.client, scopes=case.scopes, tenant=case.other_tenant
    )


_bad("tenant/other", "a true token of another tenant", _other_tenant)
_bad(
    "tenant/other-app-only",
    "a true app-only token of another tenant",
    lambda case: case.entra.mint(case.api, client=case.client, tenant=case.other_tenant, roles=case.roles),
)
_bad(
    "tenant/consumers",
    "a personal account's token",
    lambda case: case.entra.mint(
        case.api, user=case.entra.consumers.user("mallory"), client=case.client, scopes=case.scopes
    ),
)
_without("tenant", "tid")
_types("tenant", "tid")
for _name, _value_of in {
    "of-other-tenant": lambda case: case.other_tenant.id,
    "template": lambda case: "{tenantid}",
    "common": lambda case: "common",
    "domain": lambda case: case.tenant.domain,
    "braces": lambda case: "{" + case.tenant.id + "}",
    "path": lambda case: f"../{case.tenant.id}",
    "in-list": lambda case: [case.tenant.id],
    "blank": lambda case: case.tenant.id + " ",
    "newline": lambda case: case.tenant.id + "\n",
}.items():
    _claim(f"tenant/tid-{_name}", "tid is not the tenant that iss names", "tid", _value_of)

# Audience

_without("audience", "aud")
_types("audience", "aud")
_AUDIENCES: dict[str, tuple[str, Callable[[Case], Any], bool]] = {
    "other-api": ("another API", lambda case: guid("another api"), False),
    "graph": ("Microsoft Graph", lambda case: GRAPH, False),
    "graph-uri": ("Microsoft Graph by URI", lambda case: "https://graph.microsoft.com", False),
    "client": ("the client", lambda case: case.client.app_id, False),
    "tenant": ("the tenant", lambda case: case.tenant.id, False),
    "prefix": ("the beginning of the right one", lambda case: case.api.app_id[:-1], False),
    "suffix": ("the right one with more behind", lambda case: case.api.app_id + "0", False),
    "wildcard": ("*", lambda case: "*", False),
    "blank": ("a blank at the end", lambda case: case.api.app_id + " ", False),
    "slash": ("a slash at the end", lambda case: case.api.app_id + "/", False),
    "list-of-wrong": ("a list of others", lambda case: [GRAPH, guid("another api")], False),
    "list-of-right": ("a list of the right one", lambda case: [case.api.app_id], True),
    "list-with-right": ("a list with the right one in it", lambda case: [GRAPH, case.api.app_id], True),
    "list-nested": ("a list in a list", lambda case: [[case.api.app_id]], False),
    "object-with-right": ("an object", lambda case: {case.api.app_id: True}, False),
    "comma-joined": ("two in one string", lambda case: f"{case.api.app_id},{GRAPH}", False),
    "upper-case": ("upper case", lambda case: case.api.app_id.upper(), True),
    "nul": ("a NUL at the end", lambda case: case.api.app_id + "\u0000", False),
    "uri": (
        "the identifier URI, as in v1.0",
        lambda case: (case.api.identifier_uris or [f"api://{case.api.app_id}"])[0],
        True,
    ),
}
for _name, (_why, _value_of, _strict) in _AUDIENCES.items():
    _claim(f"audience/aud-{_name}", f"aud is {_why}", "aud", _value_of, strict=_strict)

# Time

_without("time", "exp")
_types("time", "exp", leave_out=("number",))
_TIMES: dict[str, tuple[str, str, Callable[[Case], Any], bool]] = {
    "exp-hour-ago": ("exp", "expired an hour ago", lambda case: case.now - HOUR, False),
    "exp-ten-minutes-ago": ("exp", "expired ten minutes ago", lambda case: case.now - 600, False),
    "exp-year-ago": ("exp", "expired a year ago", lambda case: case.now - 8760 * HOUR, False),
    "exp-zero": ("exp", "exp is 0", lambda case: 0, False),
    "exp-negative": ("exp", "exp is negative", lambda case: -case.now, False),
    "exp-text": ("exp", "exp is a number in a string", lambda case: str(case.now + HOUR), False),
    "exp-date": ("exp", "exp is a date", lambda case: "2036-01-01T00:00:00Z", False),
    "exp-huge-float": ("exp", "exp is 1e30", lambda case: 1e30, True),
    "exp-huge": ("exp", "exp is 10**30", lambda case: 10**30, True),
    "exp-infinite": ("exp", "exp is Infinity, which is not JSON", lambda case: float("inf"), False),
    "exp-nan": ("exp", "exp is NaN, which is not JSON", lambda case: float("nan"), False),
    "exp-milliseconds": ("exp", "exp in milliseconds", lambda case: (case.now + HOUR) * 1000, True),
    "exp-in-ten-years": (
        "exp",
        "valid for ten years; Entra's longest is about a day",
        lambda case: case.now + 87_600 * HOUR,
        True,
    ),
    "exp-in-list": ("exp", "exp in a list", lambda case: [case.now + HOUR], False),
    "nbf-in-an-hour": ("nbf", "not valid before an hour from now", lambda case: case.now + HOUR, False),
    "nbf-in-a-year": ("nbf", "not valid before a year from now", lambda case: case.now + 8760 * HOUR, False),
    "nbf-huge-float": ("nbf", "nbf is 1e30", lambda case: 1e30, False),
    "nbf-infinite": ("nbf", "nbf is Infinity", lambda case: float("inf"), False),
    "nbf-text": ("nbf", "nbf is text", lambda case: "soon", False),
    "nbf-list": ("nbf", "nbf is a list", lambda case: [case.now], False),
    "nbf-object": ("nbf", "nbf is an object", lambda case: {"at": case.now}, False),
    "iat-tomorrow": ("iat", "issued tomorrow", lambda case: case.now + 24 * HOUR, False),
    "iat-infinite": ("iat", "iat is Infinity", lambda case: float("inf"), False),
    "iat-text": ("iat", "iat is text", lambda case: "today", False),
    "iat-list": ("iat", "iat is a list", lambda case: [case.now], False),
}
for _name, (_claim_name, _why, _value_of, _strict) in _TIMES.items():
    _claim(f"time/{_name}", _why, _claim_name, _value_of, strict=_strict)
_bad(
    "time/exp-before-nbf",
    "exp before nbf, both past",
    lambda case: case.token({"exp": case.now - 2 * HOUR, "nbf": case.now - HOUR}),
)
_without("time", "nbf", strict=True)
_without("time", "iat", strict=True)

# Confusion of kinds

_bad(
    "kind/id-token-for-client",
    "the client's ID token",
    lambda case: case.entra.mint_id_token(case.client, case.user, nonce="n"),
)
_bad(
    "kind/id-token-for-api",
    "an ID token whose audience is the API",
    lambda case: case.entra.mint_id_token(case.api, case.user, nonce="n"),
)
_bad("kind/refresh-token", "an opaque refresh token", lambda case: "1." + b64url(hashlib.sha512(b"refresh").digest()))
_bad(
    "kind/graph-token",
    "a token for Microsoft Graph",
    lambda case: case.entra.mint(
        case.entra.microsoft[GRAPH], user=case.user, client=case.client, scopes=("User.Read",)
    ),
)
_bad(
    "kind/client-assertion",
    "an assertion that a client signed itself",
    lambda case: case.attacker.sign(
        {"alg": "RS256", "typ": "JWT", "kid": case.attacker.kid},
        {"iss": case.client.app_id, "sub": case.client.app_id, "aud": _issuer(case), "exp": case.now + 600, "jti": "1"},
    ),
)
_bad(
    "kind/workflow-token",
    "a GitHub workflow's token for this audience",
    lambda case: case.entra.workflow.token(audience=case.api.app_id),
)
_bad(
    "kind/logout-token",
    "a logout token",
    lambda case: case.token(
        {"events": {"http://schemas.openid.net/event/backchannel-logout": {}}},
        {"typ": "logout+jwt"},
        without=["scp", "exp"],
    ),
)
_bad(
    "kind/bound-to-a-key",
    "bound to a key (RFC 7800), so it counts only with a proof of possession",
    lambda case: case.token({"cnf": {"kid": "k3y"}}),
)
_bad("kind/no-permission", "neither scopes nor roles", lambda case: case.token(without=["scp", "roles"]))
_bad(
    "kind/app-only-without-roles",
    "an app-only token that nobody assigned a role",
    lambda case: case.app_token(without=["roles"]),
)
_bad(
    "kind/v1-token",
    "a v1.0 token for an API that takes v2.0",
    lambda case: case.token(
        {"iss": f"https://sts.windows.net/{case.tenant.id}/", "ver": "1.0", "appid": case.client.app_id},
        without=["azp", "azpacr"],
    ),
)
_types("kind", "ver", strict=True)
_without("kind", "ver", strict=True)
_claim("kind/ver-1", "ver says 1.0 beside a v2.0 issuer", "ver", lambda case: "1.0", strict=True)
_types("kind", "scp")
_claim("kind/scp-list-of-right", "scp is a list of scopes", "scp", lambda case: list(case.scopes))
_claim("kind/scp-blanks", "scp is blanks", "scp", lambda case: "   ")
_claim(
    "kind/scp-comma-joined",
    "scopes joined with commas, which permit nothing: for the route to refuse, with 403",
    "scp",
    lambda case: ",".join((*case.scopes, "Other.Read")),
)
_claim(
    "kind/scp-longer",
    "a scope that begins like the right one: for the route to refuse, with 403",
    "scp",
    lambda case: " ".join(s + "X" for s in case.scopes),
)
_claim(
    "kind/scp-other-case",
    "the scope in upper case: for the route to refuse, with 403",
    "scp",
    lambda case: " ".join(case.scopes).upper(),
)
for _kind, _value in {
    "text": "admin",
    "number": 7,
    "object": {"a": 1},
    "true": True,
    "null": None,
    "empty": [],
}.items():
    _bad(
        f"kind/roles-{_kind}",
        f"roles is {json.dumps(_value)} in an app-only token",
        lambda case, v=_value: case.app_token({"roles": v}),  # type: ignore[misc]
    )
_bad(
    "kind/roles-joined", "roles as one string", lambda case: case.app_token({"roles": " ".join(case.roles) or "Admin"})
)
_bad("kind/roles-of-numbers", "roles is a list of numbers", lambda case: case.app_token({"roles": [1, 2]}))
_types("kind", "oid")
_types("kind", "sub", strict=True)
_without("kind", "sub", strict=True)
_types("kind", "azp", strict=True)
_without("kind", "azp", strict=True)
_claim("kind/idtyp-app-with-scopes", "says app, but carries scopes", "idtyp", lambda case: "app", strict=True)
_claim("kind/oid-not-a-guid", "oid is no GUID", "oid", lambda case: "../admin", strict=True)


# Unusual, but right


def _rewritten(write: Callable[[dict[str, Any]], bytes]) -> Make:
    return lambda case: case.resigned(case.parts[0], write(case.parts[1]))


_unusual(
    "unknown-claims",
    "claims nobody knows",
    lambda case: case.token({"xms_new": {"a": [1, {"b": None}]}, "xms_st": {"sub": "x"}}),
)
_unusual("unknown-header", "a header member nobody knows", lambda case: case.token(None, {"xms_hint": "x"}))
_unusual("x5t-header", "x5t beside kid", lambda case: case.token(None, {"x5t": case.entra.signing_key.kid}))
_unusual(
    "pretty-json",
    "claims with blanks and line breaks",
    _rewritten(lambda claims: json.dumps(claims, indent=4).encode()),
)
_unusual(
    "reversed-order",
    "claims in another order",
    _rewritten(lambda claims: json.dumps(dict(reversed(claims.items()))).encode()),
)
_unusual(
    "escaped-json",
    "every letter of a name escaped",
    _rewritten(lambda claims: json.dumps(claims).replace('"aud"', '"\\u0061\\u0075\\u0064"').encode()),
)
_unusual("unicode-name", "a name in many scripts", lambda case: case.token({"name": "Zoë 王小明 🙂 'quoted\" \\ <b>"}))
_unusual(
    "raw-unicode",
    "UTF-8 in the payload",
    _rewritten(lambda claims: json.dumps(claims | {"name": "Zoë 王"}, ensure_ascii=False).encode()),
)
_unusual("empty-name", "an empty name", lambda case: case.token({"name": ""}))
_unusual(
    "without-name", "no name, no preferred_username", lambda case: case.token(without=["name", "preferred_username"])
)
_unusual("without-opaque", "no aio, rh, uti, xms_ftd", lambda case: case.token(without=["aio", "rh", "uti", "xms_ftd"]))
_unusual(
    "guest", "a guest's token", lambda case: case.token({"idp": f"https://sts.windows.net/{case.other_tenant.id}/"})
)
_unusual(
    "many-scopes",
    "the scope among many",
    lambda case: case.token({"scp": " ".join(("Aaa.Read", *case.scopes, "Zzz.Read"))}),
)
_unusual("scopes-and-roles", "scopes and the user's roles", lambda case: case.token({"roles": ["Orders.Approve"]}))
_unusual("199-groups", "199 groups", lambda case: case.token({"groups": [guid("group", str(n)) for n in range(199)]}))
_unusual(
    "group-overage",
    "more groups than fit",
    lambda case: case.token(
        {
            "_claim_names": {"groups": "src1"},
            "_claim_sources": {"src1": {"endpoint": "https://graph.windows.net/x/getMemberObjects"}},
        }
    ),
)
_unusual("nearly-expired", "30 seconds left", lambda case: case.token({"exp": case.now + 30}))
_unusual("just-issued", "valid from this second", lambda case: case.token({"nbf": case.now, "iat": case.now}))
_unusual(
    "long-lived",
    "28 hours, as continuous access evaluation allows",
    lambda case: case.token({"exp": case.now + 28 * HOUR - 300, "xms_cc": ["CP1"]}),
)
_unusual(
    "authentication-context",
    "acrs and xms_cc",
    lambda case: case.token({"acrs": ["c1", "urn:user:registersecurityinfo"], "xms_cc": ["CP1"]}),
)
_unusual("certificate-client", "a client with a certificate", lambda case: case.token({"azpacr": "2"}))
_unusual("public-client", "a public client", lambda case: case.token({"azpacr": "0"}))
_unusual(
    "older-key", "signed by the older of the published keys", lambda case: case.token(key=case.entra.published_keys[-1])
)
_unusual(
    "optional-claims",
    "many optional claims",
    lambda case: case.token(
        {
            "acct": 0,
            "auth_time": case.now,
            "ctry": "US",
            "ipaddr": "2001:db8::1",
            "upn": "ana@contoso.com",
            "xms_edov": True,
            "idtyp": "user",
        }
    ),
)
_unusual("six-kilobytes", "6 kB long", lambda case: case.token({"groups": [guid("g", str(n)) for n in range(110)]}))
_unusual("wids", "directory roles", lambda case: case.token({"wids": [guid("wids")]}))
_unusual(
    "agent-claims", "claims of an agent's token", lambda case: case.token({"xms_act_fct": "3 9", "xms_sub_fct": "3 9"})
)


def bad_tokens(case: Case, *, strict: bool = True) -> Iterator[tuple[Variant, str]]:
    """Yield every bad variant with its token for *case*, without the strict ones if *strict* is False."""
    for variant in BAD_TOKENS.values():
        if strict or not variant.strict:
            yield variant, variant.make(case)


def unusual_tokens(case: Case) -> Iterator[tuple[Variant, str]]:
    """Yield every unusual but right variant with its token for *case*."""
    for variant in UNUSUAL_TOKENS.values():
        yield variant, variant.make(case)


def many_groups(tenant: Tenant, count: int = 201) -> list[Group]:
    """Return *count* groups of *tenant*: with more than 200 a user is in overage."""
    return [tenant.group(f"group-{number}") for number in range(count)]
