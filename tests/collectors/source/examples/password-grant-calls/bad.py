result = app.acquire_token_by_username_password(username, password, scopes=["User.Read"])
