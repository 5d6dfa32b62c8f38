class SignIn {
    void start(WebView view) {
        view.getEngine().load("https://login.microsoftonline.com/common/oauth2/v2.0/authorize?client_id=" + id);
    }
}
