result = app.acquire_token_interactive(scopes=["User.Read"])
