"""The validator refuses every token that is not a v2.0 access token for this API from an accepted tenant."""

import time
from collections.abc import Iterator
from typing import Any

import jwt
import pytest

from signing_keys import SigningKeys
from tests.snippets.bad_tokens import ACCEPTED, REFUSED
from tests.snippets.issuer import API, PARTNER, PERSONAL, PUBLIC, STRANGER, TENANT, SigningKey, keys
from verify_access_token import AccessTokenValidator
from ztcheck.authority import Entra
from ztcheck.authority.loopback import loopback
from ztcheck.authority.variants import BAD_TOKENS, UNUSUAL_TOKENS, Case

COMMON_KEYS = f"{PUBLIC}/common/discovery/v2.0/keys"


@pytest.fixture
def validator() -> AccessTokenValidator:
    return AccessTokenValidator(audience=API, tenants={TENANT, PARTNER}, keys=SigningKeys(COMMON_KEYS, cooldown=60))


@pytest.mark.parametrize("name", REFUSED)
def test_refuses(name, validator, by):
    token = REFUSED[name](by)
    with pytest.raises(jwt.InvalidTokenError):
        validator.verify(token)


@pytest.mark.parametrize("name", [name for name in REFUSED if name.startswith(("issuer", "tenant"))])
def test_refuses_also_where_the_keys_name_no_issuer(name, validator, by, endpoint):
    endpoint.answer = keys(by.entra.jwk(issuer=""))
    with pytest.raises(jwt.InvalidTokenError):
        validator.verify(REFUSED[name](by))


@pytest.mark.parametrize("name", ACCEPTED)
def test_accepts(name, validator, signing_key):
    assert validator.verify(ACCEPTED[name](signing_key))["aud"] == API


@pytest.fixture(scope="module")
def local_entra() -> Iterator[Entra]:
    with Entra(cloud="public") as entra:
        yield entra


@pytest.fixture
def case(local_entra: Entra) -> Iterator[Case]:
    """The API, a user and a client in the local Entra ID, which now answers for login.microsoftonline.com."""
    contoso = local_entra.tenant("contoso")
    api = contoso.register("orders-api", scopes=["Orders.Read"], app_roles=["Orders.Process.All"])
    client = contoso.register("orders-web", secret=True)
    with loopback(local_entra):
        yield Case(local_entra, api, contoso.user("adele"), client, ("Orders.Read",), ("Orders.Process.All",))


def for_case(case: Case, **settings: Any) -> AccessTokenValidator:
    return AccessTokenValidator(case.api.app_id, {case.tenant.id}, SigningKeys(COMMON_KEYS, **settings))


# A validator does not know which scope an operation needs.
LEFT_TO_OTHERS = {"kind/scp-comma-joined", "kind/scp-longer", "kind/scp-other-case"}


@pytest.mark.parametrize("name", sorted(BAD_TOKENS.keys() - LEFT_TO_OTHERS))
def test_refuses_from_the_local_entra_id(name, case):
    with pytest.raises(jwt.InvalidTokenError):
        for_case(case).verify(BAD_TOKENS[name].make(case))


@pytest.mark.parametrize("name", UNUSUAL_TOKENS)
def test_accepts_from_the_local_entra_id(name, case):
    assert for_case(case).verify(UNUSUAL_TOKENS[name].make(case))


def test_follows_the_local_entra_id_to_a_new_key_and_refuses_the_withdrawn_one(case):
    validator = for_case(case, cooldown=0, refresh_after=0.01)
    before = case.token()
    assert validator.verify(before)
    case.entra.rotate_keys(withdraw=True)
    assert validator.verify(case.token())
    time.sleep(0.03)
    with pytest.raises(jwt.InvalidTokenError):
        validator.verify(before)


def test_the_reason_of_a_refusal_repeats_nothing_that_the_caller_sent(validator, signing_key):
    with pytest.raises(jwt.InvalidTokenError) as caught:
        validator.verify(signing_key.token(header={"crit": ["\nforged log line"]}))
    assert "forged" not in str(caught.value)


def test_the_reason_of_a_refusal_by_the_library_is_the_kind_of_its_error_alone(validator, signing_key):
    with pytest.raises(jwt.InvalidTokenError) as caught:
        validator.verify(signing_key.token({"exp": int(time.time()) - 3600}))
    assert str(caught.value) == "ExpiredSignatureError"


CLOUDS = {
    "public": (PUBLIC + "/{tenantid}/v2.0", f"{PUBLIC}/common/discovery/v2.0/keys"),
    "public-single-tenant": (PUBLIC + "/{tenantid}/v2.0", f"{PUBLIC}/{TENANT}/discovery/v2.0/keys"),
    "us-government": (
        "https://login.microsoftonline.us/{tenantid}/v2.0",
        "https://login.microsoftonline.us/common/discovery/v2.0/keys",
    ),
    "china": (
        "https://login.partner.microsoftonline.cn/{tenantid}/v2.0",
        "https://login.partner.microsoftonline.cn/common/discovery/v2.0/keys",
    ),
    "external-customers": (
        "https://{tenantid}.ciamlogin.com/{tenantid}/v2.0",
        f"https://{TENANT}.ciamlogin.com/{TENANT}/discovery/v2.0/keys",
    ),
    "external-customers-by-name": (
        "https://contoso.ciamlogin.com/{tenantid}/v2.0",
        f"https://contoso.ciamlogin.com/{TENANT}/discovery/v2.0/keys",
    ),
}


@pytest.mark.parametrize("cloud", CLOUDS)
def test_accepts_the_tokens_of_its_own_cloud(cloud, endpoint, signing_key):
    issuer, uri = CLOUDS[cloud]
    endpoint.answer = keys(signing_key.jwk(issuer))
    validator = AccessTokenValidator(API, {TENANT}, SigningKeys(uri), issuer)
    token = signing_key.token({"iss": issuer.replace("{tenantid}", TENANT)})
    assert validator.verify(token)["tid"] == TENANT
    assert endpoint.paths == [uri.removeprefix("https://")]


@pytest.mark.parametrize(
    ("home", "foreign"), [(home, other) for home in CLOUDS for other in CLOUDS if CLOUDS[home][0] != CLOUDS[other][0]]
)
def test_refuses_the_tokens_of_another_cloud(home, foreign, signing_key):
    issuer, uri = CLOUDS[home]
    validator = AccessTokenValidator(API, {TENANT}, SigningKeys(uri), issuer)
    with pytest.raises(jwt.InvalidTokenError):
        validator.verify(signing_key.token({"iss": CLOUDS[foreign][0].replace("{tenantid}", TENANT)}))


def test_refuses_a_tenant_whose_issuer_spells_two_tenants(endpoint, signing_key):
    """Both places of an external-customer issuer hold the same tenant."""
    issuer = "https://{tenantid}.ciamlogin.com/{tenantid}/v2.0"
    endpoint.answer = keys(signing_key.jwk(issuer))
    validator = AccessTokenValidator(API, {TENANT}, SigningKeys(CLOUDS["external-customers"][1]), issuer)
    with pytest.raises(jwt.InvalidTokenError):
        validator.verify(signing_key.token({"iss": f"https://{TENANT}.ciamlogin.com/{STRANGER}/v2.0"}))


@pytest.mark.parametrize(
    "key_issuer",
    [f"{PUBLIC}/{PERSONAL}/v2.0", f"{PUBLIC}/{PARTNER}/v2.0", "https://login.microsoftonline.us/{tenantid}/v2.0"],
    ids=["personal-accounts", "partner", "another-cloud"],
)
def test_refuses_a_key_that_belongs_to_another_issuer(key_issuer, endpoint, validator, signing_key):
    endpoint.answer = keys(signing_key.jwk(key_issuer))
    with pytest.raises(jwt.InvalidTokenError):
        validator.verify(signing_key.token())


def test_accepts_a_key_that_belongs_to_the_issuer_of_the_token(endpoint, validator, signing_key):
    endpoint.answer = keys(signing_key.jwk(f"{PUBLIC}/{TENANT}/v2.0"))
    assert validator.verify(signing_key.token())


def test_refuses_a_key_of_1024_bits(endpoint, validator):
    weak = SigningKey.generate("weak", bits=1024)
    endpoint.answer = keys(weak.jwk())
    with pytest.raises(jwt.InvalidTokenError):
        validator.verify(weak.token())


def test_asks_the_tenant_list_anew_for_each_token(signing_key):
    tenants = {TENANT}
    validator = AccessTokenValidator(API, tenants, SigningKeys(COMMON_KEYS))
    assert validator.verify(signing_key.token())
    tenants.clear()
    with pytest.raises(jwt.InvalidTokenError):
        validator.verify(signing_key.token())
