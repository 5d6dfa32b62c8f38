var groups = claims.FindAll("groups");
