const result = await client.acquireTokenByUsernamePassword({ scopes, username, password });
