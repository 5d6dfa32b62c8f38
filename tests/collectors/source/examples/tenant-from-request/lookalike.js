const tenantId = req.query.tenantId;
if (tenantId !== req.auth.tid) throw new Forbidden();
const orders = await Order.find({ tenantId });
