const result = await client.acquireTokenByCode({ code, scopes, redirectUri, codeVerifier });
