class Login {
    IAuthenticationResult login(PublicClientApplication app) {
        return app.acquireToken(InteractiveRequestParameters.builder(redirect).scopes(scopes).build()).join();
    }
}
