class Exchange {
    IAuthenticationResult token(ConfidentialClientApplication app) {
        return app.acquireToken(ClientCredentialParameters.builder(scopes).build()).join();
    }
}
