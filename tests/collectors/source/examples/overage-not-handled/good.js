const groups = claims.hasgroups ? await groupsFromGraph() : claims["groups"];
