groups = claims["groups"] if "_claim_names" not in claims else graph_groups(claims["oid"])
