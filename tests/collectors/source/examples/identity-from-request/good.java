class Orders {
    String user(Jwt token) {
        return token.getClaimAsString("oid");
    }
}
