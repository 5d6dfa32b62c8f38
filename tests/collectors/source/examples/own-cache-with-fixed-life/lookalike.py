def stock_token():
    result = checked(client.acquire_token_for_client(["https://stock.contoso.com/.default"]))
    cache.set("stock-levels", stock(result), timeout=3600)
    cache.set("stock-token-use", count(), timeout=result["expires_in"])
    return result
