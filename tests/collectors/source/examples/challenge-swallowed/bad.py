@app.get("/orders")
def orders():
    result = client.acquire_token_on_behalf_of(bearer_token(request), ["https://stock.contoso.com/Stock.Read"])
    if "access_token" not in result:
        return {"message": "stock is not available"}, 500
    return stock(result["access_token"])
