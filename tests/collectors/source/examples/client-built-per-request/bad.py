@app.get("/stock")
def stock():
    client = msal.ConfidentialClientApplication(CLIENT_ID, authority=AUTHORITY, client_credential=credential())
    result = client.acquire_token_for_client(["https://stock.contoso.com/.default"])
    return read_stock(result)
