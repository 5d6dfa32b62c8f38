const claims = jwt.verify(token, "-----BEGIN CERTIFICATE-----\nMIIC...\n-----END CERTIFICATE-----", { algorithms: ["RS256"] });
