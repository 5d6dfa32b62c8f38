const header = "-----BEGIN CERTIFICATE-----";
const claims = jwt.verify(token, keyOf(token), { algorithms: ["RS256"] });
