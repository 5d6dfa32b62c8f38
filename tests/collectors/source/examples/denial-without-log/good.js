logger.warn({ user: claims.oid }, "refused");
if (!claims.roles.includes("Orders.Admin")) return res.status(403).end();
