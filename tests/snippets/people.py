"""A native app and its users, signed in the way MSAL does it."""

from dataclasses import dataclass, field
from typing import Any

import msal

from ztcheck.authority import Entra, Registration, Tenant, User

API = "https://orders.contoso.com"
READ = f"{API}/Orders.Read"
WRITE = f"{API}/Orders.ReadWrite"
REDIRECT_URI = "http://localhost"


@dataclass
class People:
    """Contoso with the orders API and a client app that has no credential."""

    entra: Entra
    contoso: Tenant
    api: Registration
    client: Registration
    users: dict[str, User] = field(default_factory=dict)

    def app(self, **more: Any) -> msal.PublicClientApplication:
        return msal.PublicClientApplication(
            self.client.app_id, authority=f"https://login.microsoftonline.com/{self.contoso.id}", **more
        )

    def sign_in(self, app: msal.ClientApplication, name: str = "ana", scopes: tuple[str, ...] = (READ,)) -> str:
        """Sign the user in; the home_account_id."""
        user = self.contoso.user(name)
        flow = app.initiate_auth_code_flow(list(scopes), redirect_uri=REDIRECT_URI, response_mode="form_post")
        answer = self.entra.sign_in(flow["auth_uri"], user)
        result = app.acquire_token_by_auth_code_flow(flow, answer)
        assert "access_token" in result, result
        return f"{user.id}.{self.contoso.id}"

    def requests(self) -> int:
        """How many token requests there were."""
        return len(self.entra.log.find("*/token"))


def people(entra: Entra) -> People:
    contoso = entra.tenant("contoso")
    api = contoso.register("orders-api", identifier_uri=API, scopes=["Orders.Read", "Orders.ReadWrite"])
    return People(entra, contoso, api, contoso.register("orders-tool", public_redirect_uris=[REDIRECT_URI]))
