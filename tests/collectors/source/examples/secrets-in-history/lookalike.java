class Tokens {
    private static final String PASSWORD_FIELD = "password";
    private static final String SECRET = "changeit-before-deployment";
    private String clientSecret = "your-client-secret";
}
