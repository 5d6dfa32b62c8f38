result = app.acquire_token_for_client(scopes=["https://graph.microsoft.com/.default"])
