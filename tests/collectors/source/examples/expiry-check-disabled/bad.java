class Tokens {
    JwtParser parser = Jwts.parser().verifyWith(key).clockSkewSeconds(86400).build();
}
