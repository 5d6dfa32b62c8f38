app.get("/orders/callback", async (req, res) => {
  res.send(await orders.delivered(req.query.order));
});
