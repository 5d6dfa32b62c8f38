package orders

func user(r *http.Request) string {
	return r.Header.Get("X-User-Id")
}
