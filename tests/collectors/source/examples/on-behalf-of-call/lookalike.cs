var order = await _orders.PlaceOnBehalfOf(customer);
