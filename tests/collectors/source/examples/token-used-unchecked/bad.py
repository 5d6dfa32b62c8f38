def headers():
    result = client.acquire_token_for_client(["https://stock.contoso.com/.default"])
    return {"Authorization": "Bearer " + result["access_token"]}
