@app.get("/login")
def login():
    session["flow"] = client.initiate_auth_code_flow(["User.Read", "Mail.Read", "Files.Read"], redirect_uri=REDIRECT)
    return redirect(session["flow"]["auth_uri"])


def graph_for_administrators(account):
    return client.acquire_token_silent(["Directory.ReadWrite.All"], account=account)
