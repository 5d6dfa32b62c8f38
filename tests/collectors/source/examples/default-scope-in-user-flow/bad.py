result = app.acquire_token_interactive(scopes=["https://graph.microsoft.com/.default"])
