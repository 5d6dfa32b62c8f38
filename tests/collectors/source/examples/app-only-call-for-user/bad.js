app.get("/messages", async (req, res) => {
  const user = req.session.account;
  const token = await client.acquireTokenByClientCredential({ scopes: ["https://graph.microsoft.com/.default"] });
  res.json(await graphGet(`/users/${req.query.mailbox}/messages`, token));
});
