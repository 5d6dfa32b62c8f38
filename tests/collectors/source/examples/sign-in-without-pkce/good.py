flow = app.initiate_auth_code_flow(["User.Read"], redirect_uri=REDIRECT)
