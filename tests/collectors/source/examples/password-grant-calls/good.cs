var result = await app.AcquireTokenInteractive(scopes).ExecuteAsync();
