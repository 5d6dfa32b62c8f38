@app.route("/auth/callback")
def callback():
    result = client.acquire_token_by_auth_code_flow(session.pop("flow"), request.args)
    return signed_in(result)
