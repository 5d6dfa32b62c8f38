class Decoders {
    JwtDecoder decoder() {
        NimbusJwtDecoder decoder = NimbusJwtDecoder.withJwkSetUri(KEYS).build();
        decoder.setJwtValidator(new JwtTimestampValidator());
        return decoder;
    }
}
