package orders

func export(token string) string {
	return fmt.Sprintf("https://orders.contoso.com/export?access_token=%s", token)
}
