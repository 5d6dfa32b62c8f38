const tenantId = req.auth.tid;
const orders = await Order.find({ tenantId });
