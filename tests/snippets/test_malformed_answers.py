"""Whatever comes in the place of an answer over HTTP, each snippet that reads it fails as its docstring says.

The programs are fed the same answers of Microsoft Graph and GitHub in `graph_programs` and `github_programs`.
"""

import contextlib
import json
import re
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, NamedTuple

import msal
import pytest
from azure.core.exceptions import AzureError
from flask.testing import FlaskClient

import backend_for_frontend
import bound_token
import claims_challenge
from client_assertion import from_github_job, from_managed_identity
from client_credentials import AppTokens, TokenRefusedError
from group_overage import MembershipUnknownError, in_any_group
from incremental_consent import AskUserError, FeatureClosedError, finish, token_for
from managed_identity import orders_api as api_of
from on_behalf_of import Downstream, ExchangeRefusedError
from pipeline_token import PipelineSignInError, pipeline_token
from sign_in_native_app import SignInRefusedError, native_app, sign_in
from silent_token import NoTokenError, silent_token
from tests.snippets.certificates import certificate
from tests.snippets.issuer import DELEGATED, changed
from tests.snippets.people import READ, REDIRECT_URI, WRITE, people
from tests.snippets.programs import DEEP_ARRAY, DEEP_OBJECT, no_finalizers
from tests.snippets.web import SECRET, get, web_app
from token_errors import OutageError
from vault_secret import SignInError, VaultSignIn
from ztcheck.authority import Entra
from ztcheck.authority.directory import GRAPH, MANAGEMENT
from ztcheck.authority.loopback import loopback

pytestmark = pytest.mark.filterwarnings("ignore:response_mode='form_post':UserWarning")

API = "https://orders.contoso.com"
VAULT = "https://contoso-orders.vault.azure.net"
TOKEN = {"token_type": "Bearer", "expires_in": 3600, "access_token": "eyJ0.eyJ1.x"}


class Answer(NamedTuple):
    body: bytes
    status: int = 200


def _json(value: object, status: int = 200) -> Answer:
    return Answer(json.dumps(value).encode(), status)


ANSWERS: dict[str, Answer] = {
    "nothing": Answer(b""),
    "html": Answer(b"<!DOCTYPE html><title>Sign in to the network</title>"),
    "half": Answer(b'{"access_token": "eyJ0'),
    "not-utf-8": Answer(b"\xff\xfe\x00\xd8"),
    "list": Answer(b"[]"),
    "list-of-objects": Answer(b"[{}]"),
    "list-as-a-refusal": Answer(b"[]", 400),
    "text-as-a-refusal": Answer(b'"invalid_grant"', 400),
    "null": Answer(b"null"),
    "true": Answer(b"true"),
    "number": Answer(b"7"),
    "not-a-number": Answer(b"NaN"),
    "text": Answer(b'"access_token"'),
    "deep-array": Answer(DEEP_ARRAY),
    "deep-object": Answer(DEEP_OBJECT),
    "deep-array-as-a-refusal": Answer(DEEP_ARRAY, 400),
    "number-of-5000-digits": Answer(b'{"expires_in": ' + b"9" * 5000 + b"}"),
    "two-megabytes": Answer(b" " * 2_000_000),
    "empty-object": Answer(b"{}"),
    "error-list": _json({"error": ["invalid_grant"]}, 400),
    "error-object": _json({"error": {"code": "x"}}, 400),
    "error-number": _json({"error": 7}, 400),
    "error-null": _json({"error": None}, 400),
    "claims-number": _json({"error": "interaction_required", "claims": 7}, 400),
    "token-null": _json(TOKEN | {"access_token": None}),
    "token-empty": _json(TOKEN | {"access_token": ""}),
    "token-number": _json(TOKEN | {"access_token": 7}),
    "token-list": _json(TOKEN | {"access_token": ["eyJ0"]}),
    "token-object": _json(TOKEN | {"access_token": {}}),
    "expiry-text": _json(TOKEN | {"expires_in": "soon"}),
    "expiry-list": _json(TOKEN | {"expires_in": [3600]}),
    "expiry-infinite": Answer(b'{"access_token": "x", "token_type": "Bearer", "expires_in": 1e400}'),
    "id-token-number": _json(TOKEN | {"id_token": 7}),
    "id-token-word": _json(TOKEN | {"id_token": "x"}),
    "client-info-number": _json(TOKEN | {"client_info": 7}),
    "client-info-word": _json(TOKEN | {"client_info": "word"}),
    "device-code-alone": _json({"user_code": "ABC"}),
    "message-number": _json({"user_code": "ABC", "device_code": "x", "message": 7}),
    "secret-number": _json({"value": 7, "id": f"{VAULT}/secrets/orders-daemon/1", "attributes": {"enabled": True}}),
    "value-null": _json({"value": None}),
    "value-number": _json({"value": 7}),
    "value-text": _json({"value": "word"}),
    "value-nested": _json({"value": [[["x"]]]}),
}
ANSWERED = {"eyJ0.eyJ1.x", "x"}
"""The texts in ANSWERS that can pass for a token: nobody but the API that it is for can tell."""

Ask = Callable[[], object]


def app_only(entra: Entra) -> Ask:
    contoso = entra.tenant("contoso")
    contoso.register("orders-api", identifier_uri=API)
    app = contoso.register("orders-daemon", certificate=certificate().public)
    return lambda: AppTokens(app.app_id, certificate().credential).get(contoso.id, API)


def on_behalf_of(entra: Entra) -> Ask:
    contoso = entra.tenant("contoso")
    api = contoso.register("orders-api", identifier_uri=API, scopes=["Orders.Read"], certificate=certificate().public)
    web = contoso.register("orders-web", secret=True)
    contoso.consent(api, entra.microsoft[GRAPH], "User.Read")
    token = entra.mint(api, user=contoso.user("ana"), client=web, scopes=["Orders.Read"])
    claims = changed(DELEGATED, {"tid": contoso.id})
    return lambda: Downstream(api.app_id, certificate().credential).token(claims, token, ["User.Read"])


def vault(entra: Entra) -> Ask:
    contoso = entra.tenant("contoso")
    contoso.register("orders-api", identifier_uri=API)
    app = contoso.register("orders-daemon", secret=True)
    identity = entra.identity.assign(contoso, "orders-vm")
    entra.vault.readers["contoso-orders"] = {contoso.service_principal_id(identity)}
    entra.vault.set("contoso-orders", "orders-daemon", app.secrets[0].value)
    return lambda: VaultSignIn(app.app_id, contoso.id, VAULT, "orders-daemon").token([f"{API}/.default"])


def pipeline(entra: Entra) -> Ask:
    contoso = entra.tenant("contoso")
    app = contoso.register("orders-deployment")
    app.trust("https://token.actions.githubusercontent.com", "repo:contoso/orders:environment:production")
    job = entra.workflow.job(repository="contoso/orders", environment="production")
    environ = {"AZURE_TENANT_ID": contoso.id, "AZURE_CLIENT_ID": app.app_id} | job
    return lambda: pipeline_token(f"{MANAGEMENT}/.default", environ)


def job_assertion(entra: Entra) -> Ask:
    job = entra.workflow.job(repository="contoso/orders", environment="production")
    return lambda: from_github_job(job)["client_assertion"]()  # type: ignore[operator]


def identity_assertion(entra: Entra) -> Ask:
    identity = entra.identity.assign(entra.tenant("contoso"), "orders-vm", user_assigned=True)
    return lambda: from_managed_identity(identity.app_id)["client_assertion"]()  # type: ignore[operator]


def identity_api(entra: Entra) -> Ask:
    identity = entra.identity.assign(entra.tenant("contoso"), "orders-vm", user_assigned=True)
    return lambda: api_of(identity.app_id)._token([f"{API}/.default"])


class NativeApp:
    """Ana is signed in; each call of `app` begins with the cache as it was then."""

    def __init__(self, entra: Entra) -> None:
        self.there = people(entra)
        cache = msal.SerializableTokenCache()
        self.ana = self.there.sign_in(self.there.app(token_cache=cache))
        self.kept = cache.serialize()

    def app(self) -> msal.PublicClientApplication:
        cache = msal.SerializableTokenCache()
        cache.deserialize(self.kept)
        return self.there.app(token_cache=cache)


def silent(entra: Entra) -> Ask:
    native = NativeApp(entra)
    return lambda: silent_token(native.app(), [WRITE], native.ana, attempts=1)


def renewed(entra: Entra) -> Ask:
    """A token that is due for renewal, and valid: it is served, or there is none."""
    entra.lifetime = 9000
    native = NativeApp(entra)
    ANSWERED.add(silent_token(native.app(), [READ], native.ana))

    def ask() -> object:
        true_time = time.time
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(time, "time", lambda: true_time() + 5000)
            return silent_token(native.app(), [READ], native.ana, attempts=1)

    return ask


def feature(entra: Entra) -> Ask:
    native = NativeApp(entra)
    return lambda: token_for(native.app(), "change-orders", native.ana, REDIRECT_URI)


def feature_agreed(entra: Entra) -> Ask:
    native = NativeApp(entra)

    def ask() -> object:
        app = native.app()
        flow = app.initiate_auth_code_flow([WRITE], redirect_uri=REDIRECT_URI)
        return finish(app, "change-orders", native.ana, flow, {"code": "1.x", "state": flow["state"]})

    return ask


def device(entra: Entra) -> Ask:
    entra.device_interval = 1
    there = people(entra)

    def say(text: str) -> None:
        code = re.search(r"enter the code (\w+)", text)
        entra.approve_device(code[1] if code else "", there.contoso.user("ana"))

    def ask() -> object:
        app = native_app(there.client.app_id, there.contoso.id)
        return sign_in(app, [READ], device_code=True, say=say)["access_token"]

    return ask


def challenged(entra: Entra) -> Ask:
    native = NativeApp(entra)
    sent: list[str] = []

    def ask() -> object:
        sent.clear()
        with pytest.raises(ZeroDivisionError):
            claims_challenge.call(send, native.app(), [WRITE], native.ana, lambda _: {"error": "access_denied"})
        return sent[0]

    def send(token: str) -> Any:
        sent.append(token)
        raise ZeroDivisionError

    return ask


def bound(entra: Entra) -> Ask:
    native = NativeApp(entra)
    return lambda: bound_token._token(native.app(), [WRITE], native.ana, None)[1]


def overage(entra: Entra) -> Ask:
    del entra
    claims = changed(DELEGATED, {"hasgroups": True})
    return lambda: in_any_group(claims, {claims["oid"]}, lambda: "t")


class RefusedError(Exception):
    """A web app answered with a status that tells the user to come back, sign in again or start anew."""


def web(entra: Entra) -> Ask:
    there = web_app(entra)

    def ask() -> object:
        browser = there.browser()
        flow = get(browser, "/auth/sign-in")
        if flow.status_code == 503:
            raise RefusedError
        (_, data), *_ = there.sessions._kept.values()
        status = get(browser, "/auth/callback", {"code": "1.x", "state": data["flow"]["state"]}).status_code
        there.sessions._kept.clear()
        return refused(status)

    return ask


def refused(status: int) -> str:
    if status in (400, 401, 403, 503):
        raise RefusedError
    return f"status {status}"


def backend(entra: Entra) -> Ask:
    there = web_app(entra)
    apis = {"orders": backend_for_frontend.Api(f"{API}/v1", f"{API}/Orders.ReadWrite")}
    there.flask.register_blueprint(backend_for_frontend.api_routes(there.client.app_id, SECRET, apis))
    browser: FlaskClient = there.signed_in()

    def ask() -> object:
        status = browser.get("/api/orders/17", base_url=API, headers={"X-Orders-Request": "1"}).status_code
        return "eyJ0.eyJ1.x" if status == 502 else refused(status)  # 502: it went on to the API, which is not there

    return ask


@dataclass(frozen=True)
class Reader:
    """What reads: *prepare* sets it up before the first fault; it raises one of *errors*, and reads from *places*."""

    prepare: Callable[[Entra], Ask]
    errors: tuple[type[Exception], ...]
    places: Mapping[str, str]


TOKENS = {"token": "*/oauth2/v2.0/token"}
LOGIN = TOKENS | {"metadata": "*/openid-configuration"}
IDENTITY = {"identity": "/metadata/identity/oauth2/token"}
READERS = {
    "client_credentials": Reader(app_only, (TokenRefusedError, OutageError), LOGIN),
    "on_behalf_of": Reader(on_behalf_of, (ExchangeRefusedError,), LOGIN),
    "vault_secret": Reader(vault, (SignInError,), LOGIN | IDENTITY | {"vault": "/secrets/*"}),
    "pipeline_token": Reader(pipeline, (PipelineSignInError,), LOGIN | {"job": "/idtoken/*"}),
    "client_assertion.from_github_job": Reader(job_assertion, (RuntimeError,), {"job": "/idtoken/*"}),
    "client_assertion.from_managed_identity": Reader(identity_assertion, (RuntimeError,), IDENTITY),
    "managed_identity": Reader(identity_api, (AzureError,), IDENTITY),
    "silent_token": Reader(silent, (NoTokenError,), TOKENS),
    "silent_token-renewal": Reader(renewed, (NoTokenError,), TOKENS),
    "incremental_consent.token_for": Reader(feature, (FeatureClosedError, AskUserError), TOKENS),
    "incremental_consent.finish": Reader(feature_agreed, (FeatureClosedError, PermissionError), TOKENS),
    "sign_in_native_app": Reader(device, (SignInRefusedError,), TOKENS | {"code": "*/devicecode"}),
    "claims_challenge": Reader(challenged, (PermissionError, OutageError), TOKENS),
    "bound_token": Reader(bound, (PermissionError, OutageError), TOKENS),
    "group_overage": Reader(overage, (MembershipUnknownError,), {"graph": "/v1.0/users/*"}),
    "sign_in_web_app": Reader(web, (RefusedError,), LOGIN),
    "backend_for_frontend": Reader(backend, (RefusedError,), LOGIN),
}
CASES = [(reader, place) for reader, each in READERS.items() for place in each.places]


@pytest.fixture
def place(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Iterator[tuple[Entra, Reader, str, Ask]]:
    reader, name = READERS[request.param[0]], request.param[1]
    monkeypatch.setattr(time, "sleep", lambda _: None)
    with Entra(cloud="public") as entra, loopback(entra):
        yield entra, reader, reader.places[name], reader.prepare(entra)


@pytest.mark.parametrize("place", CASES, indirect=True, ids="-".join)
def test_refuses_to_take_for_an_answer(place: tuple[Entra, Reader, str, Ask], subtests: pytest.Subtests) -> None:
    entra, reader, path, ask = place
    for name, answer in ANSWERS.items():
        with subtests.test(name):
            entra.faults.clear()
            entra.log.clear()
            entra.faults.add(path, status=answer.status, body=answer.body, times=None)
            with contextlib.suppress(*reader.errors), no_finalizers():
                assert ask() in ANSWERED
            assert entra.log.find(path), "it must have been asked"
