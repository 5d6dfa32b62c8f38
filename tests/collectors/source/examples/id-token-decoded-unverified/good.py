def callback(request):
    result = app.acquire_token_by_auth_code_flow(session["flow"], request.form)
    session["user"] = result["id_token_claims"]
