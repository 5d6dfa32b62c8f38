package orders

func subject(r *http.Request, keys jwt.Keyfunc) (string, error) {
	raw := strings.TrimPrefix(r.Header.Get("Authorization"), "Bearer ")
	token, err := jwt.Parse(raw, keys, jwt.WithValidMethods([]string{"RS256"}), jwt.WithAudience("https://orders.contoso.com"))
	if err != nil {
		return "", err
	}
	return token.Claims.GetSubject()
}
