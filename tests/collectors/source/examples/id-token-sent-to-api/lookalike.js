const claims = response.idTokenClaims;
