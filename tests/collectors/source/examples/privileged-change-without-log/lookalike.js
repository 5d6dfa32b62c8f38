router.get("/admin/roles", requireRole("Orders.Admin"), async (req, res) => {
  res.json(await roles.everything());
});
router.post("/orders", requireScope("Orders.ReadWrite"), async (req, res) => {
  res.json(await orders.add(req.body));
});
