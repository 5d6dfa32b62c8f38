const order = placeOnBehalfOf(customer);
