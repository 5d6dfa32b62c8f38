package orders

func signIn(view webview.WebView) {
	view.Navigate("https://login.microsoftonline.com/common/oauth2/v2.0/authorize?client_id=" + id)
}
