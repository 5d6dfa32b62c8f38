package orders

func prepare(r *http.Request, id string) {
	r.Header.Set("X-User-Id", id)
}
