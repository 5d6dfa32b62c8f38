class Tokens {
    Claims claims(String token, PublicKey key) {
        return Jwts.parser().verifyWith(key).build().parseSignedClaims(token).getPayload();
    }
}
