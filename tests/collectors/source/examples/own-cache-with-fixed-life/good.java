class StockTokens {
    String token() throws Exception {
        return client.acquireToken(ClientCredentialParameters.builder(SCOPES).build()).get().accessToken();
    }
}
