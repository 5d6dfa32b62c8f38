"""An app's token is judged by its app roles, a user's by its scopes, and neither by the other's."""

import pytest

from app_only_token import is_app_only, permits
from tests.snippets.issuer import ABSENT, APP_ONLY, DELEGATED, changed
from tests.snippets.permissions import READ, WITH_READ, WITHOUT_READ

ROLE = "Orders.Process.All"

REFUSED = {
    **WITHOUT_READ,
    "app-without-roles": changed(APP_ONLY, {"roles": ABSENT}),
    "app-with-no-role": changed(APP_ONLY, {"roles": []}),
    "app-with-every-other-role": changed(APP_ONLY, {"roles": ["Orders.Read.All", "Orders.Admin", "Orders.Process"]}),
    "app-with-the-scope-as-role": changed(APP_ONLY, {"roles": [READ]}),
    "user-with-the-app-role": changed(DELEGATED, {"scp": "Other", "roles": [ROLE]}),
    "user-with-the-app-role-as-scope": changed(DELEGATED, {"scp": ROLE}),
    "user-by-idtyp-with-the-app-role": changed(DELEGATED, {"scp": "Other", "roles": [ROLE], "idtyp": "user"}),
}
del REFUSED["app-only"]


@pytest.mark.parametrize("name", REFUSED)
def test_refuses(name):
    assert not permits(REFUSED[name], scopes={READ}, app_roles={ROLE})


def test_refuses_an_app_where_no_app_role_is_named():
    assert not permits(changed(APP_ONLY, {}), scopes={READ})


def test_refuses_a_user_where_no_scope_is_named():
    assert not permits(changed(DELEGATED, {}), app_roles={ROLE})


@pytest.mark.parametrize("name", WITH_READ)
def test_accepts_a_user_with_the_scope(name):
    assert permits(WITH_READ[name], scopes={READ}, app_roles={ROLE})


@pytest.mark.parametrize("extra", [{}, {"idtyp": "app"}], ids=["by-its-subject", "by-idtyp"])
def test_accepts_an_app_with_the_role(extra):
    assert permits(changed(APP_ONLY, extra), scopes={READ}, app_roles={ROLE})


@pytest.mark.parametrize(
    ("claims", "app_only"),
    [
        (changed(APP_ONLY, {}), True),
        (changed(APP_ONLY, {"idtyp": "app"}), True),
        (changed(DELEGATED, {}), False),
        (changed(DELEGATED, {"idtyp": "user"}), False),
        (changed(DELEGATED, {"roles": [ROLE]}), False),
        (changed(DELEGATED, {"sub": DELEGATED["oid"], "roles": [ROLE]}), False),
        (changed(APP_ONLY, {"idtyp": "device"}), False),
        (changed(APP_ONLY, {"idtyp": ["app"]}), False),
        (changed(APP_ONLY, {"oid": ABSENT}), False),
    ],
)
def test_tells_apps_from_users(claims, app_only):
    assert is_app_only(claims) is app_only
