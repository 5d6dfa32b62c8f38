class StockTokens {
    String token() throws Exception {
        String token = client.acquireToken(ClientCredentialParameters.builder(SCOPES).build()).get().accessToken();
        redisTemplate.opsForValue().set("stock-token", token, 1, TimeUnit.HOURS);
        return token;
    }
}
