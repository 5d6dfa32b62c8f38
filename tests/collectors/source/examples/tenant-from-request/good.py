tenant_id = g.claims["tid"]
orders = Order.query.filter_by(tenant_id=tenant_id).all()
