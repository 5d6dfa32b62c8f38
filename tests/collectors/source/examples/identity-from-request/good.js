const userId = req.auth.oid;
