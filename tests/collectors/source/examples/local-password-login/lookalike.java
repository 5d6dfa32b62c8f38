class Tokens {
    String hashed(String code) {
        return new BCryptPasswordEncoder().encode(code);
    }
}
