"""Tokens that an API must refuse and odd ones that it must accept, by what is wrong or odd about them.

Written apart from the list in `ztcheck.authority.variants`, and signed by other code, so that the two check each other.
"""

import hmac
import json
import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, padding
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature

from tests.snippets.issuer import (
    ABSENT,
    API,
    DELEGATED,
    PARTNER,
    PERSONAL,
    PUBLIC,
    STRANGER,
    TENANT,
    USER,
    SigningKey,
    b64,
    changed,
    to_bytes,
)

Changes = dict[str, Any]


@dataclass(frozen=True)
class Keys:
    """Who can sign: Entra, and an attacker whose key pretends to be Entra's."""

    entra: SigningKey
    attacker: SigningKey


Forge = Callable[[Keys], str]

GRAPH = "00000003-0000-0000-c000-000000000000"
HUGE = 10**400


def _full_width(text: str) -> str:
    """*text* in the letters of East Asian typewriters, which Unicode's compatibility forms make the same."""
    return "".join(chr(ord(letter) + 0xFEE0) for letter in text)


CLAIMS: dict[str, Changes] = {
    # audience
    "audience-another-api": {"aud": STRANGER},
    "audience-graph": {"aud": GRAPH},
    "audience-graph-url": {"aud": "https://graph.microsoft.com"},
    "audience-application-id-uri": {"aud": f"api://{API}"},
    "audience-missing": {"aud": ABSENT},
    "audience-null": {"aud": None},
    "audience-empty": {"aud": ""},
    "audience-list-with-ours": {"aud": [API, STRANGER]},
    "audience-list-of-ours": {"aud": [API]},
    "audience-empty-list": {"aud": []},
    "audience-object": {"aud": {API: True}},
    "audience-number": {"aud": 1},
    "audience-true": {"aud": True},
    "audience-upper-case": {"aud": API.upper()},
    "audience-with-trailing-slash": {"aud": API + "/"},
    "audience-with-blank": {"aud": API + " "},
    "audience-with-nul": {"aud": API + "\0"},
    "audience-prefix": {"aud": API[:-1]},
    "audience-wildcard": {"aud": "*"},
    "audience-two-in-one-text": {"aud": f"{API} {STRANGER}"},
    "audience-client-of-the-token": {"aud": DELEGATED["azp"]},
    # issuer and tenant
    "issuer-another-tenant": {"iss": f"{PUBLIC}/{STRANGER}/v2.0", "tid": STRANGER},
    "issuer-another-tenant-under-our-tid": {"iss": f"{PUBLIC}/{STRANGER}/v2.0"},
    "issuer-ours-under-another-tid": {"tid": STRANGER},
    "issuer-one-accepted-tenant-tid-another": {"tid": PARTNER},
    "issuer-partner-under-our-tid": {"iss": f"{PUBLIC}/{PARTNER}/v2.0"},
    "issuer-personal-accounts": {"iss": f"{PUBLIC}/{PERSONAL}/v2.0", "tid": PERSONAL},
    "issuer-missing": {"iss": ABSENT},
    "issuer-null": {"iss": None},
    "issuer-empty": {"iss": ""},
    "issuer-list": {"iss": [f"{PUBLIC}/{TENANT}/v2.0"]},
    "issuer-object": {"iss": {"a": 1}},
    "issuer-number": {"iss": 7},
    "issuer-template": {"iss": PUBLIC + "/{tenantid}/v2.0"},
    "issuer-template-and-tid": {"iss": PUBLIC + "/{tenantid}/v2.0", "tid": "{tenantid}"},
    "issuer-common": {"iss": f"{PUBLIC}/common/v2.0", "tid": "common"},
    "issuer-organizations": {"iss": f"{PUBLIC}/organizations/v2.0", "tid": "organizations"},
    "issuer-v1": {"iss": f"https://sts.windows.net/{TENANT}/"},
    "issuer-http": {"iss": f"http://login.microsoftonline.com/{TENANT}/v2.0"},
    "issuer-trailing-slash": {"iss": f"{PUBLIC}/{TENANT}/v2.0/"},
    "issuer-without-version": {"iss": f"{PUBLIC}/{TENANT}"},
    "issuer-upper-case-host": {"iss": f"https://LOGIN.microsoftonline.com/{TENANT}/v2.0"},
    "issuer-upper-case-tenant": {"iss": f"{PUBLIC}/{TENANT.upper()}/v2.0", "tid": TENANT.upper()},
    "issuer-with-port": {"iss": f"{PUBLIC}:443/{TENANT}/v2.0"},
    "issuer-user-info": {"iss": f"{PUBLIC}@attacker.example/{TENANT}/v2.0"},
    "issuer-look-alike-host": {"iss": f"https://login.microsoftonline.com.attacker.example/{TENANT}/v2.0"},
    "issuer-sovereign-cloud": {"iss": f"https://login.microsoftonline.us/{TENANT}/v2.0"},
    "issuer-china-cloud": {"iss": f"https://login.partner.microsoftonline.cn/{TENANT}/v2.0"},
    "issuer-external-customers": {"iss": f"https://{TENANT}.ciamlogin.com/{TENANT}/v2.0"},
    "issuer-attacker-with-our-tenant": {"iss": f"https://attacker.example/{TENANT}/v2.0"},
    "issuer-path-traversal": {"iss": f"{PUBLIC}/{STRANGER}/../{TENANT}/v2.0"},
    "issuer-two-tenants": {"iss": f"{PUBLIC}/{TENANT}/{STRANGER}/v2.0"},
    "issuer-with-newline": {"iss": f"{PUBLIC}/{TENANT}/v2.0\n"},
    "issuer-with-query": {"iss": f"{PUBLIC}/{TENANT}/v2.0?x=1"},
    "tenant-missing": {"tid": ABSENT},
    "tenant-null": {"tid": None},
    "tenant-empty": {"tid": ""},
    "tenant-list": {"tid": [TENANT]},
    "tenant-object": {"tid": {"id": TENANT}},
    "tenant-number": {"tid": 3},
    "tenant-true": {"tid": True},
    "tenant-placeholder": {"tid": "{tenantid}"},
    "tenant-upper-case": {"tid": TENANT.upper()},
    "tenant-with-blank": {"tid": TENANT + " "},
    "tenant-domain-name": {"tid": "contoso.onmicrosoft.com"},
    # time
    "expired-one-hour-ago": {
        "exp": lambda now: now - 3600,
        "iat": lambda now: now - 7500,
        "nbf": lambda now: now - 7500,
    },
    "expired-six-minutes-ago": {"exp": lambda now: now - 360},
    "expired-two-minutes-ago": {"exp": lambda now: now - 120},
    "expiry-missing": {"exp": ABSENT},
    "expiry-null": {"exp": None},
    "expiry-zero": {"exp": 0},
    "expiry-negative": {"exp": -1},
    "expiry-text": {"exp": lambda now: str(now + 3600)},
    "expiry-text-word": {"exp": "never"},
    "expiry-true": {"exp": True},
    "expiry-false": {"exp": False},
    "expiry-float": {"exp": lambda now: now + 3600.5},
    "expiry-1e30": {"exp": 1e30},
    "expiry-infinity": {"exp": float("inf")},
    "expiry-negative-infinity": {"exp": float("-inf")},
    "expiry-nan": {"exp": float("nan")},
    "expiry-400-digits": {"exp": HUGE},
    "expiry-list": {"exp": [1]},
    "expiry-object": {"exp": {}},
    "expiry-in-milliseconds": {"exp": lambda now: (now + 3600) * 1000},
    "lifetime-one-year": {"exp": lambda now: now + 365 * 86400},
    "lifetime-thirty-hours": {"exp": lambda now: now + 30 * 3600},
    "lifetime-ten-years-from-issue": {"iat": lambda now: now - 10 * 365 * 86400},
    "not-yet-valid-six-minutes-ahead": {"nbf": lambda now: now + 360},
    "not-yet-valid-two-minutes-ahead": {"nbf": lambda now: now + 120},
    "not-before-missing": {"nbf": ABSENT},
    "not-before-null": {"nbf": None},
    "not-before-text": {"nbf": lambda now: str(now - 60)},
    "not-before-true": {"nbf": True},
    "not-before-float": {"nbf": lambda now: now - 60.5},
    "not-before-negative-infinity": {"nbf": float("-inf")},
    "not-before-nan": {"nbf": float("nan")},
    "not-before-list": {"nbf": []},
    "issued-six-minutes-ahead": {"iat": lambda now: now + 360},
    "issued-missing": {"iat": ABSENT},
    "issued-null": {"iat": None},
    "issued-text": {"iat": lambda now: str(now)},
    "issued-true": {"iat": True},
    "issued-float": {"iat": lambda now: now - 60.5},
    "issued-infinity": {"iat": float("inf")},
    # kind of token
    "version-1": {"ver": "1.0"},
    "version-missing": {"ver": ABSENT},
    "version-number": {"ver": 2.0},
    "version-null": {"ver": None},
    "version-3": {"ver": "3.0"},
    "v1-access-token": {
        "iss": f"https://sts.windows.net/{TENANT}/",
        "ver": "1.0",
        "aud": f"api://{API}",
        "azp": ABSENT,
        "azpacr": ABSENT,
        "appid": DELEGATED["azp"],
        "appidacr": "1",
    },
    "v1-claims-under-the-v2-issuer": {"ver": "1.0", "azp": ABSENT, "appid": DELEGATED["azp"]},
    "id-token": {"scp": ABSENT, "azp": ABSENT, "azpacr": ABSENT, "nonce": "n-0S6_WzA2Mj"},
    "id-token-with-user-roles": {"scp": ABSENT, "azp": ABSENT, "azpacr": ABSENT, "roles": ["Orders.Process.All"]},
    "id-token-with-azp": {"scp": ABSENT, "azpacr": ABSENT, "nonce": "n-0S6_WzA2Mj"},
    "neither-scope-nor-app-only": {"scp": ABSENT},
    "scope-in-an-app-only-token": {"idtyp": "app"},
    "scope-and-subject-equal-to-object-id": {"sub": USER},
    "scope-empty": {"scp": ""},
    "scope-of-blanks": {"scp": "  "},
    "scope-null": {"scp": None},
    "scope-list": {"scp": ["Orders.Read"]},
    "scope-number": {"scp": 1},
    "scope-true": {"scp": True},
    "scope-object": {"scp": {"Orders.Read": True}},
    "roles-text": {"roles": "Orders.Process.All"},
    "roles-object": {"roles": {"Orders.Process.All": True}},
    "roles-null": {"roles": None},
    "roles-number": {"roles": 1},
    "roles-list-of-numbers": {"roles": [1]},
    "roles-nested-list": {"roles": [["Orders.Process.All"]]},
    "client-missing": {"azp": ABSENT},
    "client-null": {"azp": None},
    "client-list": {"azp": [DELEGATED["azp"]]},
    "client-number": {"azp": 1},
    "client-empty": {"azp": ""},
    "subject-missing": {"sub": ABSENT},
    "subject-null": {"sub": None},
    "subject-number": {"sub": 5},
    "subject-list": {"sub": ["x"]},
    "subject-empty": {"sub": ""},
    "object-id-number": {"oid": 5},
    "object-id-null": {"oid": None},
    "object-id-list": {"oid": [USER]},
    "object-id-not-a-guid": {"oid": "adele"},
    "object-id-empty": {"oid": ""},
    "token-id-not-a-text": {"jti": 5},
    "bound-to-a-key": {"cnf": {"kid": "k3y", "xms_ksl": "sw"}},
    "bound-to-a-certificate": {"cnf": {"x5t#S256": "bwcK0esc3ACC3DB2Y5_lESsXE8o9ltc05O89jdN-dg2"}},
    "bound-to-nothing": {"cnf": None},
    # letters that look alike
    "look-alike-audience-full-width": {"aud": _full_width(API)},
    "look-alike-tenant-full-width": {"tid": _full_width(TENANT)},
    "look-alike-issuer-cyrillic": {"iss": f"https://l\u043egin.microsoftonline.com/{TENANT}/v2.0"},
    "look-alike-issuer-percent": {"iss": f"https://l%6fgin.microsoftonline.com/{TENANT}/v2.0"},
    "look-alike-issuer-trailing-dot": {"iss": f"{PUBLIC}./{TENANT}/v2.0"},
    "look-alike-issuer-zero-width": {"iss": f"{PUBLIC}/{TENANT}/v2.0\u200b"},
    "look-alike-audience-direction-mark": {"aud": API + "\u202e"},
    "tenant-in-braces": {"tid": "{" + TENANT + "}"},
    "tenant-without-dashes": {"tid": TENANT.replace("-", "")},
    "tenant-as-urn": {"tid": f"urn:uuid:{TENANT}"},
}

HEADERS: dict[str, Changes] = {
    "algorithm-none": {"alg": "none"},
    "algorithm-None": {"alg": "None"},
    "algorithm-NONE": {"alg": "NONE"},
    "algorithm-nOnE": {"alg": "nOnE"},
    "algorithm-missing": {"alg": ABSENT},
    "algorithm-null": {"alg": None},
    "algorithm-empty": {"alg": ""},
    "algorithm-lower-case": {"alg": "rs256"},
    "algorithm-list": {"alg": ["RS256"]},
    "algorithm-object": {"alg": {"RS256": 1}},
    "algorithm-number": {"alg": 256},
    "algorithm-with-blank": {"alg": "RS256 "},
    "algorithm-HS256-on-an-RSA-signature": {"alg": "HS256"},
    "algorithm-RS384-on-an-RS256-signature": {"alg": "RS384"},
    "algorithm-PS256-on-an-RS256-signature": {"alg": "PS256"},
    "algorithm-ES256-on-an-RSA-signature": {"alg": "ES256"},
    "algorithm-unknown": {"alg": "X512"},
    "type-id-token-hint": {"typ": "id_token"},
    "type-logout-token": {"typ": "logout+jwt"},
    "type-dpop-proof": {"typ": "dpop+jwt"},
    "type-at+jwt-that-entra-never-sends": {"typ": "at+jwt"},
    "type-lower-case": {"typ": "jwt"},
    "type-missing": {"typ": ABSENT},
    "compressed": {"zip": "DEF"},
    "encrypted": {"enc": "A256GCM"},
    "type-null": {"typ": None},
    "type-number": {"typ": 5},
    "type-list": {"typ": ["JWT"]},
    "type-object": {"typ": {}},
    "key-id-missing": {"kid": ABSENT},
    "key-id-null": {"kid": None},
    "key-id-number": {"kid": 1},
    "key-id-list": {"kid": ["today"]},
    "key-id-object": {"kid": {"today": 1}},
    "key-id-true": {"kid": True},
    "key-id-empty": {"kid": ""},
    "key-id-unknown": {"kid": "unknown"},
    "key-id-of-other-case": {"kid": "TODAY"},
    "key-id-path": {"kid": "../../../../dev/null"},
    "key-id-sql": {"kid": "x' UNION SELECT 'key' --"},
    "key-id-command": {"kid": "today|id"},
    "key-id-url": {"kid": "https://attacker.example/key"},
    "key-id-with-newline": {"kid": "today\n"},
    "key-id-with-nul": {"kid": "today\0"},
    "key-id-10-kilobytes": {"kid": "k" * 10_000},
    "key-id-lone-surrogate": {"kid": "\ud800"},
    "critical-unknown": {"crit": ["exp"], "exp": 1},
    "critical-empty": {"crit": []},
    "critical-null": {"crit": None},
    "critical-text": {"crit": "b64"},
    "critical-list-of-numbers": {"crit": [1]},
    "critical-not-present": {"crit": ["b64"]},
    "unencoded-payload": {"b64": False, "crit": ["b64"]},
    "unencoded-payload-undeclared": {"b64": False},
}


def _rsa(key: SigningKey, header: Changes, algorithm: hashes.HashAlgorithm, pad: padding.AsymmetricPadding) -> str:
    signed = f"{b64(to_bytes(header))}.{b64(to_bytes(changed(DELEGATED, {})))}"
    return f"{signed}.{b64(key.private.sign(signed.encode(), pad, algorithm))}"


def _hmac(real: SigningKey, secret: bytes, algorithm: str = "sha256", **header: Any) -> str:
    signed = f"{b64(to_bytes(real.header(**header)))}.{b64(to_bytes(changed(DELEGATED, {})))}"
    return f"{signed}.{b64(hmac.new(secret, signed.encode(), algorithm).digest())}"


def _public(key: SigningKey, encoding: serialization.Encoding, form: serialization.PublicFormat) -> bytes:
    return key.private.public_key().public_bytes(encoding, form)


def _elliptic(real: SigningKey) -> str:
    key = ec.generate_private_key(ec.SECP256R1())
    signed = f"{b64(to_bytes(real.header(alg='ES256')))}.{b64(to_bytes(changed(DELEGATED, {})))}"
    r, s = decode_dss_signature(key.sign(signed.encode(), ec.ECDSA(hashes.SHA256())))
    return f"{signed}.{b64(r.to_bytes(32, 'big') + s.to_bytes(32, 'big'))}"


def _parts(token: str) -> tuple[str, str, str]:
    header, payload, signature = token.split(".")
    return header, payload, signature


def _with_payload(real: SigningKey, changes: Changes) -> str:
    header, _, signature = _parts(real.token())
    return f"{header}.{b64(to_bytes(changed(DELEGATED, changes)))}.{signature}"


def _next_letter(segment: str) -> str:
    """The segment with its unused last bits set: decodes to the same bytes where a decoder is lenient."""
    alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
    return segment[:-1] + alphabet[alphabet.index(segment[-1]) + 1]


def _flipped(token: str) -> str:
    header, payload, signature = _parts(token)
    return f"{header}.{payload}.{'A' if signature[0] != 'A' else 'B'}{signature[1:]}"


def _text_of(claims: Changes) -> str:
    return json.dumps(changed(claims, {}))


def _duplicate(real: SigningKey, name: str, value: Any) -> str:
    """A token whose payload holds a claim twice; JSON readers take the last one, so the bad value comes last."""
    payload = json.dumps(changed(DELEGATED, {}))
    return real.sign(real.header(), f'{payload[:-1]}, "{name}": {json.dumps(value)}}}'.encode())


_DER, _PEM = serialization.Encoding.DER, serialization.Encoding.PEM
_SPKI, _PKCS1 = serialization.PublicFormat.SubjectPublicKeyInfo, serialization.PublicFormat.PKCS1

FORGED: dict[str, Forge] = {
    # keys and algorithms
    "signed-by-the-attacker": lambda by: by.attacker.token(),
    "signed-by-the-attacker-with-embedded-jwk": lambda by: by.attacker.token(header={"jwk": by.attacker.jwk()}),
    "signed-by-the-attacker-with-jku": lambda by: by.attacker.token(header={"jku": "https://attacker.example/jwks"}),
    "signed-by-the-attacker-with-x5u": lambda by: by.attacker.token(header={"x5u": "https://attacker.example/c.pem"}),
    "signed-by-the-attacker-with-x5c": lambda by: by.attacker.token(header={"x5c": ["MIIBIjANBgkqhkiG9w0BAQ=="]}),
    "signed-by-the-attacker-with-file-jku": lambda by: by.attacker.token(header={"jku": "file:///etc/passwd"}),
    "signed-by-the-attacker-with-own-issuer": lambda by: by.attacker.token({"iss": "https://attacker.example"}),
    "unsigned": lambda by: by.entra.sign(by.entra.header(alg="none"), changed(DELEGATED, {})).rpartition(".")[0] + ".",
    "unsigned-under-RS256": lambda by: by.entra.token().rpartition(".")[0] + ".",
    "unsigned-without-key-id": lambda by: (
        b64(to_bytes({"typ": "JWT", "alg": "none"})) + "." + _parts(by.entra.token())[1] + "."
    ),
    "HS256-keyed-with-the-public-PEM": lambda by: _hmac(by.entra, _public(by.entra, _PEM, _SPKI), alg="HS256"),
    "HS256-keyed-with-the-stripped-PEM": lambda by: _hmac(
        by.entra, _public(by.entra, _PEM, _SPKI).strip(), alg="HS256"
    ),
    "HS256-keyed-with-the-public-PKCS1": lambda by: _hmac(by.entra, _public(by.entra, _PEM, _PKCS1), alg="HS256"),
    "HS256-keyed-with-the-public-DER": lambda by: _hmac(by.entra, _public(by.entra, _DER, _SPKI), alg="HS256"),
    "HS256-keyed-with-the-public-JWK": lambda by: _hmac(by.entra, to_bytes(by.entra.jwk()), alg="HS256"),
    "HS256-keyed-with-the-modulus": lambda by: _hmac(by.entra, by.entra.jwk()["n"].encode(), alg="HS256"),
    "HS256-keyed-with-nothing": lambda by: _hmac(by.entra, b"", alg="HS256"),
    "HS256-keyed-with-the-key-id": lambda by: _hmac(by.entra, by.entra.kid.encode(), alg="HS256"),
    "HS512-keyed-with-the-public-PEM": lambda by: _hmac(
        by.entra, _public(by.entra, _PEM, _SPKI), "sha512", alg="HS512"
    ),
    "HMAC-under-RS256": lambda by: _hmac(by.entra, _public(by.entra, _PEM, _SPKI)),
    "RS384-by-the-real-key": lambda by: _rsa(
        by.entra, by.entra.header(alg="RS384"), hashes.SHA384(), padding.PKCS1v15()
    ),
    "RS512-by-the-real-key": lambda by: _rsa(
        by.entra, by.entra.header(alg="RS512"), hashes.SHA512(), padding.PKCS1v15()
    ),
    "PS256-by-the-real-key": lambda by: _rsa(
        by.entra, by.entra.header(alg="PS256"), hashes.SHA256(), padding.PSS(padding.MGF1(hashes.SHA256()), 32)
    ),
    "PS256-signature-under-RS256": lambda by: _rsa(
        by.entra, by.entra.header(), hashes.SHA256(), padding.PSS(padding.MGF1(hashes.SHA256()), 32)
    ),
    "SHA1-signature-under-RS256": lambda by: _rsa(
        by.entra,
        by.entra.header(),
        hashes.SHA1(),  # noqa: S303 - the weak hash is the attack
        padding.PKCS1v15(),
    ),
    "ES256-by-the-attacker": lambda by: _elliptic(by.entra),
    # the parts of the token
    "signature-changed": lambda by: _flipped(by.entra.token()),
    "signature-truncated": lambda by: by.entra.token()[:-4],
    "signature-doubled": lambda by: by.entra.token() + _parts(by.entra.token())[2],
    "signature-with-zero-bytes-before": lambda by: (
        by.entra.token().rpartition(".")[0] + "." + "AAAA" + _parts(by.entra.token())[2]
    ),
    "signature-of-another-token": lambda by: (
        by.entra.token({"name": "x"}).rpartition(".")[0] + "." + _parts(by.entra.token())[2]
    ),
    "signature-malleable-last-letter": lambda by: (
        by.entra.token().rpartition(".")[0] + "." + _next_letter(_parts(by.entra.token())[2])
    ),
    "signature-in-standard-base64": lambda by: by.entra.token() + "+/",
    "signature-with-padding": lambda by: by.entra.token() + "==",
    "signature-all-zero": lambda by: by.entra.token().rpartition(".")[0] + "." + "A" * 342,
    "signature-one": lambda by: by.entra.token().rpartition(".")[0] + "." + b64(b"\0" * 255 + b"\1"),
    "payload-scope-raised": lambda by: _with_payload(by.entra, {"scp": "Orders.Admin"}),
    "payload-user-changed": lambda by: _with_payload(by.entra, {"oid": STRANGER}),
    "payload-expiry-raised": lambda by: _with_payload(by.entra, {"exp": lambda now: now + 86400}),
    "payload-of-app-only-token-under-delegated-signature": lambda by: ".".join(
        (_parts(by.entra.token())[0], _parts(by.entra.app_token())[1], _parts(by.entra.token())[2])
    ),
    "payload-with-padding": lambda by: by.entra.token().replace(".", "==.").replace("==.", ".", 1),
    "payload-empty": lambda by: "{0}..{2}".format(*_parts(by.entra.token())),
    "payload-not-json": lambda by: by.entra.sign(by.entra.header(), b"not json"),
    "payload-list": lambda by: by.entra.sign(by.entra.header(), b"[]"),
    "payload-text": lambda by: by.entra.sign(by.entra.header(), b'"claims"'),
    "payload-null": lambda by: by.entra.sign(by.entra.header(), b"null"),
    "payload-number": lambda by: by.entra.sign(by.entra.header(), b"5"),
    "payload-no-claims": lambda by: by.entra.sign(by.entra.header(), b"{}"),
    "payload-invalid-utf-8": lambda by: by.entra.sign(by.entra.header(), b'{"aud": "\xff\xfe"}'),
    "payload-in-utf-16": lambda by: by.entra.sign(by.entra.header(), _text_of(DELEGATED).encode("utf-16")),
    "payload-in-utf-16-little-endian": lambda by: by.entra.sign(
        by.entra.header(), _text_of(DELEGATED).encode("utf-16-le")
    ),
    "payload-in-utf-16-big-endian": lambda by: by.entra.sign(
        by.entra.header(), _text_of(DELEGATED).encode("utf-16-be")
    ),
    "payload-in-utf-32": lambda by: by.entra.sign(by.entra.header(), _text_of(DELEGATED).encode("utf-32-le")),
    "payload-with-byte-order-mark": lambda by: by.entra.sign(
        by.entra.header(), _text_of(DELEGATED).encode("utf-8-sig")
    ),
    "payload-a-whole-token": lambda by: by.entra.sign(by.entra.header(cty="JWT"), by.entra.token().encode()),
    "payload-expiry-in-exponent-notation": lambda by: by.entra.sign(
        by.entra.header(), re.sub(r'("exp": ?\d+)', r"\1e0", _text_of(DELEGATED)).encode()
    ),
    "payload-nested-12000-deep": lambda by: by.entra.sign(by.entra.header(), b"[" * 12_000),
    "payload-integer-of-5000-digits": lambda by: by.entra.sign(by.entra.header(), b'{"exp": ' + b"9" * 5000 + b"}"),
    "payload-audience-twice": lambda by: _duplicate(by.entra, "aud", STRANGER),
    "payload-issuer-twice": lambda by: _duplicate(by.entra, "iss", "https://attacker.example"),
    "payload-tenant-twice": lambda by: _duplicate(by.entra, "tid", STRANGER),
    "payload-expiry-twice": lambda by: _duplicate(by.entra, "exp", 1),
    "payload-version-twice": lambda by: _duplicate(by.entra, "ver", "1.0"),
    "header-not-json": lambda by: by.entra.sign(b"not json", changed(DELEGATED, {})),
    "header-list": lambda by: by.entra.sign(b'["RS256"]', changed(DELEGATED, {})),
    "header-text": lambda by: by.entra.sign(b'"RS256"', changed(DELEGATED, {})),
    "header-null": lambda by: by.entra.sign(b"null", changed(DELEGATED, {})),
    "header-number": lambda by: by.entra.sign(b"1", changed(DELEGATED, {})),
    "header-empty-object": lambda by: by.entra.sign(b"{}", changed(DELEGATED, {})),
    "header-empty": lambda by: "." + by.entra.token().partition(".")[2],
    "header-invalid-utf-8": lambda by: by.entra.sign(b'{"alg": "\xff"}', changed(DELEGATED, {})),
    "header-in-utf-16": lambda by: by.entra.sign(
        json.dumps(by.entra.header()).encode("utf-16-le"), changed(DELEGATED, {})
    ),
    "header-with-byte-order-mark": lambda by: by.entra.sign(
        json.dumps(by.entra.header()).encode("utf-8-sig"), changed(DELEGATED, {})
    ),
    "header-integer-of-5000-digits": lambda by: by.entra.sign(
        json.dumps(by.entra.header())[:-1].encode() + b', "x": ' + b"9" * 5000 + b"}", changed(DELEGATED, {})
    ),
    "header-nested-12000-deep": lambda by: by.entra.sign(b"[" * 12_000, changed(DELEGATED, {})),
    "header-algorithm-twice": lambda by: by.entra.sign(
        b'{"typ":"JWT","kid":"today","alg":"RS256","alg":"none"}', changed(DELEGATED, {})
    ),
    "header-key-id-twice": lambda by: by.entra.sign(
        b'{"typ":"JWT","alg":"RS256","kid":"today","kid":"other"}', changed(DELEGATED, {})
    ),
    "header-malleable-last-letter": lambda by: (
        _next_letter(b64(to_bytes(by.entra.header(x="12")))) + "." + by.entra.token().partition(".")[2]
    ),
    "header-with-blanks-inside": lambda by: by.entra.token()[:5] + " " + by.entra.token()[5:],
    "header-with-line-break-inside": lambda by: by.entra.token()[:5] + "\n" + by.entra.token()[5:],
    "header-with-junk-inside": lambda by: by.entra.token()[:5] + "!!!!" + by.entra.token()[5:],
    # not a compact JWS at all
    "one-segment": lambda by: _parts(by.entra.token())[0],
    "two-segments": lambda by: by.entra.token().rpartition(".")[0],
    "four-segments": lambda by: by.entra.token() + ".x",
    "five-segments-like-an-encrypted-token": lambda by: by.entra.token() + ".x.y",
    "json-serialization": lambda by: json.dumps(
        dict(zip(("protected", "payload", "signature"), _parts(by.entra.token()), strict=True))
    ),
    "leading-blank": lambda by: " " + by.entra.token(),
    "trailing-blank": lambda by: by.entra.token() + " ",
    "trailing-newline": lambda by: by.entra.token() + "\n",
    "trailing-nul": lambda by: by.entra.token() + "\0",
    "twice": lambda by: by.entra.token() + by.entra.token(),
    "quoted": lambda by: f'"{by.entra.token()}"',
    "with-scheme": lambda by: f"Bearer {by.entra.token()}",
    "non-ascii-letter": lambda by: by.entra.token() + "é",
    "lone-surrogate": lambda by: by.entra.token() + "\ud800",
    "64-kilobyte-claim-signed-by-entra": lambda by: by.entra.token({"x": "y" * 65_536}),
}


TEXTS: dict[str, str] = {
    "no-token": "",
    "one-dot": ".",
    "two-dots": "..",
    "word": "token",
    "64-kilobytes": "A" * 65_536,
    "guid": STRANGER,
    "saml-assertion": b64(b"<saml:Assertion/>"),
}


def _text(text: str) -> Forge:
    return lambda _: text


def _claims(changes: Changes) -> Forge:
    return lambda by: by.entra.token(changes)


def _header(changes: Changes) -> Forge:
    return lambda by: by.entra.token(header=changes)


def _app_claims(changes: Changes) -> Forge:
    return lambda by: by.entra.app_token(changes)


APP_CLAIMS: dict[str, Changes] = {
    "app-only-for-another-api": {"aud": STRANGER},
    "app-only-of-another-tenant": {"iss": f"{PUBLIC}/{STRANGER}/v2.0", "tid": STRANGER},
    "app-only-expired": {"exp": lambda now: now - 120},
    "app-only-with-scope": {"scp": "Orders.Read"},
    "app-only-roles-text": {"roles": "Orders.Process.All"},
    "app-only-without-roles": {"roles": ABSENT},
    "app-only-with-no-role": {"roles": []},
    "app-only-by-idtyp-without-roles": {"roles": ABSENT, "idtyp": "app"},
    "app-only-without-object-id": {"oid": ABSENT},
    "app-only-subject-unlike-object-id": {"sub": USER},
    "app-only-version-1": {"ver": "1.0"},
}

REFUSED: dict[str, Forge] = {
    **{name: _claims(changes) for name, changes in CLAIMS.items()},
    **{name: _app_claims(changes) for name, changes in APP_CLAIMS.items()},
    **{name: _header(changes) for name, changes in HEADERS.items()},
    **FORGED,
    **{name: _text(text) for name, text in TEXTS.items()},
}

ACCEPTED: dict[str, Callable[[SigningKey], str]] = {
    "delegated": lambda real: real.token(),
    "app-only": lambda real: real.app_token(),
    "app-only-with-idtyp": lambda real: real.app_token({"idtyp": "app"}),
    "delegated-with-idtyp-user": lambda real: real.token({"idtyp": "user"}),
    "delegated-with-roles-too": lambda real: real.token({"roles": ["Manager", "Auditor"]}),
    "delegated-without-object-id": lambda real: real.token({"oid": ABSENT}),
    "second-accepted-tenant": lambda real: real.token({"iss": f"{PUBLIC}/{PARTNER}/v2.0", "tid": PARTNER}),
    "guest": lambda real: real.token({"acct": 1, "idp": f"https://sts.windows.net/{STRANGER}/"}),
    "one-scope": lambda real: real.token({"scp": "Orders.Read"}),
    "fifty-scopes": lambda real: real.token({"scp": " ".join(f"Orders.Read.{n}" for n in range(50))}),
    "user-with-no-role": lambda real: real.token({"roles": []}),
    "two-hundred-groups": lambda real: real.token({"groups": [USER] * 200}),
    "group-overage": lambda real: real.token(
        {"_claim_names": {"groups": "src1"}, "_claim_sources": {"src1": {"endpoint": "https://graph.microsoft.com/x"}}}
    ),
    "continuous-access": lambda real: real.token({"xms_cc": ["cp1"], "exp": lambda now: now + 28 * 3600 - 300}),
    "authentication-context": lambda real: real.token({"acrs": ["p1", "c1"]}),
    "unknown-claims": lambda real: real.token({"xms_new": {"deep": [1, 2.5, None, True]}}),
    "name-in-other-scripts": lambda real: real.token({"name": "Zoë 王秀英 🦊 עדי"}),
    "name-with-control-characters": lambda real: real.token({"name": "a\r\nb\0c"}),
    "token-id": lambda real: real.token({"jti": "x"}),
    "public-client": lambda real: real.token({"azpacr": "0"}),
    "expired-within-the-clock-difference": lambda real: real.token({"exp": lambda now: now - 30}),
    "valid-from-within-the-clock-difference": lambda real: real.token(
        {"nbf": lambda now: now + 30, "iat": lambda now: now + 30}
    ),
    "five-minutes-long": lambda real: real.token({"exp": lambda now: now + 5}),
    "header-with-x5t": lambda real: real.token(header={"x5t": "today"}),
    "header-in-other-order-with-blanks": lambda real: real.sign(
        b'{ "kid" : "today" ,\n "alg" : "RS256" , "typ" : "JWT" }', changed(DELEGATED, {})
    ),
    "header-with-unknown-parameters": lambda real: real.token(header={"x-new": [1], "cty": "json"}),
    "header-pointing-elsewhere-is-not-followed": lambda real: real.token(header={"jku": "https://attacker.example/"}),
    "payload-with-blanks": lambda real: real.sign(
        real.header(), json.dumps(changed(DELEGATED, {}), indent=4).encode() + b"\n\n"
    ),
    "payload-in-unescaped-utf-8": lambda real: real.sign(
        real.header(), json.dumps(changed(DELEGATED, {"name": "Zoë"}), ensure_ascii=False).encode()
    ),
}
