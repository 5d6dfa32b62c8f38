"""Snippets run verbatim here: production host names lead to loopback, every other address is refused."""

import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
import trustme

from tests.snippets.apis import OrdersApi
from tests.snippets.bad_tokens import Keys
from tests.snippets.github_programs import code_host as code_host
from tests.snippets.graph_programs import contoso as contoso
from tests.snippets.graph_programs import local_entra as local_entra
from tests.snippets.issuer import KeyEndpoint, SigningKey, ca_file, key_endpoint, keys
from ztcheck.authority import Entra, fence
from ztcheck.authority.loopback import loopback

HOSTS = (
    "login.microsoftonline.com",
    "login.microsoftonline.us",
    "login.partner.microsoftonline.cn",
    "*.ciamlogin.com",
)


@pytest.fixture(scope="session")
def signing_key() -> SigningKey:
    """The key that Entra signs with today."""
    return SigningKey.generate("today")


@pytest.fixture(scope="session")
def next_key() -> SigningKey:
    """The key that Entra signs with after the next rotation."""
    return SigningKey.generate("tomorrow")


@pytest.fixture(scope="session")
def attacker_key() -> SigningKey:
    """A key of the attacker's, under the id of the real one."""
    return SigningKey.generate("today")


@pytest.fixture(scope="session")
def certificate_authority() -> trustme.CA:
    return trustme.CA()


@pytest.fixture(scope="session")
def _running_endpoint(certificate_authority: trustme.CA) -> Iterator[KeyEndpoint]:
    with key_endpoint(certificate_authority, *HOSTS) as endpoint:
        yield endpoint


@pytest.fixture(scope="session")
def _trusted(certificate_authority: trustme.CA, tmp_path_factory: pytest.TempPathFactory) -> str:
    return str(ca_file(certificate_authority, tmp_path_factory.mktemp("ca")))


@pytest.fixture(autouse=True)
def endpoint(
    _running_endpoint: KeyEndpoint, _trusted: str, signing_key: SigningKey, monkeypatch: pytest.MonkeyPatch
) -> Iterator[KeyEndpoint]:
    """The key endpoint of every cloud, serving the signing key; every address outside loopback is refused."""
    _running_endpoint.answer = keys(signing_key.jwk())
    _running_endpoint.paths.clear()
    monkeypatch.setenv("SSL_CERT_FILE", _trusted)
    remove_fence = fence.install(dict.fromkeys(HOSTS, _running_endpoint.port))
    yield _running_endpoint
    remove_fence()


@pytest.fixture
def entra(endpoint: KeyEndpoint) -> Iterator[Entra]:  # noqa: ARG001 - its fence is the outer one
    """A new local Entra ID behind the real host names, Graph and managed identity included."""
    with Entra(cloud="public") as running, loopback(running):
        yield running


@pytest.fixture
def orders_api(entra: Entra, certificate_authority: trustme.CA, tmp_path: Path) -> Iterator[OrdersApi]:
    """The API that Contoso's clients call, and a stranger's host beside it."""
    bundle = tmp_path / "trusted.pem"
    bundle.write_bytes(entra.ca_file.read_bytes() + certificate_authority.cert_pem.bytes())
    with key_endpoint(certificate_authority, *OrdersApi.HOSTS) as running, pytest.MonkeyPatch.context() as patch:
        for name in ("SSL_CERT_FILE", "REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE"):
            patch.setenv(name, str(bundle))  # undone before the local Entra ID ends, which undoes its own
        remove_fence = fence.install(entra.loopback_map() | dict.fromkeys(OrdersApi.HOSTS, running.port))
        yield OrdersApi(running)
        remove_fence()


@pytest.fixture(scope="session")
def by(signing_key: SigningKey, attacker_key: SigningKey) -> Keys:
    """Who can sign."""
    return Keys(signing_key, attacker_key)


@pytest.fixture
def wait_until() -> Callable[[Callable[[], bool]], bool]:
    """Polls a condition for at most ten seconds; says whether it came true."""

    def wait(condition: Callable[[], bool]) -> bool:
        deadline = time.monotonic() + 10
        while time.monotonic() < deadline:
            if condition():
                return True
            time.sleep(0.01)
        return False

    return wait
