@app.get("/admin/roles")
@require_role("Orders.Admin")
def listed():
    return jsonify(roles.everything())


@app.post("/orders")
def order():
    return jsonify(orders.add(request.json)), 201
