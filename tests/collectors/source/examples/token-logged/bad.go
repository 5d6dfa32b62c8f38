package orders

func handle(r *http.Request) {
	log.Printf("request with %s", r.Header["Authorization"])
}
