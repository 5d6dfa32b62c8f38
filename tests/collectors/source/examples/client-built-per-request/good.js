const client = new ConfidentialClientApplication(config);

app.get("/stock", async (req, res) => {
  const result = await client.acquireTokenByClientCredential({ scopes: ["https://stock.contoso.com/.default"] });
  res.json(await readStock(result.accessToken));
});
