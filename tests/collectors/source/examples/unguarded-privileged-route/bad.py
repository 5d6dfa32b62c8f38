@app.route("/admin/refund", methods=["POST"])
def refund():
    return orders.refund(request.json["order"])
