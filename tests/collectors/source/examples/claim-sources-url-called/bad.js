const url = claims["_claim_sources"].src1["endpoint"];
