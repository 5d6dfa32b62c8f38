amr = claims.get("amr", [])
