if "_claim_names" in claims:
    groups = graph.post(f"/users/{claims['oid']}/getMemberObjects")
