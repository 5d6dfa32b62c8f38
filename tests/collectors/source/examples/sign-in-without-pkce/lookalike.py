url = build_url(path="/authorize-order", state=order.state)
