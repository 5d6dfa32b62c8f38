router.post("/admin/roles", requireRole("Orders.Admin"), async (req, res) => {
  await roles.grant(req.body.user, req.body.role);
  res.status(204).end();
});
