app.get("/stock", async (req, res) => {
  const client = new ConfidentialClientApplication(config);
  const result = await client.acquireTokenByClientCredential({ scopes: ["https://stock.contoso.com/.default"] });
  res.json(await readStock(result.accessToken));
});
