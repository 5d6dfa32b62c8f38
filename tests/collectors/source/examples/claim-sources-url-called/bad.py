source = claims["_claim_sources"]["src1"]
url = claims["_claim_sources"]["src1"]["endpoint"]
