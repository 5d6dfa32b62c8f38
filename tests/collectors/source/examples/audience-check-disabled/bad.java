class Tokens {
    JwtConsumer consumer = new JwtConsumerBuilder().setRequireExpirationTime().setSkipDefaultAudienceValidation().build();
}
