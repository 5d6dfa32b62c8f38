class Tokens {
    Object claims(String token, Key key) {
        return Jwts.parser().setSigningKey(key).parse(token).getBody();
    }
}
