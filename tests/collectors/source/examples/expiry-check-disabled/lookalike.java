class Tokens {
    JWTVerifier verifier = JWT.require(algorithm).acceptLeeway(120).build();
}
