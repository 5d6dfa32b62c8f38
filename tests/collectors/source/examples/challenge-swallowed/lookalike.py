@app.get("/orders")
def orders():
    result = client.acquire_token_on_behalf_of(bearer_token(request), ["https://stock.contoso.com/Stock.Read"])
    if "access_token" not in result:
        raise ExchangeRefused(result)
    answer = stock(result["access_token"])
    return (answer, 200) if answer else ({"message": "stock is not available"}, 503)
