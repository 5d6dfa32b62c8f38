class Tokens {
    JwtConsumer consumer = new JwtConsumerBuilder().setRequireExpirationTime().setExpectedAudience("https://orders.contoso.com").build();
}
