result = app.acquire_token_on_behalf_of(assertion, scopes=["User.Read"])
