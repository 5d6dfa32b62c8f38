def headers(account):
    result = client.acquire_token_silent(["https://stock.contoso.com/Stock.Read"], account=account)
    if result is None:
        raise SignInRequired
    return {"Authorization": "Bearer " + result["access_token"]}
