order = Order(article=body.article, amount=body.amount)
