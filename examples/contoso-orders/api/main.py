"""The orders API: every request needs a token of an onboarded tenant, every route a scope or an app role."""

import logging
from typing import Annotated, Any, NoReturn

from fastapi import Depends, FastAPI, HTTPException, Request
from store import Store

from app_only_token import permits
from require_scope import require_scope
from require_token import RequireToken
from signing_keys import SigningKeys
from verify_access_token import AccessTokenValidator

security_log = logging.getLogger("orders.security")
Reader = Annotated[dict[str, Any], Depends(require_scope("Orders.Read", "Orders.ReadWrite"))]
Writer = Annotated[dict[str, Any], Depends(require_scope("Orders.ReadWrite"))]


def create_app(client_id: str, store: Store, authority: str = "https://login.microsoftonline.com") -> FastAPI:
    """The app for the API registration *client_id*, over the orders in *store*."""
    keys = SigningKeys(f"{authority}/common/discovery/v2.0/keys")
    validator = AccessTokenValidator(client_id, store.tenants, keys, issuer=f"{authority}/{{tenantid}}/v2.0")
    app = FastAPI(title="Contoso Orders")
    app.add_middleware(RequireToken, validator=validator, public={("GET", "/healthz")})

    @app.get("/healthz")
    def health() -> dict[str, str]:
        return {"status": "ok"}

    @app.get("/orders/{number}")
    def read_order(number: int, claims: Reader) -> dict[str, object]:
        order = store.of_tenant(claims["tid"]).order(number, visible_to=claims["oid"])
        return order or deny("read", number, claims)

    @app.put("/orders/{number}/address")
    def change_address(number: int, address: str, claims: Writer) -> dict[str, object]:
        order = store.of_tenant(claims["tid"]).change_address(number, address, by=claims["oid"])
        return order or deny("change", number, claims)

    @app.post("/shipments")
    def book_shipments(request: Request) -> dict[str, int]:
        claims = request.state.claims
        if not permits(claims, app_roles={"Orders.Process.All"}):
            deny("process", None, claims, status=403)
        return {"booked": store.of_tenant(claims["tid"]).book_shipments()}

    return app


def deny(action: str, number: int | None, claims: dict[str, Any], status: int = 404) -> NoReturn:
    """Record the denial with who, where and through which app, and answer it."""
    who = {name: claims.get(name) for name in ("tid", "oid", "azp", "uti")}
    security_log.warning("denied", extra={"action": action, "order": number, **who})
    raise HTTPException(status)
