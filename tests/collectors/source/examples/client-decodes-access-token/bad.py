import jwt

result = app.acquire_token_silent(scopes, account=account)
roles = jwt.decode(result["access_token"], options={"verify_signature": False})["roles"]
