class SignIn {
    void start() {
        Desktop.getDesktop().browse(URI.create("https://login.microsoftonline.com/common/oauth2/v2.0/authorize?client_id=" + id));
    }
}
