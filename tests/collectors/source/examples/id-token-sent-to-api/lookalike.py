session["id_token_claims"] = result["id_token_claims"]
