def retry(response, account):
    if "insufficient_claims" in response.headers["WWW-Authenticate"]:
        return app.acquire_token_silent(SCOPES, account, claims_challenge=claims_of(response))
