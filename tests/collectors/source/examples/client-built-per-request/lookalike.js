app.get("/stock", async (req, res) => {
  const client = new ConfidentialClientApplication(config);
  client.getTokenCache().deserialize(await store.get(req.session.id));
  const result = await client.acquireTokenSilent({ account: req.session.account, scopes });
  res.json(await readStock(result.accessToken));
});
