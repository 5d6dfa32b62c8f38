class Tokens {
    JWTClaimsSet claims(String authorization, RSAKey key) throws Exception {
        SignedJWT token = SignedJWT.parse(authorization.substring("Bearer ".length()));
        if (!token.verify(new RSASSAVerifier(key))) {
            throw new SecurityException("invalid token");
        }
        return token.getJWTClaimsSet();
    }
}
