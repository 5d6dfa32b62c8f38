class Tokens {
    boolean skipDefaultAudienceValidation = false;

    void configure(JwtConsumerBuilder builder) {
        builder.setExpectedAudience(audiences());
    }
}
