"""A local Entra ID under production names, with the loopback map in place, and a tenant that is new for every test."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlencode

import pytest

from ztcheck.authority import Entra, Registration, Tenant, User
from ztcheck.authority.loopback import loopback
from ztcheck.authority.wire import Request, Response

collect_ignore = ["examples"]  # a project of its own; test_examples.py runs it
WEB = "https://localhost:5000/auth"
numbers = itertools.count(1)


@pytest.fixture(scope="module")
def entra() -> Iterator[Entra]:
    with Entra(cloud="public") as running, loopback(running):
        yield running


@dataclass
class Contoso:
    """A tenant with the orders API, its web app and its user."""

    entra: Entra
    tenant: Tenant
    api: Registration
    web: Registration
    ana: User
    secret: str
    answers: list[Response] = field(default_factory=list)

    @property
    def scope(self) -> str:
        return f"{self.api.identifier_uris[0]}/Orders.Read"

    @property
    def default(self) -> str:
        return f"{self.api.identifier_uris[0]}/.default"

    @property
    def authority(self) -> str:
        return self.entra.authority(self.tenant)

    def post(self, path: str, headers: dict[str, str] | None = None, word: str | None = None, **form: str) -> Response:
        """Post a form to the login host, without a socket between."""
        body = urlencode(form).encode()
        request = Request(
            "POST",
            "https",
            "login.microsoftonline.com",
            f"/{word or self.tenant.id}/{path}",
            "",
            headers or {},
            body,
        )
        return self.entra.handle(request)

    def token(self, headers: dict[str, str] | None = None, word: str | None = None, **form: str) -> Response:
        return self.post("oauth2/v2.0/token", headers, word, **form)

    def authorize_url(self, word: str | None = None, **params: str) -> str:
        whole: dict[str, Any] = {
            "client_id": self.web.app_id,
            "response_type": "code",
            "redirect_uri": WEB,
            "scope": f"openid profile offline_access {self.scope}",
            "state": "s",
            "nonce": "n",
        } | params
        query = urlencode({name: value for name, value in whole.items() if value})
        return f"{self.entra.base}/{word or self.tenant.id}/oauth2/v2.0/authorize?{query}"

    def code(self, user: User | None = None, **params: str) -> str:
        return self.entra.sign_in(self.authorize_url(**params), user or self.ana)["code"]

    def redeem(self, code: str, **form: str) -> Response:
        whole: dict[str, Any] = {
            "grant_type": "authorization_code",
            "client_id": self.web.app_id,
            "client_secret": self.secret,
            "redirect_uri": WEB,
            "code": code,
        } | form
        return self.token(**{name: value for name, value in whole.items() if value})

    def refresh(self, token: str, **form: str) -> Response:
        whole: dict[str, Any] = {
            "grant_type": "refresh_token",
            "client_id": self.web.app_id,
            "client_secret": self.secret,
            "refresh_token": token,
        } | form
        return self.token(**{name: value for name, value in whole.items() if value})


@pytest.fixture
def contoso(entra: Entra) -> Iterator[Contoso]:
    tenant = entra.tenant(f"contoso{next(numbers)}")
    api = tenant.register(
        "orders-api",
        identifier_uri=f"https://orders.{tenant.name}.com",
        scopes=["Orders.Read", "Orders.ReadWrite"],
        app_roles=["Orders.Process.All"],
    )
    web = tenant.register("orders-web", redirect_uris=[WEB])
    secret = web.add_secret(days=365)
    yield Contoso(entra, tenant, api, web, tenant.user("ana"), secret)
    entra.faults.clear()
    entra.log.clear()
    entra.skew = 0.0


def claims_of(response: Response, name: str = "access_token") -> dict[str, Any]:
    from ztcheck.authority.keys import peek

    assert response.status == 200, response.body
    return peek(response.json()[name])[1]
