flow = app.initiate_auth_code_flow(scopes, prompt="select_account")
