var order = await Order.CreateAsync(customer);
