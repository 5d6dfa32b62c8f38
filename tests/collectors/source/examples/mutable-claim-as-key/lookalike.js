const shown = { name: account.idTokenClaims.name, preferred_username: account.idTokenClaims.preferred_username };
