app.use(session({ secret: "orders-cat-77", resave: false }));
