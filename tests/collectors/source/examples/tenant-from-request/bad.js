const tenantId = req.query.tenantId;
const orders = await Order.find({ tenantId });
