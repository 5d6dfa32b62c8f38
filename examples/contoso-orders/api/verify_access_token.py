# /// script
# requires-python = ">=3.11"
# dependencies = ["httpx2>=2.16", "pyjwt[crypto]>=2.15"]
# ///
"""Verifies a v2.0 access token of Microsoft Entra ID: signature, issuer, tenant, audience, time window and kind."""

import base64
import json
import re
from collections.abc import Container
from dataclasses import dataclass
from typing import Any

import jwt

from signing_keys import SigningKey, SigningKeys

COMPACT_JWS = re.compile(r"(e(?!wA)[\w-]+\.){2}[\w-]+", re.ASCII)  # twice a { in UTF-8: json reads UTF-16 as well
NEVER_SENT = {"crit", "b64", "zip", "enc"}
GUID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")


@dataclass(frozen=True)
class AccessTokenValidator:
    """Accepts the access tokens that Microsoft Entra ID issued in an accepted tenant for one API."""

    audience: str  # the client ID of your API, a GUID in lower case
    tenants: Container[str]  # the tenant IDs that you accept, GUIDs in lower case
    keys: SigningKeys
    issuer: str = "https://login.microsoftonline.com/{tenantid}/v2.0"
    leeway: int = 60  # seconds of clock difference
    max_lifetime: int = 29 * 3600  # Entra's longest access tokens live 28 hours
    max_length: int = 32_768

    def verify(self, token: str) -> dict[str, Any]:
        """The claims of a token that passes every check; raises jwt.InvalidTokenError for any other text."""
        key = self._signing_key(token)
        try:
            claims: dict[str, Any] = jwt.decode(
                token,
                key.key,
                algorithms=["RS256"],
                audience=self.audience,
                issuer=_AcceptedIssuers(self.issuer, self.tenants),
                leeway=self.leeway,
                options={
                    "require": ["iss", "aud", "exp", "nbf", "iat", "sub", "tid", "azp"],
                    "strict_aud": True,
                    "enforce_minimum_key_length": True,
                },
            )
        except (jwt.PyJWTError, ValueError) as error:
            raise jwt.InvalidTokenError(type(error).__name__) from error
        self._check_claims(claims, key.issuer)
        return claims

    def _signing_key(self, token: str) -> SigningKey:
        """The key that the header names; nothing in the header is believed until the signature has verified."""
        if len(token) > self.max_length or not COMPACT_JWS.fullmatch(token):
            raise jwt.InvalidTokenError("not a signed JWT")
        try:
            header = json.loads(base64.urlsafe_b64decode(token.partition(".")[0] + "=="))
        except (ValueError, RecursionError) as error:
            raise jwt.InvalidTokenError("header is not JSON") from error
        if not isinstance(header, dict) or header.get("typ") != "JWT" or not NEVER_SENT.isdisjoint(header):
            raise jwt.InvalidTokenError("not the header of an access token")
        kid = header.get("kid")
        key = self.keys.get(kid) if isinstance(kid, str) else None
        if key is None:
            raise jwt.InvalidTokenError("unknown signing key")
        return key

    def _check_claims(self, claims: dict[str, Any], key_issuer: str) -> None:
        """What PyJWT leaves open: the type of each claim, the lifetime, the key's issuer and the kind of token."""
        texts = [claims[name] for name in ("tid", "azp", "sub", "scp", "oid") if name in claims]
        if not all(isinstance(text, str) and text.strip() for text in texts):
            raise jwt.InvalidTokenError("a claim is not a text")
        if not GUID.fullmatch(claims.get("oid", claims["tid"])):
            raise jwt.InvalidTokenError("oid is not an object ID")
        roles = claims.get("roles", [])
        if not isinstance(roles, list) or not all(isinstance(role, str) for role in roles):
            raise jwt.InvalidTokenError("roles is not a list of texts")
        if not all(type(claims[name]) is int for name in ("exp", "nbf", "iat")):
            raise jwt.InvalidTokenError("a time is not an integer")
        if claims["exp"] - min(claims["nbf"], claims["iat"]) > self.max_lifetime:
            raise jwt.InvalidTokenError("lives too long")
        if claims["tid"] != tenant_of(claims["iss"]):
            raise jwt.InvalidTokenError("issuer and tenant disagree")
        if key_issuer and claims["iss"] != key_issuer.replace("{tenantid}", claims["tid"]):
            raise jwt.InvalidTokenError("signed with another issuer's key")
        app_only = claims["sub"] == claims.get("oid") or claims.get("idtyp") == "app"
        if claims.get("ver") != "2.0" or ("scp" in claims) == app_only or (app_only and not roles):
            raise jwt.InvalidTokenError("not a v2.0 access token that permits anything")
        if "cnf" in claims:
            raise jwt.InvalidTokenError("bound to a key, so not a bearer token")


@dataclass(frozen=True)
class _AcceptedIssuers:
    template: str
    tenants: Container[str]

    def __contains__(self, issuer: object) -> bool:
        tenant = tenant_of(str(issuer))
        return tenant in self.tenants and issuer == self.template.replace("{tenantid}", tenant)


def tenant_of(issuer: str) -> str:
    """The tenant ID in an issuer, or an empty text."""
    found = GUID.search(issuer)
    return found[0] if found else ""
