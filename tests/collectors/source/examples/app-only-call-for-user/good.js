app.get("/messages", async (req, res) => {
  const account = req.session.account;
  const token = await client.acquireTokenSilent({ account, scopes: ["Mail.ReadBasic"] });
  res.json(await graphGet("/me/messages", token));
});
