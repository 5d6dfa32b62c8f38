"""The local Entra ID itself: what it holds, where it listens, and how requests reach its endpoints."""

from __future__ import annotations

import contextlib
import secrets
import shutil
import ssl
import tempfile
import threading
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Any, Literal, Self

from ztcheck.authority import tokens
from ztcheck.authority.aadsts import Refusal
from ztcheck.authority.directory import (
    CONSUMERS,
    Registration,
    Tenant,
    User,
    guid,
    microsoft_apis,
)
from ztcheck.authority.keys import SigningKey, process_key
from ztcheck.authority.tokens import Grant
from ztcheck.authority.wire import LOCAL, Exchange, Faults, Log, LoopbackServer, Request, Response

if TYPE_CHECKING:
    from ztcheck.authority.control import Control


@dataclass(frozen=True, slots=True)
class Cloud:
    """The host names of one Microsoft cloud."""

    name: str
    login: str
    sts: str
    graph: str
    aliases: tuple[str, ...]


CLOUDS = {
    "public": Cloud(
        "microsoftonline.com",
        "login.microsoftonline.com",
        "sts.windows.net",
        "graph.microsoft.com",
        ("login.microsoftonline.com", "login.windows.net", "login.microsoft.com", "sts.windows.net"),
    ),
    "usgov": Cloud(
        "microsoftonline.us",
        "login.microsoftonline.us",
        "sts.windows.net",
        "graph.microsoft.us",
        ("login.microsoftonline.us", "login.usgovcloudapi.net"),
    ),
    "china": Cloud(
        "partner.microsoftonline.cn",
        "login.partner.microsoftonline.cn",
        "sts.chinacloudapi.cn",
        "microsoftgraph.chinacloudapi.cn",
        ("login.partner.microsoftonline.cn", "login.chinacloudapi.cn"),
    ),
}
CLOUD_OF_HOST = {host: cloud for cloud in CLOUDS.values() for host in cloud.aliases}
HOSTS = (
    *CLOUD_OF_HOST,
    "*.ciamlogin.com",
    *(cloud.graph for cloud in CLOUDS.values()),
    "api.github.com",
    "token.actions.githubusercontent.com",
    "*.actions.githubusercontent.com",
    "*.vault.azure.net",
    "management.azure.com",
    "microsoft.com",
)
"""Production host names that the authority answers for; ``*.`` is one label."""
METADATA_HOST = "169.254.169.254"
"""The address of the Azure instance metadata service, plain HTTP."""


@dataclass(slots=True)
class Session:
    """A browser's sign-in: *at* in seconds since the epoch."""

    user: User
    at: float
    amr: tuple[str, ...]
    sid: str = field(default_factory=lambda: secrets.token_urlsafe(16))


class Entra:
    """A local Microsoft Entra ID on 127.0.0.1 over TLS; a context manager.

    *cloud* None names everything ``https://localhost:PORT``: for apps whose authority is a setting. ``"public"``,
    ``"usgov"`` or ``"china"`` names everything as in production (``https://login.microsoftonline.com/…``): for code
    that runs unchanged under `ztcheck.authority.loopback`.

    The clock is the machine's plus *skew* seconds. Tokens live *lifetime* seconds.
    """

    def __init__(
        self,
        *,
        cloud: Literal["public", "usgov", "china"] | None = None,
        port: int = 0,
        metadata_port: int = 0,
        lifetime: int = 3599,
        skew: float = 0.0,
    ) -> None:
        # Imported here: the endpoints need this class for their types.
        from ztcheck.authority.endpoints import Endpoints
        from ztcheck.authority.resources import Resources

        self.cloud = CLOUDS[cloud] if cloud else None
        self.lifetime = lifetime
        self.skew = skew
        self.faults = Faults()
        self.log = Log()
        self.lock = threading.RLock()
        self.tenants: dict[str, Tenant] = {}
        self.device_interval = 5
        self._published = [0, 1]  # of the process's keys, the newest first; made when they are first needed
        self._newest = 1
        self._microsoft: dict[str, Registration] | None = None
        self._port, self._metadata_port = port, metadata_port
        self._server: LoopbackServer | None = None
        self._metadata: LoopbackServer | None = None
        self._folder: Path | None = None
        self.control: Control | None = None
        """What tests in other languages ask for; only the command offers it."""
        self.endpoints = Endpoints(self)
        self.resources = Resources(self)
        self.graph = self.resources.graph
        self.github = self.resources.github
        self.vault = self.resources.vault
        self.management = self.resources.management
        self.identity = self.resources.identity
        self.workflow = self.resources.workflow

    # Life

    def start(self) -> Self:
        """Make the test CA, listen on two loopback ports and return this authority."""
        import trustme

        _ = self.signing_key  # makes it: the first token is not to wait
        folder = Path(tempfile.mkdtemp(prefix="ztcheck-entra-"))
        authority = trustme.CA(organization_name="ztcheck local Entra ID", organization_unit_name="Tests only")
        leaf = authority.issue_cert("localhost", "127.0.0.1", METADATA_HOST, *HOSTS)
        authority.cert_pem.write_to_path(str(folder / "ca.pem"))
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.minimum_version = ssl.TLSVersion.TLSv1_2
        leaf.configure_cert(context)
        self._folder = folder
        self._server = LoopbackServer(self.handle, context, self._port)
        self._metadata = LoopbackServer(self.handle, None, self._metadata_port)
        self._server.start()
        self._metadata.start()
        return self

    def stop(self) -> None:
        """Close the ports and remove the CA file."""
        for server in (self._server, self._metadata):
            if server:
                server.stop()
        if self._folder:
            shutil.rmtree(self._folder, ignore_errors=True)
        self._server = self._metadata = self._folder = None

    def __enter__(self) -> Self:
        return self.start()

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    # Where it is

    @property
    def port(self) -> int:
        """The TLS port on 127.0.0.1."""
        if self._server is None:
            raise RuntimeError("the local Entra ID is not running: use it as a context manager")
        return self._server.port

    @property
    def metadata_port(self) -> int:
        """The plain HTTP port of the managed identity endpoints."""
        if self._metadata is None:
            raise RuntimeError("the local Entra ID is not running: use it as a context manager")
        return self._metadata.port

    @property
    def ca_file(self) -> Path:
        """The PEM file of the test CA, to trust in ``REQUESTS_CA_BUNDLE``, ``SSL_CERT_FILE`` and their like."""
        if self._folder is None:
            raise RuntimeError("the local Entra ID is not running: use it as a context manager")
        return self._folder / "ca.pem"

    @property
    def base(self) -> str:
        """Scheme and host of the authority, without a slash at the end."""
        return f"https://{self.cloud.login}" if self.cloud else f"https://localhost:{self.port}"

    def ssl_context(self) -> ssl.SSLContext:
        """Return a client context that trusts the test CA alone."""
        return ssl.create_default_context(cafile=str(self.ca_file))

    def loopback_map(self) -> dict[str, int]:
        """Return host pattern → port for `ztcheck.authority.loopback`."""
        return {**dict.fromkeys(HOSTS, self.port), METADATA_HOST: self.metadata_port}

    def authority(self, tenant: Tenant | str) -> str:
        """Return the authority URL for MSAL: ``…/{tenant id}``, or ``…/common`` and its like for a word."""
        return f"{self.base_of(tenant)}/{tenant if isinstance(tenant, str) else tenant.id}"

    def base_of(self, tenant: Tenant | str) -> str:
        if self.cloud and isinstance(tenant, Tenant) and tenant.kind == "external":
            return f"https://{tenant.name}.ciamlogin.com"
        return self.base

    def issuer(self, tenant: Tenant, version: Literal[1, 2] = 2, base: str | None = None) -> str:
        """Return ``iss`` of the tenant's tokens of *version*, as requests to *base* get it (default: here)."""
        base = base or self.base_of(tenant)
        host = base.removeprefix("https://")
        if host.endswith(".ciamlogin.com"):
            return f"https://{tenant.id}.ciamlogin.com/{tenant.id}/v2.0"
        if version == 1:
            cloud = CLOUD_OF_HOST.get(host)
            return f"https://{cloud.sts}/{tenant.id}/" if cloud else f"{base}/{tenant.id}/"
        cloud = CLOUD_OF_HOST.get(host)
        return f"https://{cloud.login}/{tenant.id}/v2.0" if cloud else f"{base}/{tenant.id}/v2.0"

    def metadata_url(self, tenant: Tenant | str) -> str:
        """Return the OpenID Connect discovery URL."""
        return f"{self.authority(tenant)}/v2.0/.well-known/openid-configuration"

    def jwks_url(self, tenant: Tenant | str) -> str:
        """Return the URL of the signing keys."""
        return f"{self.authority(tenant)}/discovery/v2.0/keys"

    # What it holds

    def tenant(
        self,
        name: str,
        *,
        kind: Literal["workforce", "external", "consumers"] = "workforce",
        id: str | None = None,  # noqa: A002
    ) -> Tenant:
        """Return the tenant *name* (``contoso``), created on first use with the domain ``contoso.onmicrosoft.com``."""
        if name not in self.tenants:
            tenant_id = id or (CONSUMERS if kind == "consumers" else guid("tenant", name))
            domain = "outlook.com" if kind == "consumers" else f"{name}.onmicrosoft.com"
            self.tenants[name] = Tenant(name, tenant_id, domain, kind)
        return self.tenants[name]

    @property
    def consumers(self) -> Tenant:
        """The tenant of personal Microsoft accounts."""
        return self.tenant("consumers", kind="consumers")

    def find_tenant(self, word: str) -> Tenant | None:
        """Return the tenant with this id or domain, or None."""
        word = word.lower()
        if word == CONSUMERS:
            return self.consumers
        return next((t for t in self.tenants.values() if word in (t.id, t.domain, f"{t.name}.com")), None)

    def find_app(self, app_id: str) -> Registration | None:
        """Return the registration with this application id in any tenant, Microsoft's own APIs included, or None."""
        for tenant in self.tenants.values():
            if app_id in tenant.registrations:
                return tenant.registrations[app_id]
        return self.microsoft.get(app_id)

    @property
    def microsoft(self) -> dict[str, Registration]:
        """Microsoft's own APIs by application id."""
        if self._microsoft is None:
            home = Tenant("microsoft", "f8cdef31-a31e-4b4a-93e4-5f571e91255a", "microsoft.com")
            self._microsoft = microsoft_apis(home)
        return self._microsoft

    def api(self, app_id_or_uri: str) -> Registration:
        """Return the API with this application id or identifier URI; raises KeyError."""
        found = self.find_app(app_id_or_uri)
        if found is None:
            every = [*self.microsoft.values(), *(a for t in self.tenants.values() for a in t.registrations.values())]
            found = next((a for a in every if app_id_or_uri in a.identifier_uris), None)
        if found is None:
            raise KeyError(app_id_or_uri)
        return found

    def now(self) -> float:
        """Return the authority's time in seconds since the epoch."""
        return time.time() + self.skew

    # Keys

    @property
    def signing_key(self) -> SigningKey:
        """The key that signs new tokens."""
        return process_key(self._published[0])

    @property
    def published_keys(self) -> list[SigningKey]:
        """The keys that the JWKS shows."""
        return [process_key(index) for index in self._published]

    def jwks(self, tenant: Tenant | None = None, base: str | None = None) -> dict[str, Any]:
        """Return the JWKS, whose entries name the *tenant*'s issuer, or the issuer template when it is None."""
        base = base or self.base
        issuer = self.issuer(tenant, base=base) if tenant else f"{base}/{{tenantid}}/v2.0"
        return {"keys": [key.jwk | {"issuer": issuer} for key in self.published_keys]}

    def rotate_keys(self, *, withdraw: bool = False) -> SigningKey:
        """Sign with a key that no client has seen yet and return it; *withdraw* takes all earlier ones off the JWKS."""
        with self.lock:
            self._newest += 1
            self._published = [self._newest] if withdraw else [self._newest, *self._published]
            return self.signing_key

    # Tokens

    def mint(
        self,
        api: Registration,
        *,
        user: User | None = None,
        client: Registration | None = None,
        scopes: Sequence[str] = (),
        roles: Sequence[str] | None = None,
        tenant: Tenant | None = None,
        claims: dict[str, Any] | None = None,
        header: dict[str, Any] | None = None,
        without: Sequence[str] = (),
        acrs: Sequence[str] = (),
        capabilities: Sequence[str] = (),
        amr: Sequence[str] = ("pwd",),
        acr: str = "1",
        lifetime: int | None = None,
        audience: str | None = None,
        key: SigningKey | None = None,
    ) -> str:
        """Return an access token for *api*: delegated with a *user* and *scopes*, else app-only with *roles*.

        It has the shape that the token endpoint sends, without going through a flow or asking for consent. *roles* adds
        to what is assigned. *claims* and *header* replace or add members as they are given, right or wrong; *without*
        leaves claims out. *client* defaults to the API itself.
        """
        tenant = tenant or (user or client or api).tenant
        grant = Grant(
            tenant=tenant,
            client=client or api,
            api=api,
            user=user,
            scopes=tuple(scopes),
            acr=acr,
            amr=tuple(amr),
            acrs=tuple(acrs),
            capabilities=tuple(capabilities),
            audience=audience,
            sid=tokens.opaque(16) if user else "",
        )
        return self.issue(grant, lifetime=lifetime, roles=roles, claims=claims, header=header, without=without, key=key)

    def issue(
        self,
        grant: Grant,
        *,
        base: str | None = None,
        lifetime: int | None = None,
        roles: Sequence[str] | None = None,
        claims: dict[str, Any] | None = None,
        header: dict[str, Any] | None = None,
        without: Sequence[str] = (),
        key: SigningKey | None = None,
    ) -> str:
        """Return the signed access token for *grant*; the other arguments are those of `mint`."""
        key = key or self.signing_key
        issuer = self.issuer(grant.tenant, grant.api.token_version, base)
        body = tokens.access_token(grant, issuer, int(self.now()), self.lifetime if lifetime is None else lifetime)
        if roles is not None:
            body["roles"] = list(dict.fromkeys([*body.get("roles", ()), *roles]))
        body |= claims or {}
        for name in without:
            body.pop(name, None)
        head: dict[str, Any] = {"typ": "JWT", "alg": "RS256", "kid": key.kid}
        if grant.api.token_version == 1:
            head["x5t"] = key.kid
        return key.sign(head | (header or {}), body)

    def mint_id_token(
        self,
        client: Registration,
        user: User,
        *,
        nonce: str | None = None,
        scopes: Sequence[str] = ("openid", "profile"),
        claims: dict[str, Any] | None = None,
        header: dict[str, Any] | None = None,
        without: Sequence[str] = (),
        key: SigningKey | None = None,
    ) -> str:
        """Return an ID token for *client* about *user*; the other arguments are those of `mint`."""
        key = key or self.signing_key
        grant = Grant(tenant=user.tenant, client=client, api=client, user=user)
        body = tokens.id_token(grant, self.issuer(user.tenant), int(self.now()), nonce, tuple(scopes))
        body |= claims or {}
        for name in without:
            body.pop(name, None)
        return key.sign({"typ": "JWT", "alg": "RS256", "kid": key.kid} | (header or {}), body)

    def revoke_sessions(self, user: User) -> None:
        """Refuse every session and refresh token that *user* has now, as revokeSignInSessions does."""
        user.valid_from = self.now()

    # The user's part

    def sign_in(
        self,
        url: str,
        user: User,
        *,
        password: str | None = None,
        mfa: bool = True,
        accept: bool = True,
        cookies: dict[str, str] | None = None,
    ) -> dict[str, str]:
        """Follow the authorization request *url* as *user* would in a browser; return the parameters of the redirect.

        *mfa* approves the second factor, *accept* consents. The key ``redirect_uri`` of the answer is where the browser
        was sent. *cookies*, if given, is the browser's cookie jar and is updated. Raises `PageShown` when the browser
        stays on a page of the authority.
        """
        return self.endpoints.browse(url, user, password or user.password, mfa, accept, cookies)

    def approve_device(self, user_code: str, user: User, *, accept: bool = True, mfa: bool = True) -> None:
        """Enter *user_code* on the device page as *user*; raises KeyError for an unknown code."""
        self.endpoints.approve_device(user_code, user, accept, mfa)

    # Requests

    def handle(self, request: Request) -> Response:
        """Answer one request: faults first, then the endpoint; everything goes into the log."""
        if self.control and request.name in LOCAL and request.path.startswith(self.control.PATH):
            with self.lock:
                return self.control.answer(request)
        fault = self.faults.take(request)
        if fault and fault.delay:
            time.sleep(fault.delay)
        resource = self.resources.route(request)
        if fault and fault.code and resource is None:
            response = self.endpoints.refused(request, Refusal(fault.code))
            response.headers |= fault.headers
        elif fault and fault.status is not None:
            response = Response(fault.status, dict(fault.headers), fault.body, fault.cut)
        elif fault and fault.cut == 0:
            response = Response(cut=0)
        else:
            with self.lock:
                response = (resource() if resource else None) or self.endpoints.answer(request)
            if fault:
                response.headers |= fault.headers
                response.cut = fault.cut
        self.log.append(Exchange(request, response, self.now()))
        return response

    @contextlib.contextmanager
    def clock(self, *, skew: float) -> Iterator[None]:
        """Run the authority's clock *skew* seconds ahead (negative: behind) for a while."""
        before, self.skew = self.skew, skew
        try:
            yield
        finally:
            self.skew = before
