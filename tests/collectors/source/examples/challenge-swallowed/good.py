@app.get("/orders")
def orders():
    result = client.acquire_token_on_behalf_of(bearer_token(request), ["https://stock.contoso.com/Stock.Read"])
    if result.get("error") in ("interaction_required", "invalid_grant"):
        return challenge(result.get("claims")), 401
    return stock(result["access_token"])
