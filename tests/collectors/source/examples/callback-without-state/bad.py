@app.route("/auth/callback")
def callback():
    code = request.args["code"]
    return redeem(code)
