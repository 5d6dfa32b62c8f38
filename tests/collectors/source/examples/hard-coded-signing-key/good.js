const claims = jwt.verify(token, await keys.getSigningKey(kid), { algorithms: ["RS256"] });
