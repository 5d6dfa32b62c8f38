"""The user is who the verified token says by tid and oid, or nobody."""

import pytest

from caller_identity import UserKey, caller
from tests.snippets.issuer import ABSENT, APP_ONLY, DELEGATED, STRANGER, TENANT, USER, changed

REFUSED = {
    "app-only": changed(APP_ONLY, {}),
    "app-only-by-idtyp": changed(DELEGATED, {"idtyp": "app"}),
    "device": changed(DELEGATED, {"idtyp": "device"}),
    "no-object-id": changed(DELEGATED, {"oid": ABSENT}),
    "empty-object-id": changed(DELEGATED, {"oid": ""}),
    "name-as-object-id": changed(DELEGATED, {"oid": "adele@contoso.example"}),
    "object-id-and-more": changed(DELEGATED, {"oid": USER + "|admin"}),
    "no-tenant": changed(DELEGATED, {"tid": ABSENT}),
    "placeholder-as-tenant": changed(DELEGATED, {"tid": "{tenantid}"}),
}


@pytest.mark.parametrize("name", REFUSED)
def test_refuses(name):
    with pytest.raises(PermissionError):
        caller(REFUSED[name])


@pytest.mark.parametrize("claim", ["preferred_username", "email", "upn", "unique_name", "name", "sub"])
def test_refuses_to_identify_a_user_by(claim):
    assert caller(changed(DELEGATED, {claim: "admin@contoso.example"})) == UserKey(TENANT, USER)


def test_keeps_users_of_two_tenants_apart():
    assert caller(changed(DELEGATED, {})) != caller(changed(DELEGATED, {"tid": STRANGER}))
