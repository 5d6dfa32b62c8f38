const valid = orders.check(code);
