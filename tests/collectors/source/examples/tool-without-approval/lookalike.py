order = {"require_approval": order.total > 1000}
