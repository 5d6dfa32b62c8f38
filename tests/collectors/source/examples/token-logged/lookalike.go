package orders

func handle(err error, token Token) {
	log.Printf("token validation failed for %s: %v", token.Subject, err)
}
