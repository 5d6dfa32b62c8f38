class Orders {
    Order order = placeOnBehalfOf(customer);
}
