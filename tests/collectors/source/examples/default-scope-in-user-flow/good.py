result = app.acquire_token_interactive(scopes=["Mail.Read"])
