# /// script
# requires-python = ">=3.11"
# dependencies = ["fastapi>=0.115", "httpx2>=2.16", "pyjwt[crypto]>=2.15"]
# ///
"""Puts the pieces together: an orders API on FastAPI that answers each request only after all checks."""

from collections.abc import Container
from typing import Annotated, Any

from fastapi import Depends, FastAPI, HTTPException, Request

from app_only_token import permits
from object_access import Orders, order_for
from rate_limit import RateLimit
from require_scope import require_scope
from require_token import RequireToken
from signing_keys import SigningKeys
from verify_access_token import AccessTokenValidator

CAN_READ = Depends(require_scope("Orders.Read", "Orders.ReadWrite"))


def create_app(client_id: str, tenants: Container[str], orders: Orders) -> FastAPI:
    """The app; *client_id* is the API's own, *tenants* are the tenant IDs of your customers, *orders* is your store."""
    keys = SigningKeys("https://login.microsoftonline.com/common/discovery/v2.0/keys")
    limit = RateLimit(per_second=5, burst=20)

    def within_rate(request: Request) -> None:
        claims = getattr(request.state, "claims", None)  # a public route has none
        if claims and (seconds := limit.retry_after(claims)):
            raise HTTPException(429, headers={"Retry-After": str(seconds)})

    app = FastAPI(title="Contoso Orders", dependencies=[Depends(within_rate)])
    app.add_middleware(
        RequireToken, validator=AccessTokenValidator(client_id, tenants, keys), public={("GET", "/health")}
    )

    @app.get("/health")
    def health() -> dict[str, str]:
        return {"status": "ok"}

    @app.get("/orders/{order_id}")
    def read_order(order_id: str, claims: Annotated[dict[str, Any], CAN_READ]) -> dict[str, str]:
        try:
            order = order_for(claims, "read", order_id, orders)
        except LookupError:
            raise HTTPException(404) from None
        return {"id": order.id}

    @app.post("/orders/process")
    def process_orders(request: Request) -> dict[str, str]:
        if not permits(request.state.claims, app_roles={"Orders.Process.All"}):
            raise HTTPException(403)
        return {"processed": request.state.claims["tid"]}

    return app
