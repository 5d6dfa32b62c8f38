const request = { scopes, claims: challenge };
