class Tokens {
    JwtConsumer consumer = new JwtConsumerBuilder().setRequireExpirationTime().setExpectedAudience("api://contoso-orders").build();
}
