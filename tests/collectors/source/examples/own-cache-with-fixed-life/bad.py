def stock_token():
    token = cache.get("stock-token")
    if token is None:
        token = client.acquire_token_for_client(["https://stock.contoso.com/.default"])["access_token"]
        cache.set("stock-token", token, timeout=3600)
    return token
