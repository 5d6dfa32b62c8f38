"""The token endpoint with its grants, and the device code flow.

Sources: RFC 6749, RFC 8628; https://learn.microsoft.com/entra/identity-platform/v2-oauth2-on-behalf-of-flow and its
neighbors, one page for each grant.
"""

from __future__ import annotations

import base64
import binascii
import secrets
from dataclasses import replace
from typing import Any
from urllib.parse import unquote

from ztcheck.authority import tokens
from ztcheck.authority.aadsts import Refusal, refuse
from ztcheck.authority.directory import GRAPH, User, timestamp
from ztcheck.authority.entra import CLOUD_OF_HOST, Session
from ztcheck.authority.rules import (
    CODE_SECONDS,
    DEVICE_SECONDS,
    REFRESH_DAYS,
    WORDS,
    Asking,
    Device,
    Redeemable,
    Rules,
    capabilities,
    claims_parameter,
    client_info,
    no_duplicates,
)
from ztcheck.authority.tokens import Grant
from ztcheck.authority.wire import Request, Response, html_response, json_response


class Grants(Rules):
    """Answers requests for tokens."""

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
        no_duplicates(request.form_pairs)
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
        wanted = claims_parameter(form)
        grant = Grant(
            tenant=tenant,
            client=client,
            api=asked.api,
            acr=acr,
            capabilities=capabilities(wanted),
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
        asked = self._asked(form["scope"], tenant, client) if form.get("scope") else item.asked
        wanted = item.claims | claims_parameter(form)
        base = self.base(request)
        self._check_access(client, asked.api, tenant, item.session, wanted)
        missing = self._missing_consent(client, asked, tenant, user)
        if missing:
            raise refuse(65001, client=client.app_id, name=client.name)
        consented = tenant.consented(client, asked.api, user)
        scopes = tuple(sorted(consented)) if asked.default else asked.scopes
        named = asked.named(scopes)
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
            capabilities=capabilities(wanted),
            audience=asked.name,
        )
        lifetime = self._lifetime(grant)
        answer: dict[str, Any] = {
            "token_type": "Bearer",
            "scope": " ".join([*named, *(s for s in asked.oidc if s != "offline_access")]),
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
