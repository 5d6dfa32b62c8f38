package orders

func google(form url.Values) (*http.Response, error) {
	return http.PostForm("https://accounts.google.com/o/oauth2/token", form)
}
