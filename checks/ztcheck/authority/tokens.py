"""Claims of access tokens and ID tokens, in the shapes that Entra sends.

App-only v2.0 tokens follow a capture of the real service (2026-09-08). Delegated and v1.0 tokens follow Microsoft's
reference of access token claims
(https://learn.microsoft.com/entra/identity-platform/access-token-claims-reference) and of optional claims.
"""

from __future__ import annotations

import hashlib
import secrets
from dataclasses import dataclass
from typing import Any, Literal

from ztcheck.authority.directory import GLOBAL_ADMINISTRATOR, Registration, Tenant, User
from ztcheck.authority.keys import b64url

BACKDATED = 300
"""Seconds by which ``iat`` and ``nbf`` lie before the moment of issue."""
GROUP_LIMIT = 200
"""Most groups in a JWT; more of them are overage."""


@dataclass(frozen=True, slots=True)
class Grant:
    """What a token is issued for."""

    tenant: Tenant
    client: Registration
    api: Registration
    user: User | None = None
    scopes: tuple[str, ...] = ()
    acr: str = "0"
    """How the client proved itself: 0 public, 1 secret, 2 certificate or federated assertion."""
    amr: tuple[str, ...] = ("pwd",)
    acrs: tuple[str, ...] = ()
    auth_time: int = 0
    sid: str = ""
    capabilities: tuple[str, ...] = ()
    """``xms_cc`` values that the client declared."""
    audience: str | None = None
    """The resource as a v1.0 request named it."""


def pairwise(user_id: str, app: Registration) -> str:
    """Return the subject of a user at one app: the same in every token, another at every other app."""
    return b64url(hashlib.sha256(f"{user_id}|{app.app_id}".encode()).digest())


def opaque(size: int = 32) -> str:
    """Return a value as Entra puts into ``aio``, ``rh`` and ``uti``: nobody else may read meaning into it."""
    return b64url(secrets.token_bytes(size))


def access_token(grant: Grant, issuer: str, now: int, lifetime: int) -> dict[str, Any]:
    """Return the claims of an access token for *grant*; *lifetime* in seconds from *now*."""
    v2 = grant.api.token_version == 2
    claims: dict[str, Any] = {
        "aud": _audience(grant),
        "iss": issuer,
        "iat": now - BACKDATED,
        "nbf": now - BACKDATED,
        "exp": now + lifetime,
        "aio": opaque(40),
        ("azp" if v2 else "appid"): grant.client.app_id,
        ("azpacr" if v2 else "appidacr"): grant.acr,
        "rh": "1." + opaque(48),
        "tid": grant.tenant.id,
        "uti": opaque(16),
        "ver": "2.0" if v2 else "1.0",
        "xms_ftd": opaque(40),
    }
    if grant.user is None:
        principal = grant.tenant.service_principal_id(grant.client)
        claims |= {"oid": principal, "sub": principal}
        if not v2:
            claims["idp"] = issuer
    else:
        claims |= {
            "oid": grant.user.id,
            "sub": pairwise(grant.user.id, grant.api),
            "name": grant.user.display_name,
            "scp": " ".join(grant.scopes),
        }
        if grant.sid:
            claims["sid"] = grant.sid
        if v2:
            claims["preferred_username"] = grant.user.mail if grant.user.home else grant.user.upn
        else:
            claims |= {
                "acr": "1",
                "amr": list(grant.amr),
                "family_name": "Example",
                "given_name": grant.user.display_name,
                "ipaddr": "127.0.0.1",
                "unique_name": grant.user.upn,
                "upn": grant.user.upn,
            }
        if grant.user.home:
            claims["idp"] = f"https://sts.windows.net/{grant.user.home.id}/"
    roles = grant.tenant.roles(grant.user or grant.client, grant.api)
    if roles:
        claims["roles"] = roles
    claims |= _groups(grant, grant.api)
    claims |= _optional(grant, grant.api, now)
    if grant.acrs:
        claims["acrs"] = list(grant.acrs)
    if grant.capabilities and (grant.api.cae or "xms_cc" in grant.api.optional_claims):
        claims["xms_cc"] = [value.upper() for value in grant.capabilities]
    return claims


def id_token(grant: Grant, issuer: str, now: int, nonce: str | None, scopes: tuple[str, ...]) -> dict[str, Any]:
    """Return the claims of a v2.0 ID token for *grant*; *scopes* are the OpenID Connect ones."""
    user = grant.user
    if user is None:
        raise ValueError("an ID token is about a user")
    claims: dict[str, Any] = {
        "aud": grant.client.app_id,
        "iss": issuer,
        "iat": now - BACKDATED,
        "nbf": now - BACKDATED,
        "exp": now + 3600,
        "aio": opaque(40),
        "rh": "1." + opaque(48),
        "sid": grant.sid or opaque(16),
        "sub": pairwise(user.id, grant.client),
        "tid": grant.tenant.id,
        "uti": opaque(16),
        "ver": "2.0",
    }
    if "profile" in scopes:
        claims |= {
            "name": user.display_name,
            "oid": user.id,
            "preferred_username": user.mail if user.home else user.upn,
        }
    if "email" in scopes and user.mail:
        claims["email"] = user.mail
    if nonce is not None:
        claims["nonce"] = nonce
    if user.home:
        claims["idp"] = f"https://sts.windows.net/{user.home.id}/"
    roles = grant.tenant.roles(user, grant.client)
    if roles:
        claims["roles"] = roles
    claims |= _groups(grant, grant.client)
    claims |= _optional(grant, grant.client, now)
    if grant.acrs:
        claims["acrs"] = list(grant.acrs)
    return claims


def _audience(grant: Grant) -> str:
    if grant.api.token_version == 2:
        return grant.api.app_id
    return grant.audience or (grant.api.identifier_uris or [grant.api.app_id])[0]


def _groups(grant: Grant, app: Registration) -> dict[str, Any]:
    user = grant.user
    if user is None or app.group_claims == "None":
        return {}
    kinds: dict[Literal["SecurityGroup", "ApplicationGroup", "All"], Any] = {
        "SecurityGroup": lambda group: not group.unified,
        "ApplicationGroup": lambda group: (group.id, app.app_id) in grant.tenant.assignments,
        "All": lambda group: True,  # noqa: ARG005
    }
    ids = [group.id for group in user.groups if kinds[app.group_claims](group)]
    claims: dict[str, Any] = {}
    if app.group_claims == "All":
        claims["wids"] = [GLOBAL_ADMINISTRATOR] if user.admin else []
    if len(ids) > GROUP_LIMIT:
        endpoint = f"https://graph.windows.net/{grant.tenant.id}/users/{user.id}/getMemberObjects"
        return claims | {"_claim_names": {"groups": "src1"}, "_claim_sources": {"src1": {"endpoint": endpoint}}}
    if ids:
        claims["groups"] = ids
    return claims


def _optional(grant: Grant, app: Registration, now: int) -> dict[str, Any]:
    user = grant.user
    asked = app.optional_claims
    values: dict[str, Any] = {"tenant_region_scope": "EU"}
    if user is None:
        values["idtyp"] = "app"
    else:
        if "include_user_token" in asked.get("idtyp", ()):
            values["idtyp"] = "user"
        values |= {
            "acct": 1 if user.home else 0,
            "auth_time": grant.auth_time or now,
            "ctry": "US",
            "email": user.mail,
            "family_name": "Example",
            "given_name": user.display_name,
            "ipaddr": "127.0.0.1",
            "login_hint": opaque(40),
            "tenant_ctry": "US",
            "upn": user.upn,
            "verified_primary_email": [user.mail] if user.mail else [],
            "xms_edov": True,
        }
        if grant.sid:
            values["sid"] = grant.sid
    return {name: values[name] for name in asked if name in values}
