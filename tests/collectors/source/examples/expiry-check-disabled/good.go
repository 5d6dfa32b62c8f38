package orders

func claims(raw string, keys jwt.Keyfunc) (*jwt.Token, error) {
	return jwt.Parse(raw, keys, jwt.WithValidMethods([]string{"RS256"}), jwt.WithLeeway(30*time.Second))
}
