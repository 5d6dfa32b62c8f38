if "Orders.Admin" in claims.get("roles", []):
    allow()
