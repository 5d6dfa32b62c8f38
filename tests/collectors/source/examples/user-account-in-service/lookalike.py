def login():
    result = app.acquire_token_by_username_password(username, password, scopes=SCOPES)
