class Tokens {
    String token(IAccount account) throws Exception {
        try {
            return client.acquireTokenSilently(SilentParameters.builder(SCOPES, account).build()).get().accessToken();
        } catch (Exception refused) {
            InteractiveRequestParameters asked = InteractiveRequestParameters.builder(new URI("http://localhost")).scopes(SCOPES).build();
            return client.acquireToken(asked).get().accessToken();
        }
    }
}
