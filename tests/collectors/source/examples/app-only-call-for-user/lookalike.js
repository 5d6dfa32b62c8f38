app.post("/webhooks/orders", async (req, res) => {
  const token = await client.acquireTokenByClientCredential({ scopes: ["https://orders.contoso.com/.default"] });
  res.json(await deliver(req.body.orderNumber, token));
});
