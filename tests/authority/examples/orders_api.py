"""The orders API: where its tokens come from is a setting, so that tests can name a local Entra ID."""

from fastapi import FastAPI, HTTPException, Request

from require_token import RequireToken
from signing_keys import SigningKeys
from verify_access_token import AccessTokenValidator


def create_app(*, tenant: str, audience: str, authority_host: str = "https://login.microsoftonline.com") -> FastAPI:
    """The app for the API registration *audience*, for callers of one *tenant*."""
    keys = SigningKeys(f"{authority_host}/common/discovery/v2.0/keys")
    validator = AccessTokenValidator(audience, {tenant}, keys, issuer=f"{authority_host}/{{tenantid}}/v2.0")
    app = FastAPI()
    app.add_middleware(RequireToken, validator=validator)

    @app.get("/orders")
    def orders(request: Request) -> list[str]:
        if "Orders.Read" not in request.state.claims.get("scp", "").split():
            raise HTTPException(403)
        return ["17"]

    return app
