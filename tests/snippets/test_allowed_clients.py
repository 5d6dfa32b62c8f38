"""Only listed client apps are admitted, and none in the role of another."""

import pytest

from allowed_clients import AllowedClients
from tests.snippets.issuer import APP_ONLY, DAEMON, DELEGATED, STRANGER, WEB_APP, changed

CLIENTS = AllowedClients(for_users={WEB_APP}, for_themselves={DAEMON})

REFUSED = {
    "unlisted-for-a-user": changed(DELEGATED, {"azp": STRANGER}),
    "unlisted-for-itself": changed(APP_ONLY, {"azp": STRANGER, "idtyp": "app"}),
    "user-token-with-the-daemon's-azp": changed(DELEGATED, {"azp": DAEMON}),
    "user-token-by-idtyp-with-the-daemon's-azp": changed(DELEGATED, {"azp": DAEMON, "idtyp": "user"}),
    "web-app-acting-for-itself": changed(APP_ONLY, {"azp": WEB_APP, "idtyp": "app"}),
    "daemon-without-idtyp": changed(APP_ONLY, {}),
    "web-app-for-itself-without-idtyp": changed(APP_ONLY, {"azp": WEB_APP}),
    "upper-case-client": changed(DELEGATED, {"azp": WEB_APP.upper()}),
    "client-with-blank": changed(DELEGATED, {"azp": WEB_APP + " "}),
    "appid-instead-of-azp": changed(DELEGATED, {"azp": STRANGER, "appid": WEB_APP}),
}


@pytest.mark.parametrize("name", REFUSED)
def test_refuses(name):
    with pytest.raises(PermissionError):
        CLIENTS.check(REFUSED[name])


def test_accepts_a_listed_client_acting_for_a_user():
    assert CLIENTS.check(changed(DELEGATED, {})) == WEB_APP


def test_accepts_a_listed_client_acting_for_itself():
    assert CLIENTS.check(changed(APP_ONLY, {"idtyp": "app"})) == DAEMON
