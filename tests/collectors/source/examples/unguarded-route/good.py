@app.route("/orders/export")
@auth.login_required(scopes=["Orders.Read"])
def export():
    return jsonify(orders.everything())
