const roles = claims.roles ?? [];
