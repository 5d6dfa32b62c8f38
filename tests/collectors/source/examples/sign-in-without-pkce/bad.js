const url = await client.getAuthCodeUrl({ scopes, redirectUri, state });
