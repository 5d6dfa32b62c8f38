const url = await client.getAuthCodeUrl({ scopes, redirectUri, state, codeChallenge, codeChallengeMethod: "S256" });
