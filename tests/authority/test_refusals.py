"""What the token and authorize endpoints refuse, with the code, the status and the shape of the real service."""

from __future__ import annotations

import base64
import re
import uuid
from collections.abc import Callable
from typing import Any

import pytest

from tests.authority.conftest import WEB, Contoso, claims_of
from ztcheck.authority import PageShown, Scope
from ztcheck.authority.keys import SigningKey, process_key
from ztcheck.authority.wire import Request, Response

ASSERTION = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"
VERIFIER = "v" * 43


def client_credentials(contoso: Contoso, **form: str) -> Response:
    whole: dict[str, Any] = {
        "grant_type": "client_credentials",
        "client_id": contoso.web.app_id,
        "client_secret": contoso.secret,
        "scope": contoso.default,
    } | form
    return contoso.token(**{name: value for name, value in whole.items() if value})


def assertion(contoso: Contoso, key: SigningKey, claims: dict[str, Any] | None = None, **header: str) -> dict[str, str]:
    now = int(contoso.entra.now())
    body = {
        "iss": contoso.web.app_id,
        "sub": contoso.web.app_id,
        "aud": f"{contoso.authority}/oauth2/v2.0/token",
        "exp": now + 600,
        "nbf": now,
        "jti": "1",
    } | (claims or {})
    signed = key.sign({"alg": "RS256", "typ": "JWT", "x5t": key.kid} | header, body)
    return {"client_secret": "", "client_assertion_type": ASSERTION, "client_assertion": signed}


def with_certificate(contoso: Contoso, **changes: Any) -> Response:
    key = process_key(50)
    contoso.web.add_certificate(key.certificate_pem)
    return client_credentials(contoso, **assertion(contoso, changes.pop("key", key), changes))


def expired_secret(contoso: Contoso) -> Response:
    return client_credentials(contoso, client_secret=contoso.web.add_secret(days=-1))


def public_client(contoso: Contoso) -> Response:
    app = contoso.tenant.register("cli", allow_public_client=True)
    return client_credentials(contoso, client_id=app.app_id)


def disabled_client(contoso: Contoso) -> Response:
    contoso.web.enabled = False
    return client_credentials(contoso)


def unassigned_client(contoso: Contoso) -> Response:
    contoso.api.assignment_required = True
    return client_credentials(contoso)


def federated(contoso: Contoso, **token: Any) -> Response:
    workflow = contoso.entra.workflow
    contoso.web.trust(workflow.issuer, "repo:contoso/orders:ref:refs/heads/main")
    signed = workflow.token(**token)
    form: dict[str, Any] = {"client_secret": "", "client_assertion_type": ASSERTION, "client_assertion": signed}
    return client_credentials(contoso, **form)


def forged_federated(contoso: Contoso) -> Response:
    workflow = contoso.entra.workflow
    contoso.web.trust(workflow.issuer, "repo:contoso/orders:ref:refs/heads/main")
    from ztcheck.authority.keys import peek

    header, claims = peek(workflow.token())
    signed = process_key(51).sign(header, claims)
    form: dict[str, Any] = {"client_secret": "", "client_assertion_type": ASSERTION, "client_assertion": signed}
    return client_credentials(contoso, **form)


def twice(contoso: Contoso) -> Response:
    code = contoso.code()
    assert contoso.redeem(code).status == 200
    return contoso.redeem(code)


def late(contoso: Contoso) -> Response:
    code = contoso.code()
    contoso.entra.skew = 601
    return contoso.redeem(code)


def of_another_client(contoso: Contoso) -> Response:
    other = contoso.tenant.register("other", redirect_uris=[WEB])
    return contoso.redeem(contoso.code(), client_id=other.app_id, client_secret=other.add_secret())


def challenge(method: str) -> str:
    import hashlib

    from ztcheck.authority.keys import b64url

    return b64url(hashlib.sha256(VERIFIER.encode()).digest()) if method == "S256" else VERIFIER


def with_pkce(contoso: Contoso, verifier: str, method: str = "S256") -> Response:
    code = contoso.code(code_challenge=challenge(method), code_challenge_method=method)
    return contoso.redeem(code, code_verifier=verifier)


def from_a_page(contoso: Contoso) -> Response:
    contoso.web.redirect_uris["spa"].append("https://localhost:5001/spa")
    redirect: dict[str, Any] = {"redirect_uri": "https://localhost:5001/spa"}
    code = contoso.code(code_challenge=challenge("S256"), code_challenge_method="S256", **redirect)
    return contoso.redeem(code, client_secret="", code_verifier=VERIFIER, **redirect)


def web_code_from_a_page(contoso: Contoso) -> Response:
    code = contoso.code()
    form: dict[str, Any] = {
        "grant_type": "authorization_code",
        "client_id": contoso.web.app_id,
        "client_secret": contoso.secret,
        "redirect_uri": WEB,
        "code": code,
    }
    return contoso.token({"origin": "https://localhost:5000"}, **form)


def signed_in(contoso: Contoso) -> dict[str, Any]:
    answer: dict[str, Any] = contoso.redeem(contoso.code()).json()
    return answer


def refresh_after(contoso: Contoso, change: Callable[[Contoso], object]) -> Response:
    token = signed_in(contoso)["refresh_token"]
    change(contoso)
    return contoso.refresh(token)


def revoke(contoso: Contoso) -> None:
    contoso.entra.skew = 5
    contoso.entra.revoke_sessions(contoso.ana)


def disable(contoso: Contoso) -> None:
    contoso.ana.enabled = False


def ninety_days(contoso: Contoso) -> None:
    contoso.entra.skew = 91 * 86400


def on_behalf_of(contoso: Contoso, token: str | None = None, **form: str) -> Response:
    secret = contoso.api.add_secret()
    shipping = contoso.tenant.register(
        "shipping", identifier_uri=f"https://shipping.{contoso.tenant.name}.com", scopes=["Ship.Read"]
    )
    if form.pop("consented", ""):
        contoso.tenant.consent(contoso.api, shipping, "Ship.Read")
    if token is None:
        token = contoso.entra.mint(contoso.api, user=contoso.ana, client=contoso.web, scopes=["Orders.Read"])
    whole: dict[str, Any] = {
        "grant_type": "urn:ietf:params:oauth:grant-type:jwt-bearer",
        "client_id": contoso.api.app_id,
        "client_secret": secret,
        "assertion": token,
        "requested_token_use": "on_behalf_of",
        "scope": f"https://shipping.{contoso.tenant.name}.com/Ship.Read",
    } | form
    return contoso.token(**{name: value for name, value in whole.items() if value})


def minted(contoso: Contoso, **more: Any) -> str:
    whole: dict[str, Any] = {"user": contoso.ana, "client": contoso.web, "scopes": ["Orders.Read"]}
    return contoso.entra.mint(contoso.api, **(whole | more))


def device(contoso: Contoso, change: Callable[[Contoso, str], object], **form: str) -> Response:
    app = contoso.tenant.register("cli", allow_public_client=True)
    started = contoso.post("oauth2/v2.0/devicecode", client_id=app.app_id, scope=contoso.scope).json()
    change(contoso, started["user_code"])
    whole: dict[str, Any] = {
        "grant_type": "urn:ietf:params:oauth:grant-type:device_code",
        "client_id": app.app_id,
        "device_code": started["device_code"],
    } | form
    return contoso.token(**whole)


def block_device_codes(contoso: Contoso, code: str) -> None:
    contoso.tenant.require("block", flow="deviceCodeFlow")
    contoso.entra.approve_device(code, contoso.ana)


def basic(contoso: Contoso) -> Response:
    wrong = base64.b64encode(f"{contoso.web.app_id}:wrong".encode()).decode()
    headers = {"authorization": f"Basic {wrong}"}
    return contoso.token(headers, grant_type="client_credentials", scope=contoso.default)


def duplicated(contoso: Contoso) -> Response:
    body = b"grant_type=client_credentials&grant_type=client_credentials"
    path = f"/{contoso.tenant.id}/oauth2/v2.0/token"
    return contoso.entra.handle(Request("POST", "https", "login.microsoftonline.com", path, "", {}, body))


def fetched(contoso: Contoso) -> Response:
    path = f"/{contoso.tenant.id}/oauth2/v2.0/token"
    return contoso.entra.handle(Request("GET", "https", "login.microsoftonline.com", path))


def other_resource(contoso: Contoso) -> Response:
    return client_credentials(contoso, scope="api://not-registered/.default")


REFUSALS: dict[str, tuple[int, int, str, Callable[[Contoso], Response]]] = {
    # Captured from the real service
    "a wrong secret": (401, 7000215, "invalid_client", lambda c: client_credentials(c, client_secret="wrong")),
    "the all-zero client": (
        400,
        700038,
        "unauthorized_client",
        lambda c: client_credentials(c, client_id=str(uuid.UUID(int=0))),
    ),
    "an unknown resource": (400, 500011, "invalid_resource", other_resource),
    "an unknown grant": (
        400,
        70003,
        "unsupported_grant_type",
        lambda c: client_credentials(c, grant_type="no_such_grant"),
    ),
    # From Microsoft's reference of error codes
    "an unknown client": (
        400,
        700016,
        "unauthorized_client",
        lambda c: client_credentials(c, client_id=str(uuid.uuid4())),
    ),
    "an unknown tenant": (
        400,
        90002,
        "invalid_request",
        lambda c: c.token(word="nowhere.example", grant_type="client_credentials", client_id=c.web.app_id),
    ),
    "no client": (400, 900144, "invalid_request", lambda c: c.token(grant_type="client_credentials")),
    "no grant": (400, 900144, "invalid_request", lambda c: c.token(client_id=c.web.app_id)),
    "a GET": (400, 900561, "invalid_request", fetched),
    "a parameter twice": (400, 9000411, "invalid_request", duplicated),
    "no proof of the client": (401, 7000218, "invalid_client", lambda c: client_credentials(c, client_secret="")),
    "an expired secret": (401, 7000222, "invalid_client", expired_secret),
    "a wrong secret in Basic": (401, 7000215, "invalid_client", basic),
    "a secret of a public client": (401, 700025, "invalid_client", public_client),
    "a disabled app": (401, 7000112, "invalid_client", disabled_client),
    "a scope instead of .default": (400, 1002012, "invalid_scope", lambda c: client_credentials(c, scope=c.scope)),
    "two resources": (
        400,
        28000,
        "invalid_request",
        lambda c: client_credentials(c, scope=f"{c.default} https://graph.microsoft.com/.default"),
    ),
    "an app that is not assigned": (400, 501051, "invalid_grant", unassigned_client),
    "client credentials at common": (
        400,
        50194,
        "invalid_request",
        lambda c: c.token(
            word="common",
            grant_type="client_credentials",
            client_id=c.web.app_id,
            client_secret=c.secret,
            scope=c.default,
        ),
    ),
    "a certificate that is not registered": (
        401,
        700027,
        "invalid_client",
        lambda c: with_certificate(c, key=process_key(51)),
    ),
    "an assertion for another audience": (
        401,
        700023,
        "invalid_client",
        lambda c: with_certificate(c, aud="https://evil.example/"),
    ),
    "an expired assertion": (401, 700024, "invalid_client", lambda c: with_certificate(c, exp=1)),
    "an assertion of the future": (
        401,
        700024,
        "invalid_client",
        lambda c: with_certificate(c, nbf=int(c.entra.now()) + 3600),
    ),
    "an assertion of another client": (401, 700021, "invalid_client", lambda c: with_certificate(c, iss="x")),
    "a federated token of another branch": (
        401,
        700213,
        "invalid_client",
        lambda c: federated(c, ref="refs/heads/evil"),
    ),
    "a federated token of a pull request": (
        401,
        700213,
        "invalid_client",
        lambda c: federated(c, event="pull_request"),
    ),
    "a federated token for another audience": (
        401,
        700212,
        "invalid_client",
        lambda c: federated(c, audience="https://github.com/contoso"),
    ),
    "a federated token of another issuer": (
        401,
        700211,
        "invalid_client",
        lambda c: federated(c, claims={"iss": "https://evil.example"}),
    ),
    "an expired federated token": (401, 700024, "invalid_client", lambda c: federated(c, claims={"exp": 1})),
    "a forged federated token": (401, 50013, "invalid_client", forged_federated),
    "a code twice": (400, 54005, "invalid_grant", twice),
    "a code after ten minutes": (400, 70008, "invalid_grant", late),
    "an unknown code": (400, 70000, "invalid_grant", lambda c: c.redeem("1.unknown")),
    "another client's code": (400, 70000, "invalid_grant", of_another_client),
    "a code with another redirect URI": (
        400,
        500112,
        "invalid_grant",
        lambda c: c.redeem(c.code(), redirect_uri="https://localhost:5000/other"),
    ),
    "a wrong verifier": (400, 501481, "invalid_grant", lambda c: with_pkce(c, "w" * 43)),
    "a wrong plain verifier": (400, 501481, "invalid_grant", lambda c: with_pkce(c, "w" * 43, "plain")),
    "no verifier": (400, 501481, "invalid_grant", lambda c: with_pkce(c, "")),
    "a verifier that is too short": (400, 501481, "invalid_grant", lambda c: with_pkce(c, "v")),
    "a verifier without a challenge": (
        400,
        501481,
        "invalid_grant",
        lambda c: c.redeem(c.code(), code_verifier=VERIFIER),
    ),
    "a page's code from elsewhere": (400, 9002327, "invalid_request", from_a_page),
    "a web app's code from a page": (400, 9002326, "invalid_request", web_code_from_a_page),
    "an unknown refresh token": (400, 9002313, "invalid_grant", lambda c: c.refresh("1.unknown")),
    "a revoked session": (400, 50173, "invalid_grant", lambda c: refresh_after(c, revoke)),
    "a disabled user": (400, 50057, "invalid_grant", lambda c: refresh_after(c, disable)),
    "a refresh token after 91 days": (400, 700082, "invalid_grant", lambda c: refresh_after(c, ninety_days)),
    "a refresh without the secret": (
        401,
        7000218,
        "invalid_client",
        lambda c: c.refresh(signed_in(c)["refresh_token"], client_secret=""),
    ),
    "a scope that the API has not": (
        400,
        65005,
        "invalid_resource",
        lambda c: c.refresh(signed_in(c)["refresh_token"], scope=f"{c.api.identifier_uris[0]}/Nope"),
    ),
    "a scope without consent": (
        400,
        65001,
        "invalid_grant",
        lambda c: c.refresh(signed_in(c)["refresh_token"], scope=f"{c.api.identifier_uris[0]}/Orders.ReadWrite"),
    ),
    "on behalf of, without consent": (400, 65001, "invalid_grant", on_behalf_of),
    "on behalf of an app": (
        400,
        7000114,
        "invalid_grant",
        lambda c: on_behalf_of(c, minted(c, user=None, scopes=(), roles=["Orders.Process.All"]), consented="1"),
    ),
    "on behalf of, with a token for another API": (
        400,
        500131,
        "invalid_grant",
        lambda c: on_behalf_of(c, minted(c, claims={"aud": c.web.app_id}), consented="1"),
    ),
    "on behalf of, with an expired token": (
        400,
        500133,
        "invalid_grant",
        lambda c: on_behalf_of(c, minted(c, claims={"exp": 1}), consented="1"),
    ),
    "on behalf of, with a forged token": (
        400,
        50013,
        "invalid_grant",
        lambda c: on_behalf_of(c, minted(c, key=process_key(51)), consented="1"),
    ),
    "on behalf of, with no token": (400, 50027, "invalid_grant", lambda c: on_behalf_of(c, "x.y.z", consented="1")),
    "another use of a token": (
        400,
        9002313,
        "invalid_request",
        lambda c: on_behalf_of(c, requested_token_use="impersonate"),
    ),
    "a device code before approval": (400, 70016, "authorization_pending", lambda c: device(c, lambda *_: None)),
    "a declined device code": (
        400,
        65004,
        "authorization_declined",
        lambda c: device(c, lambda c, code: c.entra.approve_device(code, c.ana, accept=False)),
    ),
    "an unknown device code": (
        400,
        70018,
        "bad_verification_code",
        lambda c: device(c, lambda *_: None, device_code="x"),
    ),
    "a device code after 15 minutes": (
        400,
        70019,
        "expired_token",
        lambda c: device(c, lambda c, _: setattr(c.entra, "skew", 901.0)),
    ),
    "a device code where policy blocks the flow": (
        400,
        53003,
        "access_denied",
        lambda c: device(c, block_device_codes),
    ),
    "a wrong password": (
        400,
        50126,
        "invalid_grant",
        lambda c: c.token(
            grant_type="password",
            client_id=c.tenant.register("ropc", allow_public_client=True).app_id,
            username=c.ana.upn,
            password="wrong",
            scope=c.scope,
        ),
    ),
}


@pytest.mark.parametrize("name", REFUSALS)
def test_the_token_endpoint_refuses(contoso: Contoso, name: str) -> None:
    status, code, error, act = REFUSALS[name]
    response = act(contoso)
    body = response.json()
    assert (response.status, body["error_codes"], body["error"]) == (status, [code], error)
    described = re.fullmatch(
        r"AADSTS(\d+): .+ Trace ID: ([0-9a-f-]{36}) Correlation ID: ([0-9a-f-]{36}) Timestamp: (.{19}Z)",
        body["error_description"],
        re.DOTALL,
    )
    assert described is not None
    assert described.groups() == (str(code), body["trace_id"], body["correlation_id"], body["timestamp"])
    assert body.get("error_uri", f"https://login.microsoftonline.com/error?code={code}").endswith(f"code={code}")
    assert response.headers["Cache-Control"] == "no-store, no-cache"


def test_every_captured_error_has_exactly_the_members_of_the_capture(contoso: Contoso) -> None:
    """Six captures of 2026-09-08: error_uri is there for a bad secret and an unknown resource, not for a bad grant."""
    common = {"error", "error_description", "error_codes", "timestamp", "trace_id", "correlation_id"}
    assert set(client_credentials(contoso, client_secret="wrong").json()) == common | {"error_uri"}
    assert set(other_resource(contoso).json()) == common | {"error_uri"}
    assert set(client_credentials(contoso, grant_type="no_such_grant").json()) == common


def test_an_error_carries_the_correlation_id_that_the_client_sent(contoso: Contoso) -> None:
    sent = str(uuid.uuid4())
    response = contoso.token({"client-request-id": sent}, grant_type="x")
    assert response.json()["correlation_id"] == sent


def page(contoso: Contoso, **params: Any) -> int | None:
    user = params.pop("user", contoso.ana)
    options = {name: params.pop(name) for name in ("mfa", "accept", "password") if name in params}
    with pytest.raises(PageShown) as shown:
        contoso.entra.sign_in(contoso.authorize_url(**params), user, **options)
    return shown.value.code


PAGES: dict[str, tuple[int | None, Callable[[Contoso], int | None]]] = {
    "a redirect URI that is not registered": (50011, lambda c: page(c, redirect_uri="https://evil.example/auth")),
    "a longer redirect URI": (50011, lambda c: page(c, redirect_uri=WEB + "/more")),
    "a redirect URI with another port": (50011, lambda c: page(c, redirect_uri="https://localhost:5002/auth")),
    "an unknown client": (700016, lambda c: page(c, client_id=str(uuid.uuid4()))),
    "no scope": (900144, lambda c: page(c, scope="")),
    "an unknown response type": (9002313, lambda c: page(c, response_type="token")),
    "an ID token without a nonce": (90014, lambda c: page(c, response_type="id_token", nonce="")),
    "a wrong password": (50126, lambda c: page(c, password="wrong")),
    "an unknown tenant": (90002, lambda c: page(c, word="nowhere.example")),
    "a single-tenant app at common": (50194, lambda c: page(c, word="common")),
    "an unknown challenge method": (
        9002313,
        lambda c: page(c, code_challenge="x", code_challenge_method="S512"),
    ),
}


@pytest.mark.parametrize("name", PAGES)
def test_the_authorize_endpoint_keeps_the_browser(contoso: Contoso, name: str) -> None:
    code, act = PAGES[name]
    assert act(contoso) == code


def test_a_page_app_needs_pkce(contoso: Contoso) -> None:
    contoso.web.redirect_uris["spa"].append("https://localhost:5001/spa")
    assert page(contoso, redirect_uri="https://localhost:5001/spa") == 9002325


def test_a_person_who_cancels_consent_is_sent_back_with_access_denied(contoso: Contoso) -> None:
    back = contoso.entra.sign_in(contoso.authorize_url(), contoso.ana, accept=False)
    assert (back["error"], back["error_subcode"], back["state"]) == ("access_denied", "cancel", "s")
    assert back["error_description"].startswith("AADSTS65004: ")


@pytest.mark.parametrize(("asked", "code"), [(False, 90094), (True, 90095)])
def test_a_scope_for_administrators_cannot_be_consented_to_by_others(contoso: Contoso, asked: bool, code: int) -> None:
    contoso.tenant.admin_consent_requests = asked
    contoso.api.scopes.append(Scope("Orders.Delete.All", str(uuid.uuid4()), "Admin"))
    scope = f"openid {contoso.api.identifier_uris[0]}/Orders.Delete.All"
    assert page(contoso, scope=scope) == code
    boss = contoso.tenant.user("boss", admin=True)
    assert "code" in contoso.entra.sign_in(contoso.authorize_url(scope=scope), boss)


def test_where_users_may_not_consent_they_cannot(contoso: Contoso) -> None:
    contoso.tenant.user_consent = "none"
    assert page(contoso) == 90094


def test_an_app_that_requires_assignment_refuses_the_unassigned(contoso: Contoso) -> None:
    contoso.web.assignment_required = True
    assert page(contoso) == 50105
    contoso.tenant.assign(contoso.ana, contoso.web)
    assert contoso.code()


def nobody(contoso: Contoso, jar: dict[str, str]) -> None:
    assert contoso.tenant.users
    assert not jar


def sign_in_first(contoso: Contoso, jar: dict[str, str]) -> None:
    contoso.entra.sign_in(contoso.authorize_url(scope="openid"), contoso.ana, cookies=jar)


@pytest.mark.parametrize(
    ("prepare", "error"),
    [(nobody, "login_required"), (sign_in_first, "consent_required")],
    ids=["nobody is signed in", "no consent yet"],
)
def test_a_silent_request_is_sent_back_with_the_error(
    contoso: Contoso, prepare: Callable[[Contoso, dict[str, str]], object], error: str
) -> None:
    jar: dict[str, str] = {}
    prepare(contoso, jar)
    back = contoso.entra.sign_in(contoso.authorize_url(prompt="none"), contoso.ana, cookies=jar)
    assert back["error"] == error


def test_a_silent_request_with_session_and_consent_needs_nobody(contoso: Contoso) -> None:
    jar: dict[str, str] = {}
    contoso.entra.sign_in(contoso.authorize_url(), contoso.ana, cookies=jar)
    back = contoso.entra.sign_in(contoso.authorize_url(prompt="none"), contoso.tenant.user("other"), cookies=jar)
    assert claims_of(contoso.redeem(back["code"]))["oid"] == contoso.ana.id


def test_only_an_administrator_can_consent_for_all(contoso: Contoso) -> None:
    def consent(user: str, admin: bool, answer: str = "accept") -> Response:
        who = contoso.tenant.user(user, admin=admin)
        path = f"{contoso.tenant.id}/v2.0/adminconsent"
        query = f"client_id={contoso.web.app_id}&redirect_uri={WEB}&state=1&scope={contoso.default}"
        body = f"login={who.upn.replace('@', '%40')}&passwd={who.password}&consent={answer}"
        return contoso.entra.handle(
            Request("POST", "https", "login.microsoftonline.com", f"/{path}", query, {}, body.encode())
        )

    assert consent("bob", False).headers["X-Aadsts"] == "90094"
    assert "error=permission_denied" in consent("boss", True, "cancel").headers["Location"]
    location = consent("boss", True).headers["Location"]
    assert "admin_consent=True" in location
    assert f"tenant={contoso.tenant.id}" in location
    back = contoso.entra.sign_in(contoso.authorize_url(), contoso.ana, accept=False)
    assert "code" in back, "nobody is asked again"
