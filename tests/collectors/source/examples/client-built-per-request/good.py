client = msal.ConfidentialClientApplication(CLIENT_ID, authority=AUTHORITY, client_credential=credential())


@app.get("/stock")
def stock():
    result = client.acquire_token_for_client(["https://stock.contoso.com/.default"])
    return read_stock(result)
