"""Each bad token is refused by a strict API, and only by the check that its name says."""

import base64
import json
from typing import Annotated, Any

import jwt
import pytest
from fastapi import Depends, FastAPI
from fastapi.testclient import TestClient

from bad_tokens import TokenMaker
from require_scope import require_scope
from require_token import RequireToken
from signing_keys import SigningKeys
from tests.snippets.issuer import API, PUBLIC, STRANGER, TENANT, WEB_APP, body
from verify_access_token import AccessTokenValidator

MAKER = TokenMaker(API, TENANT, WEB_APP, "Orders.Read")
UNAUTHENTICATED = MAKER.unauthenticated()
FORBIDDEN = MAKER.forbidden()


@pytest.fixture
def client(endpoint):
    """The API of the other snippets, which fetches the maker's keys."""
    endpoint.answer = body(json.dumps(MAKER.keys()).encode())
    validator = AccessTokenValidator(API, {TENANT}, SigningKeys(f"{PUBLIC}/common/discovery/v2.0/keys"))
    app = FastAPI()
    app.add_middleware(RequireToken, validator=validator)

    @app.get("/orders")
    def orders(granted: Annotated[dict[str, Any], Depends(require_scope("Orders.Read"))]) -> dict[str, str]:
        return {"user": granted["oid"]}

    return TestClient(app)


def get(client: TestClient, token: str) -> int:
    return client.get("/orders", headers={"Authorization": f"Bearer {token}"} if token else {}).status_code


@pytest.mark.parametrize("name", UNAUTHENTICATED)
def test_a_strict_api_refuses_as_unauthenticated(name, client):
    assert get(client, UNAUTHENTICATED[name]()) == 401


@pytest.mark.parametrize("name", FORBIDDEN)
def test_a_strict_api_refuses_as_forbidden(name, client):
    assert get(client, FORBIDDEN[name]()) == 403


def test_a_strict_api_accepts_the_good_token(client):
    assert get(client, MAKER.token()) == 200


# What a validator must forget for a bad token to pass. Each forgets one thing and still checks all the others.
FORGOTTEN = {
    "expired": {"verify_exp": False},
    "without-expiry": {"require": ["aud", "iss"]},
    "not-yet-valid": {"verify_nbf": False, "verify_iat": False},
    "other-audience": {"verify_aud": False},
    "audience-missing": {"verify_aud": False, "require": ["exp", "iss"]},
    "other-tenant": {"verify_iss": False, "tid": STRANGER},
    "other-issuer": {"verify_iss": False},
    "issuer-missing": {"verify_iss": False, "require": ["exp", "aud"]},
    "signed-by-another-key": {"verify_signature": False},
    "unknown-key": {"verify_signature": False},
    "unsigned": {"verify_signature": False},
    "signed-with-the-public-key-as-secret": {"verify_signature": False},
    "payload-changed": {"verify_signature": False},
    "signature-removed": {"verify_signature": False},
    "id-token": {"azp": None},
}


def accepts(token: str, forgotten: dict[str, Any]) -> bool:
    """A validator of the usual kind that leaves out what *forgotten* says."""
    options = {"require": ["exp", "aud", "iss"]} | {k: v for k, v in forgotten.items() if k not in ("tid", "azp")}
    if not options.pop("verify_signature", True):  # that alone would switch off the other checks too
        options |= {"verify_signature": False} | {
            f"verify_{name}": True for name in ("exp", "nbf", "iat", "aud", "iss")
        }
    issuer = f"{PUBLIC}/{TENANT}/v2.0"
    try:
        claims = jwt.decode(
            token,
            MAKER.key.public_key(),
            algorithms=["RS256"],
            audience=API,
            issuer=issuer,
            options=options,  # type: ignore[arg-type]
        )
    except jwt.InvalidTokenError:
        return False
    kid = jwt.get_unverified_header(token)["kid"] == MAKER.kid or "verify_signature" in forgotten
    right = claims["tid"] == forgotten.get("tid", TENANT) and claims.get("azp") == forgotten.get("azp", WEB_APP)
    return kid and right


@pytest.mark.parametrize("name", FORGOTTEN)
def test_an_api_that_forgets_the_check_refuses_it_no_more(name):
    token = UNAUTHENTICATED[name]()
    assert not accepts(token, {})
    assert accepts(token, FORGOTTEN[name])  # type: ignore[arg-type]


def test_every_bad_token_has_its_forgotten_check():
    assert set(UNAUTHENTICATED) == {*FORGOTTEN, "no-token", "not-a-token"}


@pytest.mark.parametrize("name", FORBIDDEN)
def test_what_is_forbidden_is_genuine(name):
    assert accepts(FORBIDDEN[name](), {})


def test_the_secret_that_is_no_secret_is_the_public_key():
    header, payload, signature = UNAUTHENTICATED["signed-with-the-public-key-as-secret"]().split(".")
    assert json.loads(base64.urlsafe_b64decode(header + "=="))["alg"] == "HS256"
    assert len(base64.urlsafe_b64decode(signature + "==")) == 32
    assert payload
