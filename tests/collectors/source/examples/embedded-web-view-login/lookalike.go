package orders

func help(view webview.WebView) {
	view.Navigate("https://orders.contoso.com/help")
}
