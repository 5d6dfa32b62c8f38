webView.Navigate("https://orders.contoso.com/help");
