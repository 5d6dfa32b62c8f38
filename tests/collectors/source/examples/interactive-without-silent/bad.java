class Tokens {
    String token() throws Exception {
        InteractiveRequestParameters asked = InteractiveRequestParameters.builder(new URI("http://localhost")).scopes(SCOPES).build();
        return client.acquireToken(asked).get().accessToken();
    }
}
