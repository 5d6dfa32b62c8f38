const order = await Order.create(req.body);
