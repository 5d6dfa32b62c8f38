"""The part with a browser: authorize, consent, admin consent, sign-out.

Source: OpenID Connect Core 1.0, section 3; https://learn.microsoft.com/entra/identity-platform/v2-oauth2-auth-code-flow.
"""

from __future__ import annotations

import html
import re
import secrets
from dataclasses import replace
from typing import TYPE_CHECKING
from urllib.parse import parse_qs, parse_qsl, urlencode, urlsplit

from ztcheck.authority import tokens
from ztcheck.authority.aadsts import Refusal, refuse
from ztcheck.authority.directory import Tenant, User
from ztcheck.authority.entra import Session
from ztcheck.authority.rules import (
    COOKIE,
    WORDS,
    Pending,
    Redeemable,
    Rules,
    claims_parameter,
    client_info,
    no_duplicates,
    platform_of,
)
from ztcheck.authority.wire import Request, Response, html_response

if TYPE_CHECKING:
    from collections.abc import Mapping


class PageShown(Exception):  # noqa: N818 - not an error of the caller: the browser stayed where it was
    """The browser was not sent back to the app: the authority showed a page, with AADSTS *code* if it is an error."""

    def __init__(self, title: str, code: int | None, text: str) -> None:
        super().__init__(f"{title}: {text}")
        self.title, self.code, self.text = title, code, text


class SignIn(Rules):
    """Answers the browser of a person who signs in."""

    def _authorize(self, request: Request, word: str) -> Response:
        params = request.form if request.method == "POST" else request.query
        pairs = request.form_pairs if request.method == "POST" else parse_qsl(request.query_string)
        try:
            no_duplicates(pairs)
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
        platform = platform_of(client, redirect_uri)
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
            raise refuse(90014, name="nonce")
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
                self._check_access(pending.client, asked.api, tenant, session, claims_parameter(pending.params))
            except Refusal as refusal:
                if refusal.code != 50076 or silent:
                    raise
                if form.get("mfa") != "approve":
                    return self._form(key, "Approve the sign-in request", ("mfa",), pending)
                if not session.user.mfa:
                    raise
                session.amr = (*session.amr, "mfa")
                session.at = now
                self._check_access(pending.client, asked.api, tenant, session, claims_parameter(pending.params))
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
            claims=claims_parameter(params),
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
        if platform_of(client, redirect_uri) is None:
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
        if target and any(platform_of(app, target) for app in known):
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
