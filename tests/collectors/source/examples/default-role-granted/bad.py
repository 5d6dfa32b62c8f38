roles = claims.get("roles", "Reader")
