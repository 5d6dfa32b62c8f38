app.get("/auth/callback", async (req, res) => {
  const code = req.query.code;
  res.send(await redeem(code));
});
