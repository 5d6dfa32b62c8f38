package orders

import "golang.org/x/oauth2/github"

func signIn(w http.ResponseWriter, r *http.Request) {
	http.Redirect(w, r, conf.AuthCodeURL(state), http.StatusFound)
}
