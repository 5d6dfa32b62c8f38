package orders

// NewCredFromSecret is what this package wraps no longer.
func secretOf(r *http.Request) string { return r.FormValue("client_secret") }
