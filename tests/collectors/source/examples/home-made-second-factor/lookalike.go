package orders

func total(order *Order) Money {
	return totals.Validate(order)
}
