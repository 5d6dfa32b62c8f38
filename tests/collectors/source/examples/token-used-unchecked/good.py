def headers():
    result = client.acquire_token_for_client(["https://stock.contoso.com/.default"])
    if "access_token" not in result:
        raise TokenRefused(result["error"])
    return {"Authorization": "Bearer " + result["access_token"]}
