app.get("/orders", async (req, res, next) => {
  try {
    const result = await client.acquireTokenOnBehalfOf({ oboAssertion: bearer(req), scopes });
    res.json(await stock(result.accessToken));
  } catch (error) {
    next(error);
  }
});
