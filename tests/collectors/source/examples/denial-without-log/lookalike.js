if (!order) return res.status(404).end();
