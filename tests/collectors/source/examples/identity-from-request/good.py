user_id = g.claims["oid"]
