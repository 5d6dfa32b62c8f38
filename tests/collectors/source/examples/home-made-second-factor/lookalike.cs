var total = ComputeTotal(order);
