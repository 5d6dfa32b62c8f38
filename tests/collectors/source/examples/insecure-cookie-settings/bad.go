package orders

func add(w http.ResponseWriter, session string) {
	http.SetCookie(w, &http.Cookie{Name: "session", Value: session, Secure: false, HttpOnly: true})
}
