"""What the endpoints share: the state of flows under way, and the rules that decide who gets a token.

Sources: RFC 6749, RFC 7523 (client assertions), RFC 7636 (PKCE), RFC 9700; Microsoft's pages on consent, Conditional
Access and claims challenges under https://learn.microsoft.com/entra/identity-platform/.
"""

from __future__ import annotations

import hashlib
import html
import json
import re
import secrets
import uuid
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Literal
from urllib.parse import urlsplit

from joserfc import jws as jose_jws
from joserfc.errors import JoseError
from joserfc.jwk import RSAKey

from ztcheck.authority import tokens
from ztcheck.authority.aadsts import Refusal, refuse
from ztcheck.authority.directory import CONSUMERS, TOKEN_EXCHANGE, Registration, Tenant, User, timestamp
from ztcheck.authority.entra import CLOUD_OF_HOST, Entra, Session
from ztcheck.authority.keys import b64url, peek, thumbprints
from ztcheck.authority.tokens import Grant
from ztcheck.authority.wire import Request, Response, html_response, parse_json

if TYPE_CHECKING:
    from collections.abc import Mapping

OIDC_SCOPES = ("openid", "profile", "email", "offline_access")
WORDS = ("common", "organizations", "consumers")
COOKIE = "ESTSAUTH"
REFRESH_DAYS = {"spa": 1, "web": 90, "public": 90}
CODE_SECONDS = 600
DEVICE_SECONDS = 900
LONG_LIVED = 86_399
"""Lifetime in seconds of a token that continuous access evaluation can revoke."""
ASSERTION = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"
VERIFIER = re.compile(r"[A-Za-z0-9\-._~]{43,128}")


@dataclass(slots=True)
class Asked:
    """The scope parameter, taken apart."""

    oidc: tuple[str, ...]
    api: Registration
    scopes: tuple[str, ...]
    default: bool
    name: str
    """The resource as the request named it."""
    prefix: str = ""
    """What stood before each scope: nothing where the request left Microsoft Graph's address out."""

    def named(self, scopes: tuple[str, ...]) -> list[str]:
        """Return *scopes* as the answer's ``scope`` spells them: like the request, ``.default`` included."""
        return [self.prefix + scope for scope in (*scopes, *([".default"] if self.default else []))]


@dataclass(slots=True)
class Pending:
    """An authorization request that waits for the person at the browser."""

    params: dict[str, str]
    tenant: str
    base: str
    client: Registration
    platform: str
    asked: Asked
    session: Session | None = None


@dataclass(frozen=True, slots=True)
class Asking:
    """A token request whose client has been authenticated."""

    request: Request
    form: dict[str, str]
    client: Registration
    acr: str
    tenant: Tenant | None
    """None when the path says common or organizations."""
    word: str
    """The tenant as the path names it."""


@dataclass(slots=True)
class Redeemable:
    """What an authorization code or a refresh token stands for."""

    client: Registration
    tenant: Tenant
    user: User
    session: Session
    asked: Asked
    platform: str
    issued: float
    nonce: str | None = None
    redirect_uri: str = ""
    challenge: tuple[str, str] | None = None
    claims: dict[str, Any] = field(default_factory=dict)
    used: bool = False


@dataclass(slots=True)
class Device:
    """A device code flow under way."""

    client: Registration
    tenant: str
    asked: Asked
    expires: float
    state: Literal["pending", "approved", "declined", "redeemed"] = "pending"
    session: Session | None = None
    refusal: Refusal | None = None


class Rules:
    """The state of one `Entra`'s flows, and its decisions."""

    def __init__(self, entra: Entra) -> None:
        self.entra = entra
        self.pending: dict[str, Pending] = {}
        self.codes: dict[str, Redeemable] = {}
        self.refresh_tokens: dict[str, Redeemable] = {}
        self.devices: dict[str, Device] = {}
        self.user_codes: dict[str, str] = {}
        self.sessions: dict[str, Session] = {}

    def base(self, request: Request) -> str:
        """Return the authority's address as the client named it."""
        if request.name in CLOUD_OF_HOST:
            return f"https://{CLOUD_OF_HOST[request.name].login}"
        return f"https://{request.host}" if request.host else self.entra.base

    def _headers(self, request: Request) -> dict[str, str]:
        headers = {"Cache-Control": "no-store, no-cache", "Pragma": "no-cache", "x-ms-request-id": str(uuid.uuid4())}
        if "origin" in request.headers:
            headers["Access-Control-Allow-Origin"] = "*"
        if "client-request-id" in request.headers:
            headers["client-request-id"] = request.headers["client-request-id"]
        return headers

    def _page(self, title: str, refusal: Refusal, now: float) -> Response:
        body = refusal.body(now)
        text = html.escape(body["error_description"])
        return html_response(
            f"<!DOCTYPE html><html lang=en><head><title>{title}</title></head><body><h1>Sorry, but we're having "
            f"trouble signing you in.</h1><p>{text}</p></body></html>",
            400,
            {"X-Aadsts": str(refusal.code)},
        )

    def _id_token(self, item: Redeemable, base: str) -> str:
        grant = Grant(
            tenant=item.tenant,
            client=item.client,
            api=item.client,
            user=item.user,
            amr=item.session.amr,
            auth_time=int(item.session.at),
            sid=item.session.sid,
            acrs=self._contexts(item.claims, "id_token"),
        )
        issuer = self.entra.issuer(item.tenant, base=base)
        key = self.entra.signing_key
        body = tokens.id_token(grant, issuer, int(self.entra.now()), item.nonce, item.asked.oidc)
        return key.sign({"typ": "JWT", "alg": "RS256", "kid": key.kid}, body)

    def _tenant(self, word: str) -> Tenant:
        if word == "consumers":
            return self.entra.consumers
        tenant = self.entra.find_tenant(word)
        if tenant is None:
            raise refuse(90002, tenant=word)
        return tenant

    def _client(self, client_id: str | None, word: str, *, everywhere: bool = False) -> Registration:
        if not client_id:
            raise refuse(900144, name="client_id")
        if client_id == str(uuid.UUID(int=0)):
            raise refuse(700038, client=client_id)
        client = self.entra.find_app(client_id)
        if client is None or client.app_id in self.entra.microsoft:
            raise refuse(700016, client=client_id, tenant=word)
        if everywhere:
            return client
        if word in ("common", "organizations"):
            if client.audience == "AzureADMyOrg":
                raise refuse(50194, client=client_id)
            return client
        tenant = self._tenant(word)
        personal = client.audience in ("AzureADandPersonalMicrosoftAccount", "PersonalMicrosoftAccount")
        reaches = personal if tenant.id == CONSUMERS else client.audience != "PersonalMicrosoftAccount"
        if client.tenant is not tenant and (client.audience == "AzureADMyOrg" or not reaches):
            raise refuse(700016, client=client_id, tenant=tenant.name)
        return client

    def _asked(self, scope: str, tenant: Tenant | None, client: Registration) -> Asked:
        """Take the scope parameter apart; raises 28000, 500011, 65005, 70011."""
        oidc: list[str] = []
        names: list[tuple[str, str]] = []
        prefix = ""
        for item in scope.split():
            if item in OIDC_SCOPES:
                oidc.append(item)
                continue
            resource, _, value = item.rpartition("/")
            prefix = f"{resource}/" if resource else prefix
            names.append((resource.rstrip("/") or "https://graph.microsoft.com", value))
        if not names:
            if not oidc:
                raise refuse(70011, scope=scope)
            names = [("https://graph.microsoft.com", "")]
        resources = {resource for resource, _ in names}
        if len(resources) > 1:
            raise refuse(28000, scope=scope)
        resource = resources.pop()
        try:
            api = self.entra.api(resource)
        except KeyError:
            raise refuse(500011, resource=resource, tenant=tenant.name if tenant else "common") from None
        microsoft = api.app_id in self.entra.microsoft
        if tenant and not microsoft and api.tenant is not tenant and api.app_id not in tenant.installed:
            raise refuse(500011, resource=resource, tenant=tenant.name)
        values = [value for _, value in names if value]
        default = ".default" in values
        if default and len(values) > 1:
            raise refuse(70011, scope=scope)
        for value in values:
            if value != ".default" and api.scope(value) is None:
                raise refuse(65005, client=client.app_id, scope=value, resource=api.app_id)
        if not api.enabled:
            raise refuse(50001, resource=resource)
        return Asked(tuple(oidc), api, () if default else tuple(values), default, resource, prefix)

    def _authenticate(
        self, client: Registration, form: dict[str, str], secret: str | None, request: Request, word: str, kind: str
    ) -> str:
        """Return how the client proved itself: 0 public, 1 secret, 2 assertion; raises what Entra answers."""
        assertion = form.get("client_assertion")
        if client.public:
            if secret or assertion:
                raise refuse(700025)
            return "0"
        if assertion:
            if form.get("client_assertion_type") != ASSERTION:
                raise refuse(900144, name="client_assertion_type")
            self._check_assertion(client, assertion, request, word)
            return "2"
        if secret:
            now = self.entra.now()
            matching = [s for s in client.secrets if secrets.compare_digest(s.value.encode(), secret.encode())]
            if not matching:
                raise refuse(7000215, client=client.app_id)
            if all(s.end <= now for s in matching):
                raise refuse(7000222, client=client.app_id)
            return "1"
        item = self.codes.get(form.get("code", "")) or self.refresh_tokens.get(form.get("refresh_token", ""))
        if item and item.platform in ("spa", "public"):
            return "0"
        if client.allow_public_client and kind not in ("client_credentials", "authorization_code"):
            return "0"
        raise refuse(7000218)

    def _check_assertion(self, client: Registration, assertion: str, request: Request, word: str) -> None:
        """Check a client assertion: by certificate, or of a federated issuer (RFC 7523, section 3)."""
        try:
            header, claims = peek(assertion)
        except (ValueError, UnicodeDecodeError):
            raise refuse(50027, reason="The client assertion is malformed.") from None
        if claims.get("iss") != client.app_id and client.federated:
            self._check_federated(client, assertion, claims)
            return
        if claims.get("iss") != client.app_id or claims.get("sub") != client.app_id:
            raise refuse(700021)
        sent = {str(header.get(name, "")).rstrip("=") for name in ("x5t", "x5t#S256")} - {""}
        certificate = next((c for c in client.certificates if sent & set(thumbprints(c.pem))), None)
        if certificate is None:
            raise refuse(700027, reason=f"[Reason - The key was not found., Thumbprint of key used by client: {sent}]")
        key = RSAKey.import_key(public_key_of(certificate.pem))
        verify_jws(assertion, key, ["RS256", "PS256"], refuse(700027, reason="[Reason - The signature is invalid.]"))
        self._check_assertion_claims(claims, self._audiences(request, word))

    def _audiences(self, request: Request, word: str) -> set[str]:
        base = self.base(request)
        words = {word}
        tenant = None if word in WORDS else self._tenant(word)
        if tenant:
            words |= {tenant.id, tenant.domain}
        ends = ("/oauth2/v2.0/token", "/oauth2/token", "/v2.0", "/")
        return {f"{base}/{each}{end}" for each in words for end in ends}

    def _check_assertion_claims(self, claims: dict[str, Any], audiences: set[str]) -> None:
        now = self.entra.now()
        if claims.get("aud") not in audiences:
            raise refuse(700023, reason=f"Audience: {claims.get('aud')}")
        expires, starts = claims.get("exp"), claims.get("nbf", claims.get("iat", now))
        if not isinstance(expires, int | float) or expires < now or not isinstance(starts, int | float):
            raise refuse(700024, reason="The assertion has expired.")
        if starts > now + 300:
            raise refuse(700024, reason="The assertion is not yet valid.")

    def _check_federated(self, client: Registration, assertion: str, claims: dict[str, Any]) -> None:
        issuer, subject, audience = (str(claims.get(name)) for name in ("iss", "sub", "aud"))
        same = [c for c in client.federated if c.issuer == issuer]
        if not same:
            raise refuse(700211, issuer=issuer)
        same = [c for c in same if c.subject == subject]
        if not same:
            raise refuse(700213, subject=subject)
        # A token of Entra's own names the resource api://AzureADTokenExchange by its application id.
        names = {audience} | ({"api://AzureADTokenExchange"} if audience == TOKEN_EXCHANGE else set())
        matching = [c for c in same if names & set(c.audiences)]
        if not matching:
            raise refuse(700212, audience=audience)
        keys = self.entra.resources.issuer_keys(issuer)
        error = refuse(50013, reason="[Reason - The key was not found.]", error="invalid_client")
        header, _ = peek(assertion)
        key = next((k for k in keys if k.kid == header.get("kid")), None)
        if key is None:
            raise error
        verify_jws(assertion, RSAKey.import_key(key.public_pem), ["RS256"], error)
        expires = claims.get("exp")
        if not isinstance(expires, int | float) or expires < self.entra.now():
            raise refuse(700024, reason="The assertion has expired.")

    def _check_verifier(self, item: Redeemable, verifier: str | None) -> None:
        """RFC 7636, section 4.6; also when a verifier comes without a challenge (RFC 9700, section 4.8.2)."""
        if item.challenge is None:
            if verifier:
                raise refuse(501481)
            return
        method, challenge = item.challenge
        if not verifier or not VERIFIER.fullmatch(verifier):
            raise refuse(501481)
        computed = b64url(hashlib.sha256(verifier.encode()).digest()) if method == "S256" else verifier
        if not secrets.compare_digest(computed, challenge.rstrip("=")):
            raise refuse(501481)

    def _check_password(self, name: str, password: str, word: str) -> User:
        tenant = None if word in WORDS else self._tenant(word)
        user = next(
            (
                u
                for t in ([tenant] if tenant else self.entra.tenants.values())
                for u in t.users.values()
                if name.lower() in (u.upn.lower(), (u.mail or "").lower())
            ),
            None,
        )
        if user is None:
            raise refuse(50034, user=name, tenant=word)
        if not secrets.compare_digest(user.password.encode(), password.encode()):
            raise refuse(50126)
        if not user.enabled:
            raise refuse(50057)
        return user

    def _sign_in_tenant(self, pending: Pending, user: User) -> Tenant:
        tenant = user.tenant
        if pending.tenant == "organizations" and tenant.kind == "consumers":
            raise refuse(50020, user=user.upn, tenant="organizations", client=pending.client.app_id)
        if pending.tenant not in WORDS and self._tenant(pending.tenant) is not tenant:
            raise refuse(50020, user=user.upn, tenant=pending.tenant, client=pending.client.app_id)
        if tenant.kind == "consumers" and pending.client.audience in ("AzureADMyOrg", "AzureADMultipleOrgs"):
            raise refuse(50020, user=user.upn, tenant=pending.tenant, client=pending.client.app_id)
        return tenant

    def _check_access(
        self,
        client: Registration,
        api: Registration,
        tenant: Tenant,
        session: Session,
        wanted: dict[str, Any],
        flow: str | None = None,
    ) -> None:
        """Apply assignment and Conditional Access to a user's request for *api*; raises 50105, 50076, 53000, 53003."""
        if session.at < session.user.valid_from:
            raise refuse(50173, issued=timestamp(session.at), valid_from=timestamp(session.user.valid_from))
        for app in (client, api):
            if app.assignment_required and not tenant.assigned(session.user, app):
                raise refuse(50105, client=app.name, user=session.user.upn)
        not_before = claim_value(wanted, "nbf")
        if not_before and not_before.isdigit() and session.at < int(not_before):
            raise refuse(50173, issued=timestamp(session.at), valid_from=timestamp(int(not_before)))
        contexts = self._contexts(wanted) + self._contexts(wanted, "id_token")
        for policy in tenant.conditional_access:
            if not reaches_user(policy, session.user, api, client, contexts, flow):
                continue
            challenge = json.dumps(
                {"access_token": {"capolids": {"essential": True, "values": [policy["id"]]}}}, separators=(",", ":")
            )
            for control in policy["grantControls"]["builtInControls"]:
                if control == "block":
                    raise refuse(53003)
                if control == "mfa" and "mfa" not in session.amr:
                    raise refuse(50076, resource=api.app_id, claims=challenge)
                if control in ("compliantDevice", "domainJoinedDevice") and not session.user.compliant_device:
                    raise refuse(53000, claims=challenge)

    def _check_workload(self, client: Registration, tenant: Tenant) -> None:
        principal = tenant.service_principal_id(client)
        for policy in tenant.conditional_access:
            apps = policy["conditions"].get("clientApplications") or {}
            included = apps.get("includeServicePrincipals", ())
            hit = principal in included or "ServicePrincipalsInMyTenant" in included
            if policy["state"] != "enabled" or not hit or principal in apps.get("excludeServicePrincipals", ()):
                continue
            if "block" in policy["grantControls"]["builtInControls"]:
                raise refuse(53003)

    def _contexts(self, wanted: dict[str, Any], token: str = "access_token") -> tuple[str, ...]:  # noqa: S107
        entry = (wanted.get(token) or {}).get("acrs") or {}
        values = entry.get("values") or ([entry["value"]] if entry.get("value") else [])
        return tuple(str(value) for value in values)

    def _missing_consent(self, client: Registration, asked: Asked, tenant: Tenant, user: User) -> tuple[str, ...]:
        if asked.api is client:
            return ()
        have = tenant.consented(client, asked.api, user)
        if asked.default:
            return () if have else tuple(scope.value for scope in asked.api.scopes) or (".default",)
        return tuple(scope for scope in asked.scopes if scope not in have)

    def _may_consent(self, api: Registration, missing: tuple[str, ...], tenant: Tenant, user: User) -> bool:
        if user.admin:
            return True
        if tenant.user_consent == "none":
            return False
        return all(found.type == "User" for value in missing if (found := api.scope(value)))

    def _lifetime(self, grant: Grant) -> int:
        revocable = grant.api.cae and grant.capabilities
        return LONG_LIVED if revocable else self.entra.lifetime

    def verified(self, token: str, audience: Registration) -> dict[str, Any]:
        """Return the claims of an access token of ours for *audience*; raises 50013, 500131, 500133."""
        try:
            header, claims = peek(token)
        except (ValueError, UnicodeDecodeError):
            raise refuse(50027, reason="JWT token is malformed.", error="invalid_grant") from None
        key = next((k for k in self.entra.published_keys if k.kid == header.get("kid")), None)
        if key is None:
            raise refuse(50013, reason="[Reason - The key was not found.]")
        verify_jws(token, RSAKey.import_key(key.public_pem), ["RS256"], refuse(50013))
        tenant = self.entra.find_tenant(str(claims.get("tid")))
        if tenant is None or not isinstance(claims.get("exp"), int):
            raise refuse(50013, reason="[Reason - The issuer is unknown.]")
        if claims["exp"] < self.entra.now():
            raise refuse(500133)
        if claims.get("aud") not in (audience.app_id, *audience.identifier_uris):
            raise refuse(500131, audience=claims.get("aud"), client=audience.app_id)
        return claims

    def find_user(self, user_id: str) -> User | None:
        """Return the user with this object id in any tenant, or None."""
        return next((u for t in self.entra.tenants.values() for u in t.users.values() if u.id == user_id), None)


def client_info(user: User, tenant: Tenant) -> str:
    """Return ``client_info``: from it MSAL makes the account's home_account_id."""
    home = user.home or tenant
    return b64url(json.dumps({"uid": user.id, "utid": home.id}).encode())


def no_duplicates(pairs: list[tuple[str, str]]) -> None:
    """RFC 6749, section 3.1: parameters must not be included more than once."""
    seen: set[str] = set()
    for name, _ in pairs:
        if name in seen:
            raise refuse(9000411, name=name)
        seen.add(name)


def platform_of(client: Registration, redirect_uri: str) -> str | None:
    """Return the platform that *redirect_uri* is registered for: exact match, but any port for loopback clients."""
    for platform, uris in client.redirect_uris.items():
        if redirect_uri in uris:
            return platform
        parts = urlsplit(redirect_uri)
        if platform == "public" and parts.hostname in ("localhost", "127.0.0.1"):
            plain = parts._replace(netloc=str(parts.hostname)).geturl()
            if plain in uris or plain.rstrip("/") in (uri.rstrip("/") for uri in uris):
                return platform
    return None


def claims_parameter(params: Mapping[str, str]) -> dict[str, Any]:
    if not params.get("claims"):
        return {}
    try:
        value = parse_json(params["claims"])
    except ValueError:
        value = None
    if not isinstance(value, dict) or not all(_well_formed(part) for part in value.values()):
        raise refuse(9002313, reason="The 'claims' parameter is not a claims request.")
    return value


def _well_formed(part: object) -> bool:
    """Return whether *part* is what OpenID Connect Core 1.0, section 5.5.1 has for one token: name → null or object."""
    return isinstance(part, dict) and all(
        entry is None or (isinstance(entry, dict) and isinstance(entry.get("values", []), list))
        for entry in part.values()
    )


def capabilities(wanted: dict[str, Any]) -> tuple[str, ...]:
    entry = (wanted.get("access_token") or {}).get("xms_cc") or {}
    return tuple(str(value) for value in entry.get("values") or ())


def claim_value(wanted: dict[str, Any], name: str) -> str:
    entry = (wanted.get("access_token") or {}).get(name) or {}
    return str(entry.get("value", ""))


def reaches_user(
    policy: dict[str, Any],
    user: User,
    api: Registration,
    client: Registration,
    contexts: tuple[str, ...],
    flow: str | None,
) -> bool:
    conditions = policy["conditions"]
    apps, users = conditions["applications"], conditions["users"]
    wanted_flow = (conditions.get("authenticationFlows") or {}).get("transferMethods")
    included = set(apps.get("includeApplications", ()))
    excluded = set(apps.get("excludeApplications", ()))
    groups = {group.id for group in user.groups}
    context = set(apps.get("includeAuthenticationContextClassReferences", ())) & set(contexts)
    ids = {api.app_id, client.app_id}
    return (
        policy["state"] == "enabled"
        and (not wanted_flow or flow in str(wanted_flow).split(","))
        and bool(context or "All" in included or included & ids)
        and not excluded & ids
        and bool(
            "All" in users.get("includeUsers", ())
            or user.id in users.get("includeUsers", ())
            or groups & set(users.get("includeGroups", ()))
            or (user.home and "GuestsOrExternalUsers" in users.get("includeUsers", ()))
        )
        and user.id not in users.get("excludeUsers", ())
        and not groups & set(users.get("excludeGroups", ()))
    )


def public_key_of(certificate: str) -> str:
    from cryptography import x509
    from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

    public = x509.load_pem_x509_certificate(certificate.encode()).public_key()
    return public.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo).decode()


def verify_jws(token: str, key: RSAKey, algorithms: list[str], error: Refusal) -> None:
    registry = jose_jws.JWSRegistry(algorithms=algorithms)
    registry.max_header_length = 16_384  # x5c is longer than joserfc's 512 bytes
    try:
        jose_jws.deserialize_compact(token.encode(), key, registry=registry)
    except (JoseError, ValueError):
        raise error from None
