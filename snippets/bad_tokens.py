# /// script
# requires-python = ">=3.11"
# dependencies = ["cryptography>=46.0.7"]
# ///
"""Makes the bad tokens that an API must be tested to refuse, each wrong in one way and signed by your own issuer."""

import base64
import hashlib
import hmac
import json
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding, rsa
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

OTHER = "0c1d2e3f-4051-4263-8475-8697a8b9cadb"
Claims = dict[str, Any]


def b64(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).decode().rstrip("=")


def new_key() -> rsa.RSAPrivateKey:
    return rsa.generate_private_key(public_exponent=65537, key_size=2048)


@dataclass(frozen=True)
class TokenMaker:
    """Signs tokens like those of Entra ID: give your tests' validator `keys()` in place of the document at jwks_uri."""

    audience: str  # the client ID of your API
    tenant_id: str  # one that your API accepts
    client_id: str  # a client app that your API knows
    scope: str  # what the route under test demands
    key: rsa.RSAPrivateKey = field(default_factory=new_key)
    kid: str = "test-key"

    def keys(self) -> dict[str, Any]:
        """The JSON Web Key Set of the issuer."""
        numbers = self.key.public_key().public_numbers()
        public = {"n": b64(numbers.n.to_bytes(256)), "e": b64(numbers.e.to_bytes(3))}
        return {"keys": [{"kty": "RSA", "use": "sig", "kid": self.kid, **public}]}

    def claims(self) -> Claims:
        """The claims of a token that your API accepts."""
        now = int(time.time())
        return {
            "aud": self.audience,
            "iss": f"https://login.microsoftonline.com/{self.tenant_id}/v2.0",
            "iat": now,
            "nbf": now,
            "exp": now + 3600,
            "azp": self.client_id,
            "azpacr": "1",
            "oid": "5a5b5c5d-6e6f-4071-8283-94a5b6c7d8e9",
            "scp": self.scope,
            "sub": "HKZpfaHyWadeOouYlitjrI-KffTm222X5rrV3xDqfKQ",
            "tid": self.tenant_id,
            "ver": "2.0",
        }

    def token(self, header: Claims | None = None, key: rsa.RSAPrivateKey | None = None, **changes: Any) -> str:
        """A token with changes to claims and header, where None removes one; without changes, a good token."""
        signed = self._first_two_parts({"alg": "RS256"} | (header or {}), changes)
        return f"{signed}.{b64((key or self.key).sign(signed.encode(), padding.PKCS1v15(), hashes.SHA256()))}"

    def _first_two_parts(self, header: Claims, changes: Claims) -> str:
        whole = {"typ": "JWT", "kid": self.kid, **header}, self.claims() | changes
        parts = [{name: value for name, value in part.items() if value is not None} for part in whole]
        return ".".join(b64(json.dumps(part).encode()) for part in parts)

    def _keyed_with_public_key(self) -> str:
        pem = self.key.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
        signed = self._first_two_parts({"alg": "HS256"}, {})
        return f"{signed}.{b64(hmac.digest(pem, signed.encode(), hashlib.sha256))}"

    def _with_payload_of_another(self) -> str:
        header, _, signature = self.token().split(".")
        return f"{header}.{self._first_two_parts({}, {'scp': 'Orders.Admin'}).split('.')[1]}.{signature}"

    def unauthenticated(self) -> dict[str, Callable[[], str]]:
        """By what is wrong, tokens to which the API has to answer 401."""
        now = int(time.time())
        foreign = "https://login.microsoftonline.com/" + OTHER
        return {
            "no-token": lambda: "",
            "not-a-token": lambda: "word",
            "expired": lambda: self.token(exp=now - 600, iat=now - 4200, nbf=now - 4200),
            "without-expiry": lambda: self.token(exp=None),
            "not-yet-valid": lambda: self.token(nbf=now + 1800, iat=now + 1800, exp=now + 5400),
            "other-audience": lambda: self.token(aud=OTHER),
            "audience-missing": lambda: self.token(aud=None),
            "other-tenant": lambda: self.token(iss=f"{foreign}/v2.0", tid=OTHER),
            "other-issuer": lambda: self.token(iss=f"{foreign}/v2.0"),
            "issuer-missing": lambda: self.token(iss=None),
            "signed-by-another-key": lambda: self.token(key=new_key()),
            "unknown-key": lambda: self.token({"kid": "another-key"}, key=new_key()),
            "unsigned": lambda: self._first_two_parts({"alg": "none"}, {}) + ".",
            "signed-with-the-public-key-as-secret": self._keyed_with_public_key,
            "payload-changed": self._with_payload_of_another,
            "signature-removed": lambda: self.token().rpartition(".")[0] + ".",
            "id-token": lambda: self.token(scp=None, azp=None, azpacr=None, nonce="7"),
        }

    def forbidden(self) -> dict[str, Callable[[], str]]:
        """By what is missing, tokens to which the API has to answer 403: genuine, and not for this operation."""
        app: Claims = {"sub": "5a5b5c5d-6e6f-4071-8283-94a5b6c7d8e9", "scp": None}
        return {
            "wrong-scope": lambda: self.token(scp="User.Read"),
            "scope-that-begins-alike": lambda: self.token(scp=self.scope + ".None"),
            "role-of-the-scope's-name": lambda: self.token(scp="User.Read", roles=[self.scope]),
            "app-only": lambda: self.token(roles=[self.scope], **app),
        }
