@app.route("/orders/callback")
def callback():
    return orders.delivered(request.args["order"])
