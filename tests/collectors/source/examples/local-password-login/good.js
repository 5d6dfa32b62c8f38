const url = await client.getAuthCodeUrl({ scopes, redirectUri, codeChallenge, codeChallengeMethod: "S256" });
