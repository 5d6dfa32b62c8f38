const app = require("express")();
app.post("/admin/refund", (req, res) => res.send(orders.refund(req.body.order)));
