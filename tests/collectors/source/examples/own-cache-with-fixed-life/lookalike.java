class StockTokens {
    String token() throws Exception {
        IAuthenticationResult result = client.acquireToken(ClientCredentialParameters.builder(SCOPES).build()).get();
        redisTemplate.opsForValue().set("stock-levels", levels(result), 1, TimeUnit.HOURS);
        return result.accessToken();
    }
}
