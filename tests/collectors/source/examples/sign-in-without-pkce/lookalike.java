class Orders {
    String url = orders.getAuthorizationOf(order);
}
