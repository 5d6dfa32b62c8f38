@app.route("/orders/export")
def export():
    return jsonify(orders.everything())
