package orders

func handle(r *http.Request) {
	log.Printf("request with a token: %t", r.Header.Get("Authorization") != "")
}
