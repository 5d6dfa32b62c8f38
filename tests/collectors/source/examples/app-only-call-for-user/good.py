@app.get("/messages")
@auth.login_required
def messages(*, context):
    account = client.get_accounts(username=context["user"]["preferred_username"])[0]
    result = client.acquire_token_silent(["Mail.ReadBasic"], account=account)
    return graph_get("/me/messages", result["access_token"])
