package orders

func save(orders []Order) error {
	data, err := json.Marshal(orders)
	if err != nil {
		return err
	}
	return os.WriteFile("orders.json", data, 0o600)
}
