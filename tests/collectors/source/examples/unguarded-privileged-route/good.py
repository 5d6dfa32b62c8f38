@app.route("/admin/refund", methods=["POST"])
@requires_role("Orders.Admin")
def refund():
    return orders.refund(request.json["order"])
