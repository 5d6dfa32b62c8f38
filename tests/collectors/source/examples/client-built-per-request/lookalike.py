@app.get("/stock")
def stock():
    cache = load_cache(session)
    client = msal.ConfidentialClientApplication(
        CLIENT_ID, authority=AUTHORITY, client_credential=credential(), token_cache=cache
    )
    result = client.acquire_token_silent(["https://stock.contoso.com/Stock.Read"], account=client.get_accounts()[0])
    return read_stock(result)
