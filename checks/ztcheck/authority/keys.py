"""Keys of the local Entra ID: signing keys with their certificates, the test CA, and signing itself (by joserfc)."""

from __future__ import annotations

import base64
import datetime
import hashlib
import json
import threading
import warnings
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from joserfc.jwk import RSAKey
from joserfc.jws import JWSRegistry


def b64url(data: bytes) -> str:
    """Return *data* in base64url without padding (RFC 7515, section 2)."""
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def unb64url(text: str) -> bytes:
    """Return the bytes of base64url *text*, padded or not; raises ValueError."""
    return base64.urlsafe_b64decode(text.rstrip("=") + "=" * (-len(text.rstrip("=")) % 4))


def segment(value: object) -> str:
    """Return *value* as one base64url segment of a JWS; bytes go in as they are, all else as compact JSON."""
    data = value if isinstance(value, bytes) else json.dumps(value, separators=(",", ":")).encode()
    return b64url(data)


def peek(token: str) -> tuple[dict[str, Any], dict[str, Any]]:
    """Return header and claims of *token* without checking anything; raises ValueError when it is no JWT."""
    parts = token.split(".")
    if len(parts) != 3:
        raise ValueError("a JWT has three parts")
    try:
        header, claims = (json.loads(unb64url(part)) for part in parts[:2])
    except RecursionError:
        raise ValueError("nested too deeply") from None
    if not isinstance(header, dict) or not isinstance(claims, dict):
        raise ValueError("header and claims of a JWT are objects")
    return header, claims


def self_signed(private: rsa.RSAPrivateKey, name: str = "accounts.accesscontrol.windows.net") -> x509.Certificate:
    """Return a certificate of *private*, signed by itself, valid for two years from 2026-01-01."""
    subject = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, name)])
    start = datetime.datetime(2026, 1, 1, tzinfo=datetime.UTC)
    return (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(subject)
        .public_key(private.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(start)
        .not_valid_after(start + datetime.timedelta(days=730))
        .sign(private, hashes.SHA256())
    )


@dataclass(frozen=True)
class SigningKey:
    """An RSA key with the certificate whose SHA-1 thumbprint names it, as Entra publishes its keys."""

    private: rsa.RSAPrivateKey
    certificate: x509.Certificate

    @classmethod
    def generate(cls, bits: int = 2048) -> SigningKey:
        private = rsa.generate_private_key(public_exponent=65537, key_size=bits)
        return cls(private, self_signed(private))

    @cached_property
    def kid(self) -> str:
        return b64url(self.certificate.fingerprint(hashes.SHA1()))  # noqa: S303 - x5t is SHA-1 by definition

    @cached_property
    def jose(self) -> RSAKey:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # of keys that are weak on purpose
            return RSAKey.import_key(self.pem)

    @cached_property
    def pem(self) -> str:
        """The private key, PKCS 8, PEM text."""
        return self.private.private_bytes(
            serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
        ).decode()

    @cached_property
    def public_pem(self) -> str:
        return (
            self.private.public_key()
            .public_bytes(serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo)
            .decode()
        )

    @cached_property
    def certificate_pem(self) -> str:
        return self.certificate.public_bytes(serialization.Encoding.PEM).decode()

    @cached_property
    def jwk(self) -> dict[str, Any]:
        """The public JWK as Entra shows it: no ``alg``; the caller adds ``issuer``."""
        numbers = self.private.public_key().public_numbers()
        der = self.certificate.public_bytes(serialization.Encoding.DER)
        return {
            "kty": "RSA",
            "use": "sig",
            "kid": self.kid,
            "x5t": self.kid,
            "n": b64url(numbers.n.to_bytes((numbers.n.bit_length() + 7) // 8)),
            "e": b64url(numbers.e.to_bytes(3)),
            "x5c": [base64.b64encode(der).decode()],
            "cloud_instance_name": "microsoftonline.com",
        }

    def sign(self, header: dict[str, Any], claims: object, algorithm: str = "RS256") -> str:
        """Return a compact JWS over *header* and *claims* exactly as given; nothing is checked or added."""
        text = f"{segment(header)}.{segment(claims)}"
        return f"{text}.{b64url(signature(text, self.jose, algorithm))}"


def signature(text: str, key: Any, algorithm: str = "RS256") -> bytes:
    """Return joserfc's signature over the JWS signing input *text* with the joserfc *key*."""
    return JWSRegistry.algorithms[algorithm].sign(text.encode(), key)


_made: dict[int, SigningKey] = {}
_making = threading.Lock()


def process_key(index: int) -> SigningKey:
    """Return the *index*-th RSA key of this process. Making one costs up to 100 ms, so all authorities share them."""
    with _making:
        if index not in _made:
            _made[index] = SigningKey.generate(2048 if index >= 0 else 1024)
        return _made[index]


def thumbprints(pem: str) -> tuple[str, str]:
    """Return ``x5t`` and ``x5t#S256`` of a PEM certificate (RFC 7515, sections 4.1.7 and 4.1.8)."""
    der = x509.load_pem_x509_certificate(pem.encode()).public_bytes(serialization.Encoding.DER)
    return b64url(hashlib.sha1(der, usedforsecurity=False).digest()), b64url(hashlib.sha256(der).digest())
