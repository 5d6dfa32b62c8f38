const zone = req.ip.startsWith("10.") ? "internal" : "external";
