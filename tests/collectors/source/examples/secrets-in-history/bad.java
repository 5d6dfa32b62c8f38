class Tokens {
    private static final String JWT_SECRET = "bm5n3SkxCX4kKRy4orders";
}
