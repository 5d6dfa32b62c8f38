@app.get("/messages")
@auth.login_required
def messages(*, context):
    mailbox = request.args["mailbox"]
    result = client.acquire_token_for_client(["https://graph.microsoft.com/.default"])
    return graph_get(f"/users/{mailbox}/messages", result["access_token"])
