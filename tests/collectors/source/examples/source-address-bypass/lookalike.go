package orders

func zone(r *http.Request) string {
	if strings.HasPrefix(r.RemoteAddr, "10.") {
		return "internal"
	}
	return "external"
}
