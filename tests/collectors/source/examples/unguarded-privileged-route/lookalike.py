@app.route("/administrative-regions")
def regions():
    return orders.regions()
