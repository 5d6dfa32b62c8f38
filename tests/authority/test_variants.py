"""Bad tokens are bad and unusual ones are not: held against this project's validator snippet and against joserfc."""

from __future__ import annotations

import collections
from collections.abc import Callable

import jwt
import pytest
from joserfc import jwt as jose_jwt
from joserfc.jwk import KeySet
from joserfc.jws import JWSRegistry

from signing_keys import SigningKeys
from verify_access_token import AccessTokenValidator
from ztcheck.authority import Entra
from ztcheck.authority.variants import BAD_TOKENS, UNUSUAL_TOKENS, Case, bad_tokens


@pytest.fixture(scope="module")
def case(entra: Entra) -> Case:
    tenant = entra.tenant("contoso")
    api = tenant.register(
        "api", identifier_uri="https://orders.contoso.com", scopes=["Orders.Read"], app_roles=["Orders.Process.All"]
    )
    client = tenant.register("client", secret=True)
    return Case(entra, api, tenant.user("ana"), client, ("Orders.Read",), ("Orders.Process.All",))


@pytest.fixture(scope="module")
def accepts(entra: Entra, case: Case) -> Callable[[str], bool]:
    """Whether an API that demands the scope Orders.Read or the role Orders.Process.All serves the caller."""
    validator = AccessTokenValidator(case.api.app_id, {case.tenant.id}, SigningKeys(entra.jwks_url("common")))

    def check(token: str) -> bool:
        try:
            claims = validator.verify(token)
        except jwt.InvalidTokenError:
            return False
        return "Orders.Read" in str(claims.get("scp", "")).split() or "Orders.Process.All" in claims.get("roles", [])

    return check


def test_the_tokens_that_they_are_made_from_are_accepted(case: Case, accepts: Callable[[str], bool]) -> None:
    assert accepts(case.token())
    assert accepts(case.app_token())


@pytest.mark.parametrize("name", BAD_TOKENS)
def test_a_bad_token_is_refused(case: Case, accepts: Callable[[str], bool], name: str) -> None:
    assert not accepts(BAD_TOKENS[name].make(case)), BAD_TOKENS[name].why


@pytest.mark.parametrize("name", UNUSUAL_TOKENS)
def test_an_unusual_token_is_accepted(case: Case, accepts: Callable[[str], bool], name: str) -> None:
    token = UNUSUAL_TOKENS[name].make(case)
    assert accepts(token), UNUSUAL_TOKENS[name].why
    keys = KeySet.import_key_set({"keys": case.entra.jwks(case.tenant)["keys"]})
    registry = JWSRegistry(algorithms=["RS256"], strict_check_header=False)
    assert jose_jwt.decode(token, keys, registry=registry).claims["aud"] == case.api.app_id


def test_the_family_is_large_and_covers_every_part_of_a_token() -> None:
    groups = collections.Counter(variant.group for variant in BAD_TOKENS.values())
    assert set(groups) == {"header", "signature", "structure", "issuer", "tenant", "audience", "time", "kind"}
    assert sum(groups.values()) >= 300
    assert min(groups.values()) >= 19
    assert len(UNUSUAL_TOKENS) >= 25


def test_no_two_bad_tokens_are_the_same(case: Case) -> None:
    made = [token for _, token in bad_tokens(case)]
    assert len(set(made)) == len(BAD_TOKENS)


def test_the_strict_ones_can_be_left_out(case: Case) -> None:
    names = {variant.name for variant, _ in bad_tokens(case, strict=False)}
    assert names == {name for name, variant in BAD_TOKENS.items() if not variant.strict}
    assert "time/exp-in-ten-years" not in names


def test_a_token_with_a_changed_payload_differs_in_the_payload_alone(case: Case) -> None:
    head, body, tail = BAD_TOKENS["signature/payload-swapped"].make(case).split(".")
    with pytest.raises(jwt.InvalidSignatureError):
        jwt.decode(f"{head}.{body}.{tail}", case.entra.signing_key.public_pem, algorithms=["RS256"])
