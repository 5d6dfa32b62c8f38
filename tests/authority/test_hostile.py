"""Whatever a client sends, it gets a refusal: no endpoint fails, hangs or shows a traceback."""

from __future__ import annotations

import json
from typing import Any
from urllib.parse import quote, urlencode

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.authority.conftest import WEB, Contoso
from ztcheck.authority.directory import GRAPH, MANAGEMENT, VAULT
from ztcheck.authority.keys import segment
from ztcheck.authority.wire import Request

ASSERTION = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"
QUICK = settings(
    max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture], derandomize=True
)
JSON: st.SearchStrategy[Any] = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=6), inner, max_size=3),
    max_leaves=6,
)
CLAIMS = st.dictionaries(
    st.sampled_from(["access_token", "id_token", "x"]),
    st.dictionaries(st.sampled_from(["acrs", "nbf", "xms_cc", "capolids"]), JSON, max_size=3) | JSON,
    max_size=2,
).map(json.dumps)
TOKEN = st.tuples(JSON, JSON).map(lambda pair: f"{segment(pair[0])}.{segment(pair[1])}.c2ln") | st.text(max_size=30)
GRANTS = [
    "client_credentials",
    "authorization_code",
    "refresh_token",
    "device_code",
    "urn:ietf:params:oauth:grant-type:jwt-bearer",
    "password",
]
VALUES: dict[str, st.SearchStrategy[str]] = {
    "client_secret": st.text(max_size=10),
    "scope": st.text(max_size=20)
    | st.sampled_from(["openid", "/.default", "https://graph.microsoft.com//.default", "/"]),
    "claims": CLAIMS | st.text(max_size=10),
    "client_assertion": TOKEN,
    "client_assertion_type": st.just(ASSERTION),
    "assertion": TOKEN,
    "requested_token_use": st.just("on_behalf_of"),
    "code": st.text(max_size=10),
    "redirect_uri": st.text(max_size=20) | st.just(WEB),
    "code_verifier": st.text(max_size=50),
    "refresh_token": TOKEN,
    "username": st.text(max_size=20),
    "password": st.text(max_size=10),
    "device_code": st.text(max_size=10),
}
FORM = st.fixed_dictionaries({"grant_type": st.sampled_from(GRANTS)}, optional=VALUES)


@QUICK
@given(form=FORM, right_secret=st.booleans())
def test_the_token_endpoint_refuses_any_form(contoso: Contoso, form: dict[str, str], right_secret: bool) -> None:
    contoso.web.add_certificate(contoso.entra.signing_key.certificate_pem)
    contoso.web.trust("https://issuer.example", "x")
    if right_secret:
        form = {k: v for k, v in form.items() if "assertion" not in k} | {"client_secret": contoso.secret}
    whole: dict[str, Any] = {"client_id": contoso.web.app_id} | form
    response = contoso.token(**whole)
    assert response.status in (200, 400, 401)
    assert ("access_token" in response.json()) is (response.status == 200)


@QUICK
@given(
    params=st.dictionaries(
        st.sampled_from(["response_type", "scope", "state", "nonce", "claims", "prompt", "login_hint", "response_mode",
                         "code_challenge", "code_challenge_method", "redirect_uri"]),
        st.text(max_size=20) | CLAIMS,
    )
)  # fmt: skip
def test_the_authorize_endpoint_never_sends_anyone_to_an_address_that_is_not_registered(
    contoso: Contoso, params: dict[str, str]
) -> None:
    whole = {"client_id": contoso.web.app_id, "response_type": "code", "redirect_uri": WEB, "scope": "openid"} | params
    path = f"/{contoso.tenant.id}/oauth2/v2.0/authorize"
    host = "login.microsoftonline.com"
    response = contoso.entra.handle(Request("GET", "https", host, path, urlencode(whole)))
    assert response.status in (200, 302, 400)
    assert response.headers.get("Location", WEB).startswith(WEB)
    assert b"<script>alert" not in response.body


@QUICK
@given(path=st.text(max_size=40), query=st.text(max_size=40), body=st.binary(max_size=40), method=st.sampled_from(
    ["GET", "POST", "PATCH", "PUT", "DELETE"]
))  # fmt: skip
def test_every_other_path_has_an_answer(contoso: Contoso, path: str, query: str, body: bytes, method: str) -> None:
    entra = contoso.entra
    for host, start, api in (
        ("login.microsoftonline.com", "/", None),
        ("graph.microsoft.com", "/v1.0/", GRAPH),
        ("graph.microsoft.com", "/v1.0/applications?$filter=", GRAPH),
        ("api.github.com", "/", None),
        ("contoso.vault.azure.net", "/secrets/", VAULT),
        ("management.azure.com", "/", MANAGEMENT),
        ("pipelines.actions.githubusercontent.com", "/idtoken/", None),
    ):
        token = (
            entra.mint(entra.microsoft[api], client=contoso.web, roles=["Application.ReadWrite.All"])
            if api
            else entra.github.token()
        )
        url, _, first = start.partition("?")
        text = f"{first}{quote(query)}" if first else quote(query)
        headers = {"authorization": f"Bearer {token}"}
        response = entra.handle(Request(method, "https", host, url + quote(path), text, headers, body))
        assert 200 <= response.status < 500


@QUICK
@given(token=TOKEN)
def test_a_strange_bearer_token_is_refused_everywhere(contoso: Contoso, token: str) -> None:
    for host, path in (
        ("graph.microsoft.com", "/v1.0/me"),
        ("contoso.vault.azure.net", "/secrets/x"),
        ("management.azure.com", "/x"),
        ("api.github.com", "/orgs/x"),
        ("login.microsoftonline.com", "/oidc/userinfo"),
    ):
        headers = {"authorization": f"Bearer {token}"}
        assert contoso.entra.handle(Request("GET", "https", host, path, "", headers)).status == 401


def test_what_a_page_repeats_it_escapes(contoso: Contoso) -> None:
    contoso.web.name = "<script>alert(1)</script>"
    attack = '"><script>alert(1)</script>'
    path = f"/{contoso.tenant.id}/oauth2/v2.0/authorize"
    for change in (
        {},
        {"redirect_uri": attack},
        {"client_id": attack},
        {"response_mode": "form_post", "state": attack},
    ):
        query = {"client_id": contoso.web.app_id, "response_type": "code", "redirect_uri": WEB, "scope": "openid"}
        query |= {"prompt": "none"} if "state" in change else {}
        request = Request("GET", "https", "login.microsoftonline.com", path, urlencode(query | change))
        response = contoso.entra.handle(request)
        assert b"<script>alert" not in response.body


@pytest.mark.parametrize("deep", ["[" * 100_000, '{"a":' * 100_000])
def test_deep_nesting_is_refused(contoso: Contoso, deep: str) -> None:
    token = f"{segment(deep.encode())}.{segment(deep.encode())}.c2ln"
    secret = {"client_id": contoso.web.app_id, "client_secret": contoso.secret}
    code = contoso.code()
    assert contoso.redeem(code, claims=deep).json()["error_codes"] == [9002313]
    assertion = {"client_assertion": token, "client_assertion_type": ASSERTION}
    form: dict[str, Any] = {"client_id": contoso.web.app_id, "grant_type": "client_credentials", **assertion}
    assert contoso.token(**form).json()["error_codes"] == [50027]
    grant = {"grant_type": "urn:ietf:params:oauth:grant-type:jwt-bearer", "requested_token_use": "on_behalf_of"}
    form = {**secret, **grant, "assertion": token, "scope": contoso.scope}
    assert contoso.token(**form).json()["error_codes"] == [50027]
    api = contoso.entra.microsoft[GRAPH]
    bearer = contoso.entra.mint(api, client=contoso.web, roles=["Application.ReadWrite.All"])
    headers = {"authorization": f"Bearer {bearer}"}
    path = f"/v1.0/applications/{contoso.web.object_id}/addPassword"
    request = Request("POST", "https", "graph.microsoft.com", path, "", headers, deep.encode())
    assert contoso.entra.handle(request).status == 400
