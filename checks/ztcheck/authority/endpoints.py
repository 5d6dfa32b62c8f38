"""The protocol endpoints: discovery, authorize, token, device code, logout, and the rules behind them.

Sources: RFC 6749, 7523, 7636, 8628; OpenID Connect Core 1.0; Microsoft's pages on each flow under
https://learn.microsoft.com/entra/identity-platform/.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import html
import json
import re
import secrets
import uuid
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any, Literal
from urllib.parse import parse_qs, parse_qsl, unquote, urlencode, urlsplit

from joserfc import jws as jose_jws
from joserfc.errors import JoseError
from joserfc.jwk import RSAKey

from ztcheck.authority import tokens
from ztcheck.authority.aadsts import Refusal, refuse
from ztcheck.authority.directory import CONSUMERS, GRAPH, TOKEN_EXCHANGE, Registration, Tenant, User, timestamp
from ztcheck.authority.entra import CLOUD_OF_HOST, CLOUDS, Entra, Session
from ztcheck.authority.keys import b64url, peek, thumbprints
from ztcheck.authority.tokens import Grant
from ztcheck.authority.wire import Request, Response, html_response, json_response

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


class PageShown(Exception):  # noqa: N818 - not an error of the caller: the browser stayed where it was
    """The browser was not sent back to the app: the authority showed a page, with AADSTS *code* if it is an error."""

    def __init__(self, title: str, code: int | None, text: str) -> None:
        super().__init__(f"{title}: {text}")
        self.title, self.code, self.text = title, code, text


@dataclass(slots=True)
class Asked:
    """The scope parameter, taken apart."""

    oidc: tuple[str, ...]
    api: Registration
    scopes: tuple[str, ...]
    default: bool
    name: str
    """The resource as the request named it."""


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


class Endpoints:
    """Answers the requests for one `Entra`."""

    def __init__(self, entra: Entra) -> None:
        self.entra = entra
        self.pending: dict[str, Pending] = {}
        self.codes: dict[str, Redeemable] = {}
        self.refresh_tokens: dict[str, Redeemable] = {}
        self.devices: dict[str, Device] = {}
        self.user_codes: dict[str, str] = {}
        self.sessions: dict[str, Session] = {}

    # Dispatch

    def answer(self, request: Request) -> Response:
        """Answer a request to the login host."""
        routes: list[tuple[str, Callable[[Request, str], Response]]] = [
            (r"/common/discovery/instance", self._instances),
            (r"/common/userrealm/(.+)", self._realm),
            (r"/common/oauth2/deviceauth", self._device_page),
            (r"/oidc/userinfo", self._userinfo),
            (r"/([^/]+)/v2\.0/\.well-known/openid-configuration", self._discovery),
            (r"/([^/]+)/\.well-known/openid-configuration", self._discovery_v1),
            (r"/([^/]+)/discovery/(?:v2\.0/)?keys", self._jwks),
            (r"/([^/]+)/oauth2/(?:v2\.0/)?authorize", self._authorize),
            (r"/([^/]+)/login", self._login),
            (r"/([^/]+)/oauth2/v2\.0/token", self._token),
            (r"/([^/]+)/oauth2/token", self._token_v1),
            (r"/([^/]+)/oauth2/v2\.0/devicecode", self._devicecode),
            (r"/([^/]+)/oauth2/v2\.0/logout", self._logout),
            (r"/([^/]+)/(?:v2\.0/)?adminconsent", self._adminconsent),
        ]
        for pattern, handler in routes:
            match = re.fullmatch(pattern, request.path)
            if match:
                try:
                    with self.entra.lock:
                        return handler(request, unquote(match[1]) if match.groups() else "")
                except Refusal as refusal:
                    return self._refused(request, refusal)
        return html_response("<h1>404 - File or directory not found.</h1>", 404)

    def base(self, request: Request) -> str:
        """Return the authority's address as the client named it."""
        if request.name in CLOUD_OF_HOST:
            return f"https://{CLOUD_OF_HOST[request.name].login}"
        return f"https://{request.host}" if request.host else self.entra.base

    def _refused(self, request: Request, refusal: Refusal) -> Response:
        correlation = request.headers.get("client-request-id")
        host = request.name if request.name in CLOUD_OF_HOST else "login.microsoftonline.com"
        body = refusal.body(self.entra.now(), correlation, host)
        return json_response(body, refusal.status, self._headers(request))

    def _headers(self, request: Request) -> dict[str, str]:
        headers = {"Cache-Control": "no-store, no-cache", "Pragma": "no-cache", "x-ms-request-id": str(uuid.uuid4())}
        if "origin" in request.headers:
            headers["Access-Control-Allow-Origin"] = "*"
        if "client-request-id" in request.headers:
            headers["client-request-id"] = request.headers["client-request-id"]
        return headers

    # Metadata

    def _discovery(self, request: Request, word: str) -> Response:
        base = self.base(request)
        root = f"{base}/{word}"
        cloud = CLOUD_OF_HOST.get(request.name, CLOUDS["public"])
        tenant = None if word in WORDS[:2] else self._tenant(word)
        return json_response(
            {
                "token_endpoint": f"{root}/oauth2/v2.0/token",
                "token_endpoint_auth_methods_supported": [
                    "client_secret_post",
                    "private_key_jwt",
                    "client_secret_basic",
                ],
                "jwks_uri": f"{root}/discovery/v2.0/keys",
                "response_modes_supported": ["query", "fragment", "form_post"],
                "subject_types_supported": ["pairwise"],
                "id_token_signing_alg_values_supported": ["RS256"],
                "response_types_supported": ["code", "id_token", "code id_token", "id_token token"],
                "scopes_supported": ["openid", "profile", "email", "offline_access"],
                "issuer": self.entra.issuer(tenant, base=base) if tenant else f"{base}/{{tenantid}}/v2.0",
                "request_uri_parameter_supported": False,
                "userinfo_endpoint": f"{self._graph(request)}/oidc/userinfo",
                "authorization_endpoint": f"{root}/oauth2/v2.0/authorize",
                "device_authorization_endpoint": f"{root}/oauth2/v2.0/devicecode",
                "http_logout_supported": True,
                "frontchannel_logout_supported": True,
                "end_session_endpoint": f"{root}/oauth2/v2.0/logout",
                "claims_supported": [
                    "sub",
                    "iss",
                    "cloud_instance_name",
                    "cloud_instance_host_name",
                    "cloud_graph_host_name",
                    "msgraph_host",
                    "aud",
                    "exp",
                    "iat",
                    "auth_time",
                    "acr",
                    "nonce",
                    "preferred_username",
                    "name",
                    "tid",
                    "ver",
                    "at_hash",
                    "c_hash",
                    "email",
                ],
                "kerberos_endpoint": f"{root}/kerberos",
                "tenant_region_scope": "EU" if tenant else None,
                "cloud_instance_name": cloud.name,
                "cloud_graph_host_name": "graph.windows.net",
                "msgraph_host": cloud.graph,
                "rbac_url": "https://pas.windows.net",
            }
        )

    def _discovery_v1(self, request: Request, word: str) -> Response:
        base = self.base(request)
        root = f"{base}/{word}"
        tenant = None if word in WORDS[:2] else self._tenant(word)
        template = self.entra.issuer(Tenant("", "{tenantid}", ""), 1, base)
        return json_response(
            {
                "token_endpoint": f"{root}/oauth2/token",
                "jwks_uri": f"{root}/discovery/keys",
                "response_modes_supported": ["query", "fragment", "form_post"],
                "subject_types_supported": ["pairwise"],
                "id_token_signing_alg_values_supported": ["RS256"],
                "response_types_supported": ["code", "id_token", "code id_token", "token id_token", "token"],
                "scopes_supported": ["openid"],
                "issuer": self.entra.issuer(tenant, 1, base) if tenant else template,
                "authorization_endpoint": f"{root}/oauth2/authorize",
            }
        )

    def _jwks(self, request: Request, word: str) -> Response:
        tenant = None if word in WORDS[:2] else self._tenant(word)
        return json_response(
            self.entra.jwks(tenant, self.base(request)), headers={"Cache-Control": "max-age=86400, private"}
        )

    def _instances(self, request: Request, _: str) -> Response:
        endpoint = urlsplit(request.query.get("authorization_endpoint", ""))
        host = endpoint.hostname or ""
        if host not in CLOUD_OF_HOST and endpoint.netloc != request.host:
            return json_response(
                {
                    "error": "invalid_instance",
                    "error_description": f"AADSTS50049: Unknown or invalid instance. {host}",
                    "error_codes": [50049],
                    "timestamp": timestamp(self.entra.now()),
                    "trace_id": str(uuid.uuid4()),
                    "correlation_id": str(uuid.uuid4()),
                },
                400,
            )
        word = endpoint.path.strip("/").split("/")[0]
        return json_response(
            {
                "tenant_discovery_endpoint": f"{endpoint.scheme}://{endpoint.netloc}/{word}/v2.0/.well-known/"
                "openid-configuration",
                "api-version": request.query.get("api-version", "1.1"),
                "metadata": [
                    {
                        "preferred_network": cloud.login,
                        "preferred_cache": cloud.aliases[min(1, len(cloud.aliases) - 1)],
                        "aliases": list(cloud.aliases),
                    }
                    for cloud in CLOUDS.values()
                ],
            }
        )

    def _realm(self, request: Request, upn: str) -> Response:
        domain = upn.rpartition("@")[2].lower()
        known = self.entra.find_tenant(domain)
        return json_response(
            {
                "ver": request.query.get("api-version", "1.0"),
                "account_type": "Managed" if known else "Unknown",
                "domain_name": domain,
                "cloud_instance_name": CLOUDS["public"].name,
                "cloud_audience_urn": "urn:federation:MicrosoftOnline",
            }
        )

    def _userinfo(self, request: Request, _: str) -> Response:
        try:
            claims = self.verified(request.bearer or "", self.entra.microsoft[GRAPH])
            user = self.find_user(claims.get("oid", ""))
        except Refusal:
            user = None
        if user is None:
            return json_response(
                {"error": {"code": "InvalidAuthenticationToken", "message": "Access token is empty."}}, 401
            )
        return json_response(
            {
                "sub": claims["sub"],
                "name": user.display_name,
                "family_name": "Example",
                "given_name": user.display_name,
                "picture": f"{self._graph(request)}/v1.0/me/photo/$value",
                "email": user.mail,
            }
        )

    def _graph(self, request: Request) -> str:
        cloud = CLOUD_OF_HOST.get(request.name)
        return f"https://{cloud.graph}" if cloud else self.base(request)

    # Authorize

    def _authorize(self, request: Request, word: str) -> Response:
        params = request.form if request.method == "POST" else request.query
        pairs = request.form_pairs if request.method == "POST" else parse_qsl(request.query_string)
        try:
            _no_duplicates(pairs)
            pending = self._start(params, word, self.base(request))
        except Refusal as refusal:
            return self._page("Sign in", refusal, self.entra.now())
        session = self.sessions.get(request.cookies.get(COOKIE, ""))
        if (
            session
            and session.at >= session.user.valid_from
            and params.get("prompt") not in ("login", "select_account")
        ):
            hint = params.get("login_hint", "").lower()
            if not hint or hint in (session.user.upn.lower(), (session.user.mail or "").lower()):
                pending.session = session
        key = secrets.token_urlsafe(16)
        self.pending[key] = pending
        return self._continue(key, pending, {})

    def _login(self, request: Request, _: str) -> Response:
        form = request.form
        key = form.get("ctx", "")
        pending = self.pending.get(key)
        if pending is None:
            return self._page(
                "Sign in", refuse(9002313, reason="The sign-in has ended; start again."), self.entra.now()
            )
        return self._continue(key, pending, form)

    def _start(self, params: dict[str, str], word: str, base: str) -> Pending:
        client = self._client(params.get("client_id"), word)
        redirect_uri = params.get("redirect_uri", "")
        if not redirect_uri:
            uris = [uri for uris in client.redirect_uris.values() for uri in uris]
            if len(uris) != 1:
                raise refuse(900971)
            redirect_uri = uris[0]
        platform = _platform(client, redirect_uri)
        if platform is None:
            raise refuse(50011, redirect_uri=redirect_uri, client=client.app_id)
        for name in ("response_type", "scope"):
            if not params.get(name):
                raise refuse(900144, name=name)
        if params["response_type"] not in ("code", "id_token", "code id_token"):
            raise refuse(9002313, reason="Unsupported response_type.")
        if platform == "spa" and "code" in params["response_type"] and not params.get("code_challenge"):
            raise refuse(9002325)
        if "id_token" in params["response_type"] and not params.get("nonce"):
            raise refuse(9002341, name="nonce")
        if params.get("code_challenge") and params.get("code_challenge_method", "plain") not in ("plain", "S256"):
            raise refuse(9002313, reason="Unsupported code_challenge_method.")
        tenant = None if word in WORDS else self._tenant(word)
        asked = self._asked(params["scope"], tenant, client)
        return Pending({**params, "redirect_uri": redirect_uri}, word, base, client, platform, asked)

    def _continue(self, key: str, pending: Pending, form: Mapping[str, str]) -> Response:
        """Go on with a sign-in as far as *form* allows: a page that asks for more, or the redirect to the app."""
        silent = pending.params.get("prompt") == "none"
        now = self.entra.now()
        try:
            if pending.session is None:
                if silent:
                    raise refuse(50058, reason="The user must sign in.")
                if "login" not in form:
                    return self._form(key, "Sign in", ("login", "passwd"), pending)
                user = self._check_password(form["login"], form.get("passwd", ""), pending.tenant)
                pending.session = Session(user, now, ("pwd",))
            session = pending.session
            tenant = self._sign_in_tenant(pending, session.user)
            asked = pending.asked
            try:
                self._check_access(pending.client, asked.api, tenant, session, _claims_parameter(pending.params))
            except Refusal as refusal:
                if refusal.code != 50076 or silent:
                    raise
                if form.get("mfa") != "approve":
                    return self._form(key, "Approve the sign-in request", ("mfa",), pending)
                if not session.user.mfa:
                    raise
                session.amr = (*session.amr, "mfa")
                session.at = now
                self._check_access(pending.client, asked.api, tenant, session, _claims_parameter(pending.params))
            missing = self._missing_consent(pending.client, asked, tenant, session.user)
            if missing or pending.params.get("prompt") in ("consent", "admin_consent"):
                if silent:
                    raise refuse(
                        65001, client=pending.client.app_id, name=pending.client.name, error="consent_required"
                    )
                if form.get("consent") == "cancel":
                    raise refuse(65004)
                if not self._may_consent(asked.api, missing, tenant, session.user):
                    raise refuse(90095 if tenant.admin_consent_requests else 90094)
                if form.get("consent") != "accept":
                    return self._form(key, "Permissions requested", ("consent",), pending)
                tenant.consent(pending.client, asked.api, *missing, user=session.user)
        except Refusal as refusal:
            if silent or refusal.code == 65004:
                del self.pending[key]
                return self._send_back(pending, self._redirect_error(refusal))
            return self._page("Sign in", refusal, now)
        del self.pending[key]
        cookie = secrets.token_urlsafe(24)
        self.sessions[cookie] = session
        response = self._send_back(pending, self._authorized(pending, tenant, session))
        response.headers["Set-Cookie"] = f"{COOKIE}={cookie}; path=/; secure; HttpOnly; SameSite=None"
        return response

    def _authorized(self, pending: Pending, tenant: Tenant, session: Session) -> dict[str, str]:
        params = pending.params
        item = Redeemable(
            client=pending.client,
            tenant=tenant,
            user=session.user,
            session=replace(session),
            asked=pending.asked,
            platform=pending.platform,
            issued=self.entra.now(),
            nonce=params.get("nonce"),
            redirect_uri=params["redirect_uri"],
            claims=_claims_parameter(params),
        )
        if params.get("code_challenge"):
            item.challenge = (params.get("code_challenge_method", "plain"), params["code_challenge"])
        answer: dict[str, str] = {}
        if "code" in params["response_type"]:
            code = "1." + tokens.opaque(64)
            self.codes[code] = item
            answer["code"] = code
        if "id_token" in params["response_type"]:
            answer["id_token"] = self._id_token(item, pending.base)
        if params.get("client_info") == "1":
            answer["client_info"] = client_info(session.user, tenant)
        answer["session_state"] = session.sid
        return answer

    def _redirect_error(self, refusal: Refusal) -> dict[str, str]:
        body = refusal.body(self.entra.now())
        answer = {"error": body["error"], "error_description": body["error_description"]}
        if refusal.code == 65004:
            answer["error_subcode"] = "cancel"
        if refusal.claims:
            answer["claims"] = refusal.claims
        return answer

    def _send_back(self, pending: Pending, answer: dict[str, str]) -> Response:
        params = pending.params
        if "state" in params:
            answer["state"] = params["state"]
        mode = params.get("response_mode") or ("fragment" if "id_token" in params["response_type"] else "query")
        target = params["redirect_uri"]
        if mode == "form_post":
            fields = "".join(
                f'<input type="hidden" name="{html.escape(k)}" value="{html.escape(v)}">' for k, v in answer.items()
            )
            return html_response(
                f'<html><head><title>Working...</title></head><body><form method="POST" name="hiddenform" '
                f'action="{html.escape(target)}">{fields}<noscript><input type="submit" value="Submit"></noscript>'
                f"</form><script>document.forms[0].submit()</script></body></html>",
                headers={"X-Redirect-Uri": target},
            )
        mark = "#" if mode == "fragment" else "&" if "?" in target else "?"
        return Response(302, {"Location": f"{target}{mark}{urlencode(answer)}"})

    def _form(self, key: str, title: str, names: tuple[str, ...], pending: Pending) -> Response:
        controls = {
            "login": '<label>Email <input name="login" type="email" autocomplete="username"></label>',
            "passwd": '<label>Password <input name="passwd" type="password" autocomplete="current-password"></label>',
            "mfa": '<button name="mfa" value="approve">Approve</button>',
            "consent": '<button name="consent" value="accept">Accept</button> '
            '<button name="consent" value="cancel">Cancel</button>',
        }
        wanted = " ".join((*pending.asked.scopes, *pending.asked.oidc))
        body = "".join(f"<p>{controls[name]}</p>" for name in names)
        return html_response(
            f"<!DOCTYPE html><html lang=en><head><title>{title}</title></head><body><h1>{title}</h1>"
            f"<p>{html.escape(pending.client.name)} asks for: {html.escape(wanted)}</p>"
            f'<form method="POST" action="{html.escape(pending.base)}/{html.escape(pending.tenant)}/login">'
            f'<input type="hidden" name="ctx" value="{key}">{body}<p><button>Next</button></p></form></body></html>',
            headers={"X-Context": key, "X-Asks": " ".join(names)},
        )

    def _page(self, title: str, refusal: Refusal, now: float) -> Response:
        body = refusal.body(now)
        text = html.escape(body["error_description"])
        return html_response(
            f"<!DOCTYPE html><html lang=en><head><title>{title}</title></head><body><h1>Sorry, but we're having "
            f"trouble signing you in.</h1><p>{text}</p></body></html>",
            400,
            {"X-Aadsts": str(refusal.code)},
        )

    def browse(
        self, url: str, user: User, password: str, mfa: bool, accept: bool, cookies: dict[str, str] | None
    ) -> dict[str, str]:
        """Play the browser; see `Entra.sign_in`."""
        parts = urlsplit(url)
        jar = cookies if cookies is not None else {}
        request = Request(
            "GET",
            parts.scheme,
            parts.netloc,
            parts.path,
            parts.query,
            {"host": parts.netloc, "cookie": "; ".join(f"{k}={v}" for k, v in jar.items())},
        )
        response = self.entra.handle(request)
        fields = {"login": user.upn, "passwd": password, "consent": "accept" if accept else "cancel"}
        if mfa:
            fields["mfa"] = "approve"
        for _ in range(4):
            key = response.headers.get("X-Context")
            if not key:
                break
            asked = response.headers["X-Asks"].split()
            form = {"ctx": key} | {name: fields[name] for name in asked if name in fields}
            if len(form) == 1:
                break
            body = urlencode(form).encode()
            tenant = parts.path.split("/")[1]
            response = self.entra.handle(
                Request("POST", parts.scheme, parts.netloc, f"/{tenant}/login", "", dict(request.headers), body)
            )
        for line in response.headers.get("Set-Cookie", "").split("\n"):
            name, _, value = line.split(";")[0].partition("=")
            if name:
                jar[name] = value
        return _landed(response)

    # Admin consent

    def _adminconsent(self, request: Request, word: str) -> Response:
        params = request.query | (request.form if request.method == "POST" else {})
        client = self._client(params.get("client_id"), word, everywhere=True)
        redirect_uri = params.get("redirect_uri", "")
        if _platform(client, redirect_uri) is None:
            return self._page(
                "Sign in", refuse(50011, redirect_uri=redirect_uri, client=client.app_id), self.entra.now()
            )
        state = {"state": params["state"]} if "state" in params else {}
        if "login" not in params:
            query = urlencode({k: v for k, v in params.items() if k not in ("login", "passwd", "consent")})
            page = (
                f"<!DOCTYPE html><html lang=en><head><title>Permissions requested</title></head><body>"
                f'<form method="POST" action="{html.escape(request.path)}?{html.escape(query)}">'
                f'<input name="login"><input name="passwd" type="password"><button name="consent" value="accept">Accept'
                f'</button><button name="consent" value="cancel">Cancel</button></form></body></html>'
            )
            return html_response(page)
        try:
            admin = self._check_password(params["login"], params.get("passwd", ""), word)
            if not admin.admin:
                raise refuse(90094)
        except Refusal as refusal:
            return self._page("Sign in", refusal, self.entra.now())
        if params.get("consent") != "accept":
            answer = {"error": "permission_denied", "error_description": "The admin canceled the request"} | state
            return Response(302, {"Location": f"{redirect_uri}?{urlencode(answer)}"})
        tenant = admin.tenant
        asked = self._asked(params.get("scope") or "https://graph.microsoft.com/.default", tenant, client)
        scopes = asked.scopes or tuple(scope.value for scope in asked.api.scopes)
        tenant.consent(client, asked.api, *scopes)
        answer = {"admin_consent": "True", "tenant": tenant.id} | state
        if params.get("scope"):
            answer["scope"] = params["scope"]
        return Response(302, {"Location": f"{redirect_uri}?{urlencode(answer)}"})

    # Logout

    def _logout(self, request: Request, _: str) -> Response:
        params = request.query | (request.form if request.method == "POST" else {})
        session = self.sessions.pop(request.cookies.get(COOKIE, ""), None)
        target = params.get("post_logout_redirect_uri", "")
        known = [r for t in self.entra.tenants.values() for r in t.registrations.values()]
        headers = {"Set-Cookie": f"{COOKIE}=; path=/; secure; HttpOnly; expires=Thu, 01-Jan-1970 00:00:00 GMT"}
        if target and any(_platform(app, target) for app in known):
            if "state" in params:
                target += ("&" if "?" in target else "?") + urlencode({"state": params["state"]})
            return Response(302, {"Location": target, **headers})
        frames = "".join(
            f'<iframe src="{html.escape(app.logout_url)}?sid={session.sid}"></iframe>'
            for app in known
            if session and app.logout_url
        )
        head = "<!DOCTYPE html><html lang=en><head><title>Sign out</title></head>"
        return html_response(f"{head}<body>You signed out.{frames}</body></html>", headers=headers)

    # Token

    def _token(self, request: Request, word: str) -> Response:
        form = self._token_form(request)
        return json_response(self._grant(request, word, form), headers=self._headers(request))

    def _token_v1(self, request: Request, word: str) -> Response:
        """The v1.0 endpoint: a resource instead of scopes, numbers as text."""
        form = self._token_form(request)
        if not form.get("resource"):
            raise refuse(900144, name="resource")
        resource = form["resource"]
        answer = self._grant(request, word, {**form, "scope": resource.rstrip("/") + "/.default"})
        now = int(self.entra.now())
        answer |= {
            "expires_in": str(answer["expires_in"]),
            "ext_expires_in": str(answer["ext_expires_in"]),
            "expires_on": str(now + answer["expires_in"]),
            "not_before": str(now - tokens.BACKDATED),
            "resource": resource,
        }
        return json_response(answer, headers=self._headers(request))

    def _token_form(self, request: Request) -> dict[str, str]:
        if request.method != "POST":
            raise refuse(900561, method=request.method)
        _no_duplicates(request.form_pairs)
        return request.form

    def _grant(self, request: Request, word: str, form: dict[str, str]) -> dict[str, Any]:
        grants = {
            "client_credentials": self._client_credentials,
            "authorization_code": self._authorization_code,
            "refresh_token": self._refresh,
            "urn:ietf:params:oauth:grant-type:device_code": self._device_code,
            "device_code": self._device_code,
            "urn:ietf:params:oauth:grant-type:jwt-bearer": self._on_behalf_of,
            "password": self._password,
        }
        tenant = None if word in WORDS else self._tenant(word)
        kind = form.get("grant_type")
        if not kind:
            raise refuse(900144, name="grant_type")
        if kind not in grants:
            raise refuse(70003, grant=kind)
        client_id, secret = form.get("client_id"), form.get("client_secret")
        scheme, _, value = request.headers.get("authorization", "").partition(" ")
        if scheme.lower() == "basic":
            try:
                user, _, password = base64.b64decode(value, validate=True).decode().partition(":")
            except (binascii.Error, UnicodeDecodeError):
                raise refuse(9002313, reason="Malformed Basic credentials.") from None
            client_id, secret = client_id or unquote(user), secret or unquote(password)
        client = self._client(client_id, word)
        acr = self._authenticate(client, form, secret, request, word, kind)
        if client.enabled is False:
            raise refuse(7000112, client=client.app_id, name=client.name)
        return grants[kind](Asking(request, form, client, acr, tenant, word))

    def _client_credentials(self, asking: Asking) -> dict[str, Any]:
        form, client, acr, tenant = asking.form, asking.client, asking.acr, asking.tenant
        if tenant is None:
            raise refuse(9001023) if asking.word != "organizations" else refuse(50194, client=client.app_id)
        if acr == "0":
            raise refuse(7000218)
        asked = self._asked(form.get("scope", ""), tenant, client)
        if not asked.default or asked.oidc:
            raise refuse(1002012, scope=form.get("scope", ""))
        if asked.api.assignment_required and not tenant.assigned(client, asked.api):
            raise refuse(501051, client=client.app_id, name=client.name, resource=asked.api.app_id)
        self._check_workload(client, tenant)
        wanted = _claims_parameter(form)
        grant = Grant(
            tenant=tenant,
            client=client,
            api=asked.api,
            acr=acr,
            capabilities=_capabilities(wanted),
            audience=asked.name,
        )
        lifetime = self._lifetime(grant)
        token = self.entra.issue(grant, base=self.base(asking.request), lifetime=lifetime)
        answer: dict[str, Any] = {"token_type": "Bearer", "expires_in": lifetime, "ext_expires_in": lifetime}
        if lifetime > 7200:
            answer["refresh_in"] = lifetime // 2
        return answer | {"access_token": token}

    def _authorization_code(self, asking: Asking) -> dict[str, Any]:
        form, client, acr = asking.form, asking.client, asking.acr
        for name in ("code", "redirect_uri"):
            if not form.get(name):
                raise refuse(900144, name=name)
        item = self.codes.get(form["code"])
        if item is None or item.client is not client:
            raise refuse(70000, name="code")
        if item.used:
            raise refuse(54005)
        if self.entra.now() - item.issued > CODE_SECONDS:
            raise refuse(70008)
        if form["redirect_uri"] != item.redirect_uri:
            raise refuse(500112, redirect_uri=form["redirect_uri"], expected=item.redirect_uri)
        self._check_verifier(item, form.get("code_verifier"))
        if item.platform == "spa" and "origin" not in asking.request.headers:
            raise refuse(9002327)
        if item.platform != "spa" and "origin" in asking.request.headers:
            raise refuse(9002326)
        item.used = True
        return self._user_tokens(asking.request, item, form, acr)

    def _refresh(self, asking: Asking) -> dict[str, Any]:
        form, client, acr, tenant = asking.form, asking.client, asking.acr, asking.tenant
        if not form.get("refresh_token"):
            raise refuse(900144, name="refresh_token")
        item = self.refresh_tokens.get(form["refresh_token"])
        if item is None:
            raise refuse(9002313, error="invalid_grant")
        if item.client is not client:
            raise refuse(70000, name="refresh_token")
        age = self.entra.now() - item.issued
        if age > REFRESH_DAYS[item.platform] * 86400:
            raise (
                refuse(700084)
                if item.platform == "spa"
                else refuse(700082, issued=timestamp(item.issued), lifetime="90.00:00:00")
            )
        home = tenant if tenant and asking.word != item.tenant.id else None
        item = replace(item, tenant=home or item.tenant, nonce=None)
        if home and home is not item.user.tenant:
            local = next(
                (u for u in home.users.values() if u.home is item.user.tenant and u.mail == item.user.mail), None
            )
            if local is None:
                raise refuse(50020, user=item.user.upn, tenant=home.name, client=client.app_id)
            item.user = local
        return self._user_tokens(asking.request, item, form, acr)

    def _device_code(self, asking: Asking) -> dict[str, Any]:
        form, client, acr = asking.form, asking.client, asking.acr
        device = self.devices.get(form.get("device_code") or form.get("code") or "")
        if device is None or device.client is not client or device.state == "redeemed":
            raise refuse(70018, error="bad_verification_code")
        if self.entra.now() > device.expires:
            raise refuse(70019)
        if device.refusal:
            raise device.refusal
        if device.state == "declined":
            raise refuse(65004, error="authorization_declined")
        if device.state == "pending" or device.session is None:
            raise refuse(70016)
        device.state = "redeemed"
        user = device.session.user
        item = Redeemable(
            client, user.tenant, user, device.session, device.asked, "public", self.entra.now(), None, "", None
        )
        return self._user_tokens(asking.request, item, {**form, "scope": ""}, acr)

    def _on_behalf_of(self, asking: Asking) -> dict[str, Any]:
        form, client, acr, tenant = asking.form, asking.client, asking.acr, asking.tenant
        for name in ("assertion", "scope", "requested_token_use"):
            if not form.get(name):
                raise refuse(900144, name=name)
        if form["requested_token_use"] != "on_behalf_of":  # noqa: S105 - a parameter's value
            raise refuse(9002313, reason="requested_token_use must be 'on_behalf_of'.")
        if acr == "0":
            raise refuse(7000218)
        claims = self.verified(form["assertion"], client)
        if not claims.get("scp"):
            raise refuse(7000114, client=client.app_id)
        user = self.find_user(claims.get("oid", ""))
        if user is None:
            raise refuse(50034, user=claims.get("oid"), tenant=claims.get("tid"))
        amr = tuple(claims.get("amr") or ("pwd",))
        session = Session(user, float(claims["iat"] + tokens.BACKDATED), amr, claims.get("sid", ""))
        known = next((s for s in self.sessions.values() if s.sid == session.sid), None)
        if known:
            session.amr, session.at = known.amr, known.at
        item = Redeemable(
            client=client,
            tenant=tenant or user.tenant,
            user=user,
            session=session,
            asked=self._asked(form["scope"], tenant or user.tenant, client),
            platform="web",
            issued=self.entra.now(),
        )
        return self._user_tokens(asking.request, item, form, acr)

    def _password(self, asking: Asking) -> dict[str, Any]:
        form, client, acr = asking.form, asking.client, asking.acr
        for name in ("username", "password", "scope"):
            if not form.get(name):
                raise refuse(900144, name=name)
        user = self._check_password(form["username"], form["password"], asking.word)
        session = Session(user, self.entra.now(), ("pwd",))
        asked = self._asked(form["scope"], user.tenant, client)
        item = Redeemable(client, user.tenant, user, session, asked, "public", self.entra.now())
        return self._user_tokens(asking.request, item, form, acr)

    def _user_tokens(self, request: Request, item: Redeemable, form: dict[str, str], acr: str) -> dict[str, Any]:
        """Return the answer of every flow with a user, after the checks that they share."""
        user, tenant, client = item.user, item.tenant, item.client
        if not user.enabled:
            raise refuse(50057)
        if item.session.at < user.valid_from:
            raise refuse(50173, issued=timestamp(item.session.at), valid_from=timestamp(user.valid_from))
        asked = self._asked(form["scope"], tenant, client) if form.get("scope") else item.asked
        wanted = item.claims | _claims_parameter(form)
        base = self.base(request)
        self._check_access(client, asked.api, tenant, item.session, wanted)
        missing = self._missing_consent(client, asked, tenant, user)
        if missing:
            raise refuse(65001, client=client.app_id, name=client.name)
        consented = tenant.consented(client, asked.api, user)
        scopes = tuple(sorted(consented)) if asked.default else asked.scopes
        if asked.api.app_id == GRAPH:
            scopes = (*scopes, *(scope for scope in asked.oidc if scope != "offline_access"))
        grant = Grant(
            tenant=tenant,
            client=client,
            api=asked.api,
            user=user,
            scopes=scopes,
            acr=acr,
            amr=item.session.amr,
            acrs=self._contexts(wanted),
            auth_time=int(item.session.at),
            sid=item.session.sid,
            capabilities=_capabilities(wanted),
            audience=asked.name,
        )
        lifetime = self._lifetime(grant)
        prefix = "" if asked.api.app_id == GRAPH else f"{asked.name}/"
        named = [scope if scope in OIDC_SCOPES else prefix + scope for scope in scopes]
        answer: dict[str, Any] = {
            "token_type": "Bearer",
            "scope": " ".join([*named, *(s for s in asked.oidc if s not in named and s != "offline_access")]),
            "expires_in": lifetime,
            "ext_expires_in": lifetime,
            "access_token": self.entra.issue(grant, base=base, lifetime=lifetime),
        }
        if lifetime > 7200:
            answer["refresh_in"] = lifetime // 2
        if "offline_access" in asked.oidc or form.get("grant_type") == "refresh_token":
            refresh = "1." + tokens.opaque(96)
            issued = (
                item.issued
                if item.platform == "spa" and form.get("grant_type") == "refresh_token"
                else self.entra.now()
            )
            self.refresh_tokens[refresh] = replace(
                item, issued=issued, asked=asked, challenge=None, used=False, nonce=None
            )
            answer["refresh_token"] = refresh
        if "openid" in asked.oidc:
            answer["id_token"] = self._id_token(replace(item, asked=asked), base)
        if form.get("client_info") == "1":
            answer["client_info"] = client_info(user, tenant)
        return answer

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

    # Device code

    def _devicecode(self, request: Request, word: str) -> Response:
        form = self._token_form(request)
        client = self._client(form.get("client_id"), word)
        if not client.public and not client.allow_public_client:
            raise refuse(7000218)
        if not form.get("scope"):
            raise refuse(900144, name="scope")
        asked = self._asked(form["scope"], None if word in WORDS else self._tenant(word), client)
        user_code = "".join(secrets.choice("ABCDEFGHJKLMNPQRSTUVWXYZ23456789") for _ in range(9))
        device_code = tokens.opaque(96)
        self.devices[device_code] = Device(client, word, asked, self.entra.now() + DEVICE_SECONDS)
        self.user_codes[user_code] = device_code
        uri = (
            "https://login.microsoft.com/device"
            if request.name in CLOUD_OF_HOST
            else f"{self.base(request)}/common/oauth2/deviceauth"
        )
        message = (
            f"To sign in, use a web browser to open the page {uri} and enter the code {user_code} to authenticate."
        )
        return json_response(
            {
                "user_code": user_code,
                "device_code": device_code,
                "verification_uri": uri,
                "expires_in": DEVICE_SECONDS,
                "interval": self.entra.device_interval,
                "message": message,
            },
            headers=self._headers(request),
        )

    def _device_page(self, request: Request, _: str) -> Response:
        form = request.form
        if request.method != "POST":
            return html_response(
                '<!DOCTYPE html><html lang=en><head><title>Enter code</title></head><body><form method="POST">'
                '<input name="otc"><input name="login"><input name="passwd" type="password">'
                '<button name="consent" value="accept">Continue</button></form></body></html>'
            )
        code = form.get("otc", "").upper()
        try:
            if code not in self.user_codes:
                raise refuse(70018)
            user = self._check_password(form.get("login", ""), form.get("passwd", ""), "common")
        except Refusal as refusal:
            return self._page("Enter code", refusal, self.entra.now())
        self.approve_device(code, user, form.get("consent") == "accept", True)
        return html_response(
            "<!DOCTYPE html><html lang=en><title>Done</title><p>You have signed in on your device.</html>"
        )

    def approve_device(self, user_code: str, user: User, accept: bool, mfa: bool) -> None:
        """See `Entra.approve_device`."""
        device = self.devices[self.user_codes[user_code]]
        if not accept:
            device.state = "declined"
            return
        amr = ("pwd", "mfa") if mfa and user.mfa else ("pwd",)
        device.session = Session(user, self.entra.now(), amr)
        try:
            self._check_access(device.client, device.asked.api, user.tenant, device.session, {}, flow="deviceCodeFlow")
            missing = self._missing_consent(device.client, device.asked, user.tenant, user)
            if missing and not self._may_consent(device.asked.api, missing, user.tenant, user):
                raise refuse(90094)
            user.tenant.consent(device.client, device.asked.api, *missing, user=user)
        except Refusal as refusal:
            device.refusal = refusal
        device.state = "approved"

    # Rules

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
        for item in scope.split():
            if item in OIDC_SCOPES:
                oidc.append(item)
                continue
            resource, _, value = item.rpartition("/")
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
        return Asked(tuple(oidc), api, () if default else tuple(values), default, resource)

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
        key = RSAKey.import_key(_public_key(certificate.pem))
        _verify(assertion, key, ["RS256", "PS256"], refuse(700027, reason="[Reason - The signature is invalid.]"))
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
        _verify(assertion, RSAKey.import_key(key.public_pem), ["RS256"], error)
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
        not_before = _claim_value(wanted, "nbf")
        if not_before and not_before.isdigit() and session.at < int(not_before):
            raise refuse(50173, issued=timestamp(session.at), valid_from=timestamp(int(not_before)))
        contexts = self._contexts(wanted) + self._contexts(wanted, "id_token")
        for policy in tenant.conditional_access:
            if not _reaches_user(policy, session.user, api, client, contexts, flow):
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
        _verify(token, RSAKey.import_key(key.public_pem), ["RS256"], refuse(50013))
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


def _no_duplicates(pairs: list[tuple[str, str]]) -> None:
    """RFC 6749, section 3.1: parameters must not be included more than once."""
    seen: set[str] = set()
    for name, _ in pairs:
        if name in seen:
            raise refuse(9000411, name=name)
        seen.add(name)


def _platform(client: Registration, redirect_uri: str) -> str | None:
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


def _claims_parameter(params: Mapping[str, str]) -> dict[str, Any]:
    if not params.get("claims"):
        return {}
    try:
        value = json.loads(params["claims"])
    except ValueError:
        value = None
    if not isinstance(value, dict) or not all(isinstance(part, dict) for part in value.values()):
        raise refuse(9002313, reason="The 'claims' parameter is not a JSON object.")
    return value


def _capabilities(wanted: dict[str, Any]) -> tuple[str, ...]:
    entry = (wanted.get("access_token") or {}).get("xms_cc") or {}
    return tuple(str(value) for value in entry.get("values") or ())


def _claim_value(wanted: dict[str, Any], name: str) -> str:
    entry = (wanted.get("access_token") or {}).get(name) or {}
    return str(entry.get("value", ""))


def _reaches_user(
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


def _public_key(certificate: str) -> str:
    from cryptography import x509
    from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

    public = x509.load_pem_x509_certificate(certificate.encode()).public_key()
    return public.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo).decode()


def _verify(token: str, key: RSAKey, algorithms: list[str], error: Refusal) -> None:
    registry = jose_jws.JWSRegistry(algorithms=algorithms)
    registry.max_header_length = 16_384  # x5c is longer than joserfc's 512 bytes
    try:
        jose_jws.deserialize_compact(token.encode(), key, registry=registry)
    except (JoseError, ValueError):
        raise error from None


def _landed(response: Response) -> dict[str, str]:
    """Return where a browser landed and with what; raises `PageShown` when it stayed."""
    text = response.body.decode("utf-8", "replace")
    if response.status == 302:
        location = response.headers["Location"]
        parts = urlsplit(location)
        query = {name: values[0] for name, values in parse_qs(parts.query or parts.fragment).items()}
        return query | {"redirect_uri": location.split("?")[0].split("#")[0]}
    if "X-Redirect-Uri" in response.headers:
        fields = re.findall(r'name="([^"]+)" value="([^"]*)"', text.partition("<form")[2].partition(">")[2])
        posted = {html.unescape(name): html.unescape(value) for name, value in fields}
        return posted | {"redirect_uri": response.headers["X-Redirect-Uri"]}
    title = re.search(r"<title>(.*?)</title>", text)
    shown = re.search(r"<p>(.*?)</p>", text)
    code = response.headers.get("X-Aadsts")
    raise PageShown(
        title[1] if title else str(response.status),
        int(code) if code else None,
        html.unescape(shown[1] if shown else ""),
    )
