package orders

func place(customer string) Order { return orders.PlaceOnBehalfOf(customer) }
