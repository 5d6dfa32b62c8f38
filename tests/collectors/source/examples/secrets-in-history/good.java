class Tokens {
    @Value("${orders.jwt.secret}") private String jwtSecret;
}
