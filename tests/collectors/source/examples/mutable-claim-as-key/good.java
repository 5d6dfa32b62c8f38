class Orders {
    List<Order> mine(Jwt token) {
        return orders.findByOwner(token.getClaimAsString("oid"));
    }
}
