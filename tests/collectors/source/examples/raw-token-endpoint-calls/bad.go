package orders

func exchange(tenant string, form url.Values) (*http.Response, error) {
	return http.PostForm(fmt.Sprintf("https://login.microsoftonline.com/%s/oauth2/v2.0/token", tenant), form)
}
