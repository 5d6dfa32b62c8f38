class Orders {
    List<Order> mine(Jwt token) {
        return orders.findByOwner(token.getClaimAsString("preferred_username"));
    }
}
