const order = await Order.create({ article: req.body.article, amount: req.body.amount });
