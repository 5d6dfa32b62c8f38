app.get("/orders", async (req, res) => {
  try {
    const result = await client.acquireTokenOnBehalfOf({ oboAssertion: bearer(req), scopes });
    res.json(await stock(result.accessToken));
  } catch (error) {
    res.status(500).json({ message: "stock is not available" });
  }
});
