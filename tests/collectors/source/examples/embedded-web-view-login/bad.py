webview.create_window("Sign in", "https://login.microsoftonline.com/common/oauth2/v2.0/authorize?client_id=1")
