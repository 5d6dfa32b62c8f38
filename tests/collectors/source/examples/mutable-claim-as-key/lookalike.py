display_name = claims["preferred_username"]
flow = app.initiate_auth_code_flow(scopes, login_hint=claims.get("preferred_username"))
