"""The app follows its secret wherever the vault goes, and signs in with nothing else."""

import logging
from dataclasses import dataclass

import pytest

from tests.snippets.issuer import STRANGER
from vault_secret import SignInError, VaultSignIn
from ztcheck.authority import Entra, Registration

API = "https://orders.contoso.com"
SCOPES = [f"{API}/.default"]
VAULT = "https://contoso-orders.vault.azure.net"


@dataclass
class Daemon:
    """A daemon whose secret is in a vault that its machine's managed identity may read."""

    entra: Entra
    app: Registration
    identity: Registration

    def rotate(self) -> str:
        """Add a secret, put it into the vault, and remove the old one."""
        value = self.app.add_secret()
        self.entra.vault.set("contoso-orders", "orders-daemon", value)
        self.app.secrets = self.app.secrets[-1:]
        return value

    def sign_in(self, **more: float) -> VaultSignIn:
        return VaultSignIn(self.app.app_id, self.app.tenant.id, VAULT, "orders-daemon", **more)

    def reads(self) -> int:
        return len([entry for entry in self.entra.log.find("/secrets/*") if entry.response.status == 200])

    def asked(self) -> int:
        return len(self.entra.log.find("*/oauth2/v2.0/token"))


@pytest.fixture
def daemon(entra: Entra) -> Daemon:
    contoso = entra.tenant("contoso")
    api = contoso.register("orders-api", identifier_uri=API, app_roles=["Orders.Process.All"])
    app = contoso.register("orders-daemon", secret=True)
    contoso.assign(app, api, "Orders.Process.All")
    identity = entra.identity.assign(contoso, "orders-vm")
    entra.vault.readers["contoso-orders"] = {contoso.service_principal_id(identity)}
    daemon = Daemon(entra, app, identity)
    daemon.rotate()
    return daemon


def test_refuses_when_the_identity_may_not_read_the_vault(daemon):
    daemon.entra.vault.readers["contoso-orders"] = {STRANGER}
    with pytest.raises(SignInError, match="vault refused"):
        daemon.sign_in().token(SCOPES)
    assert daemon.asked() == 0


def test_refuses_when_there_is_no_such_secret(daemon):
    sign_in = daemon.sign_in()
    sign_in.secret_name = "another"
    with pytest.raises(SignInError, match="vault refused"):
        sign_in.token(SCOPES)


def test_refuses_an_empty_secret(daemon):
    daemon.entra.vault.set("contoso-orders", "orders-daemon", "")
    with pytest.raises(SignInError, match="empty"):
        daemon.sign_in().token(SCOPES)


def test_refuses_while_the_vault_holds_a_revoked_secret_and_asks_once(daemon):
    daemon.app.add_secret()
    daemon.app.secrets = daemon.app.secrets[-1:]
    with pytest.raises(SignInError, match="invalid_client"):
        daemon.sign_in().token(SCOPES)
    assert daemon.asked() == 1


def test_refuses_to_show_the_secret(daemon, caplog):
    old = daemon.rotate()
    daemon.app.secrets = []
    with caplog.at_level(logging.DEBUG), pytest.raises(SignInError) as raised:
        daemon.sign_in().token(SCOPES)
    assert old not in str(raised.value) + repr(raised.value.__context__) + caplog.text


def test_follows_a_rotation_without_a_restart(daemon):
    daemon.entra.lifetime = 100  # MSAL hands out no token that ends in less than five minutes
    sign_in = daemon.sign_in()
    first = sign_in.token(SCOPES)
    daemon.rotate()
    assert sign_in.token(SCOPES) != first
    assert daemon.reads() == 2


def test_reads_the_vault_again_after_the_age_even_if_the_secret_works(daemon):
    sign_in = daemon.sign_in(max_age=-1)
    sign_in.token(SCOPES)
    sign_in.token(SCOPES)
    assert daemon.reads() == 2


def test_goes_on_with_a_secret_that_works_while_the_vault_is_away(daemon):
    sign_in = daemon.sign_in(max_age=-1)
    sign_in.token(SCOPES)
    daemon.entra.vault.readers["contoso-orders"] = {STRANGER}
    assert sign_in.token(SCOPES)


def test_reads_the_vault_once_for_many_tokens(daemon):
    sign_in = daemon.sign_in()
    assert len({sign_in.token(SCOPES) for _ in range(5)}) == 1
    assert (daemon.reads(), daemon.asked()) == (1, 1)
