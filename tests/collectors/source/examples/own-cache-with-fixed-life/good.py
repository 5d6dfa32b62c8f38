def stock_token():
    return checked(client.acquire_token_for_client(["https://stock.contoso.com/.default"]))
