def token():
    result = client.acquire_token_interactive(["https://orders.contoso.com/Orders.Read"])
    return checked(result)
