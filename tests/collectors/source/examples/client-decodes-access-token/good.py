result = app.acquire_token_silent(scopes, account=account)
roles = result["id_token_claims"]["roles"]
