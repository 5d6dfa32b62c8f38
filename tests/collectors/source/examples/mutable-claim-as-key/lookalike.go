package orders

func greeting(claims map[string]any) string {
	return fmt.Sprintf("Hello %v", claims["email"])
}
