flow = app.initiate_auth_code_flow(scopes=["User.Read"])
