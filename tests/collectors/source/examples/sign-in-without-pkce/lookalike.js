const url = orders.getAuthorizationUrl(order);
