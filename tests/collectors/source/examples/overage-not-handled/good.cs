var groups = principal.HasClaim(claim => claim.Type == "_claim_names") ? await GroupsFromGraph() : claims.FindAll("groups");
