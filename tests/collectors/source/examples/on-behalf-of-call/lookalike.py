def on_behalf_of(customer, order):
    return order.place_for(customer)
