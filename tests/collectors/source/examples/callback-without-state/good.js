app.get("/auth/callback", async (req, res) => {
  if (req.query.state !== req.session.state) return res.sendStatus(400);
  res.send(await redeem(req.query.code));
});
