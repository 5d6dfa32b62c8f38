router.post("/admin/roles", requireRole("Orders.Admin"), async (req, res) => {
  await roles.grant(req.body.user, req.body.role);
  logger.info({ event: "role granted", by: req.auth.oid, to: req.body.user });
  res.status(204).end();
});
