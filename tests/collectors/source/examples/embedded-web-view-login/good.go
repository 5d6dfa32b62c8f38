package orders

func signIn(ctx context.Context) error {
	return browser.OpenURL("https://login.microsoftonline.com/common/oauth2/v2.0/authorize?client_id=" + id)
}
