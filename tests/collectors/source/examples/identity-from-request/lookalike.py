response.headers["X-User-Id"] = g.claims["oid"]
