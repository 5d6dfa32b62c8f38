@app.get("/login")
def login():
    session["flow"] = client.initiate_auth_code_flow(["User.Read"], redirect_uri=REDIRECT)
    return redirect(session["flow"]["auth_uri"])
