class Tokens {
    JwtParser parser = Jwts.parser().verifyWith(key).clockSkewSeconds(60).build();
}
