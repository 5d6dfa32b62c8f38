class Help {
    void start(WebView view) {
        view.getEngine().load("https://orders.contoso.com/help");
    }
}
