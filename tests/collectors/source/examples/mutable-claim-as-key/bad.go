package orders

func mine(claims map[string]any) ([]Order, error) {
	return store.FindOrders(claims["email"])
}
