tenant_id = request.args["tenant_id"]
if tenant_id != g.claims["tid"]:
    abort(403)
orders = Order.query.filter_by(tenant_id=tenant_id).all()
