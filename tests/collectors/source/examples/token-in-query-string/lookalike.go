package orders

func invitation(code string) string {
	return fmt.Sprintf("https://orders.contoso.com/invite?token=%s", code)
}
