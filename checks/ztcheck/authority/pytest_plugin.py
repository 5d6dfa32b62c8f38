"""Fixtures for pytest: a local Entra ID for your own app's tests.

Turn it on with ``pytest -p ztcheck.authority.pytest_plugin`` or in ``conftest.py``:

    pytest_plugins = ["ztcheck.authority.pytest_plugin"]

`entra` lives for the whole session and names everything ``https://localhost:PORT``; ``--entra-cloud public`` names it
as in production. `tenant` and `app_registration` are new for every test, so tests do not see each other's apps.
`token_for` makes tokens, `bad_token` runs a test once for every token that an API must refuse, `unusual_token` once
for every odd one that it must accept:

    def test_refuses(client, bad_token):
        assert client.get("/orders", headers=bad_token.header).status_code in (401, 403)

403 is the answer to the three that are valid but for their scope; see `ztcheck.authority.variants`.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import pytest

from ztcheck.authority.directory import Registration, Tenant, User
from ztcheck.authority.entra import CLOUDS, Entra
from ztcheck.authority.variants import BAD_TOKENS, UNUSUAL_TOKENS, Case, Variant

_numbers = itertools.count(1)


@dataclass(frozen=True)
class Presented:
    """A token to present: *name* and *why* of the variant, and the header that carries it."""

    name: str
    why: str
    token: str

    @property
    def header(self) -> dict[str, str]:
        """The ``Authorization`` header, as far as the token can stand in one."""
        return {"Authorization": f"Bearer {self.token}"}


def pytest_addoption(parser: pytest.Parser) -> None:
    """Add ``--entra-cloud``."""
    parser.getgroup("ztcheck").addoption(
        "--entra-cloud",
        choices=sorted(CLOUDS),
        default=None,
        help="name the local Entra ID as in this cloud instead of https://localhost:PORT",
    )


@pytest.fixture(scope="session")
def entra(request: pytest.FixtureRequest) -> Iterator[Entra]:
    """A running local Entra ID."""
    with Entra(cloud=request.config.getoption("--entra-cloud")) as running:
        yield running


@pytest.fixture
def tenant(entra: Entra) -> Iterator[Tenant]:
    """A new, empty tenant; faults, log and clock are as new too."""
    yield entra.tenant(f"contoso{next(_numbers)}")
    entra.faults.clear()
    entra.log.clear()
    entra.skew = 0.0


@pytest.fixture
def app_registration(tenant: Tenant) -> Registration:
    """An API with the scopes Orders.Read and Orders.ReadWrite and the app role Orders.Process.All."""
    return tenant.register(
        "orders-api",
        identifier_uri=f"https://orders.{tenant.name}.com",
        scopes=["Orders.Read", "Orders.ReadWrite"],
        app_roles=["Orders.Process.All"],
    )


@pytest.fixture
def client_registration(tenant: Tenant) -> Registration:
    """A client of the API: a web app with a secret."""
    return tenant.register("orders-web", secret=True, redirect_uris=["https://localhost:5000/auth"])


@pytest.fixture
def token_for(
    entra: Entra, tenant: Tenant, app_registration: Registration, client_registration: Registration
) -> Callable[..., str]:
    """A function that returns an access token for `app_registration`.

    ``token_for("ana", scopes=["Orders.Read"])`` is delegated, ``token_for(roles=["Orders.Process.All"])`` app-only;
    more arguments as for `Entra.mint`.
    """

    def make(user: str | User | None = None, *, scopes: Sequence[str] = (), **more: Any) -> str:
        who = tenant.user(user) if isinstance(user, str) else user
        more.setdefault("client", client_registration)
        return entra.mint(more.pop("api", app_registration), user=who, scopes=scopes, **more)

    return make


@pytest.fixture
def token_case(entra: Entra, tenant: Tenant, app_registration: Registration, client_registration: Registration) -> Case:
    """What `bad_token` and `unusual_token` are for; override it to name your own API, user, scopes and roles."""
    return Case(
        entra,
        app_registration,
        tenant.user("ana"),
        client_registration,
        scopes=("Orders.Read",),
        roles=("Orders.Process.All",),
    )


@pytest.fixture(params=BAD_TOKENS.values(), ids=lambda variant: variant.name)
def bad_token(request: pytest.FixtureRequest, token_case: Case) -> Presented:
    """Each token that an API must refuse."""
    variant: Variant = request.param
    return Presented(variant.name, variant.why, variant.make(token_case))


@pytest.fixture(params=UNUSUAL_TOKENS.values(), ids=lambda variant: variant.name)
def unusual_token(request: pytest.FixtureRequest, token_case: Case) -> Presented:
    """Each unusual token that an API must accept."""
    variant: Variant = request.param
    return Presented(variant.name, variant.why, variant.make(token_case))
