package orders

func login(w http.ResponseWriter, r *http.Request) {
	http.Redirect(w, r, config.AuthCodeURL(state, oauth2.S256ChallengeOption(verifier)), http.StatusFound)
}
