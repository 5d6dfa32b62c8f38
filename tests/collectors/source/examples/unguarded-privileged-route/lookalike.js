const app = require("express")();
app.get("/administrative-regions", (req, res) => res.send(orders.regions()));
