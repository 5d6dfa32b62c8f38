class Login {
    IAuthenticationResult login(PublicClientApplication app) {
        return app.acquireToken(UserNamePasswordParameters.builder(scopes, username, password).build()).join();
    }
}
