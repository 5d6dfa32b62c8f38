package orders

func require(w http.ResponseWriter) {
	w.Header().Set("WWW-Authenticate", challengeFor("c1"))
}
