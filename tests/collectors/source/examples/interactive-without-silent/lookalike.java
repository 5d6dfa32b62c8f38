class Tokens {
    // InteractiveRequestParameters.builder() is for the desktop app only.
    String token() throws Exception {
        return client.acquireToken(ClientCredentialParameters.builder(SCOPES).build()).get().accessToken();
    }
}
