code = generate_order_code(order)
