var result = await app.AcquireTokenForClient(scopes).ExecuteAsync();
