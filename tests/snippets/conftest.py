"""Snippets run verbatim here: production host names lead to loopback, every other address is refused."""

import importlib.metadata
import json
import platform
import re
import time
from collections import Counter
from collections.abc import Callable, Generator, Iterator
from datetime import UTC, datetime
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
from ztcheck.site.snippets import RECORD, dependencies, digest

ROOT = Path(__file__).parents[2]
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


@pytest.fixture(autouse=True)
def endpoint(
    _running_endpoint: KeyEndpoint,
    signing_key: SigningKey,
    certificate_authority: trustme.CA,
    monkeypatch: pytest.MonkeyPatch,
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[KeyEndpoint]:
    """The key endpoint of every cloud, serving the signing key; every address outside loopback is refused."""
    _running_endpoint.answer = keys(signing_key.jwk())
    _running_endpoint.paths.clear()
    monkeypatch.setenv("SSL_CERT_FILE", str(ca_file(certificate_authority, tmp_path_factory.mktemp("ca"))))
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


OUTCOMES: dict[str, Counter[str]] = {}


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Count what each snippet's own test proves: cases passed, and those whose test says that it refuses."""
    report = yield
    name = item.path.stem.removeprefix("test_")
    if report.when == "call" or report.failed:
        counts = OUTCOMES.setdefault(name, Counter())
        counts[report.outcome] += 1
        counts["refused"] += report.passed and "refuse" in item.name.partition("[")[0]
    return report


def pytest_sessionfinish(session: pytest.Session) -> None:
    """Record the counts of a whole run for the site, which shows them only beside the very text that was run."""
    options = session.config.option
    if options.keyword or options.markexpr or options.maxfail or any("::" in arg for arg in session.config.args):
        return
    path = ROOT / RECORD
    record = json.loads(path.read_text(encoding="utf-8")) if path.is_file() else {}
    for name, counts in OUTCOMES.items():
        snippet = ROOT / "snippets" / f"{name}.py"
        if not snippet.is_file():
            continue
        libraries = [re.split(r"[\[<>=!~; ]", text)[0] for text in dependencies(snippet.read_text(encoding="utf-8"))]
        record[name] = {
            "passed": counts["passed"],
            "failed": counts["failed"],
            "refused": counts["refused"],
            "snippet": digest(snippet),
            "test": digest(ROOT / "tests" / "snippets" / f"test_{name}.py"),
            "versions": {library: importlib.metadata.version(library) for library in libraries},
            "python": platform.python_version(),
            "on": datetime.now(UTC).date().isoformat(),
        }
    path.parent.mkdir(exist_ok=True)
    path.write_text(json.dumps(record, indent=2, sort_keys=True) + "\n", encoding="utf-8")
