roles = claims.get("roles", [])
