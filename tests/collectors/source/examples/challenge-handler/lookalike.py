MEANINGS = {"insufficient_claims": "the claims do not suffice"}
