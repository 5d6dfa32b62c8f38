tenant_id = request.args["tenant_id"]
orders = Order.query.filter_by(tenant_id=tenant_id).all()
