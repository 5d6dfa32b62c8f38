const app = require("express")();
app.post("/admin/refund", requireRole("Orders.Admin"), (req, res) => res.send(orders.refund(req.body.order)));
