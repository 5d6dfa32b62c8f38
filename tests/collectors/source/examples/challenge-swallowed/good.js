app.get("/orders", async (req, res) => {
  try {
    const result = await client.acquireTokenOnBehalfOf({ oboAssertion: bearer(req), scopes });
    res.json(await stock(result.accessToken));
  } catch (error) {
    if (error instanceof InteractionRequiredAuthError) {
      return res.set("WWW-Authenticate", challenge(error.claims)).status(401).end();
    }
    res.status(500).json({ message: "stock is not available" });
  }
});
