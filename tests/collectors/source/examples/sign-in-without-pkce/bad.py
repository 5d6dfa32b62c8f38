url = app.get_authorization_request_url(["User.Read"], state=state, redirect_uri=REDIRECT)
