const owner = req.authInfo["oid"];
