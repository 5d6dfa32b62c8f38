webview.create_window("Help", "https://orders.contoso.com/help")
