var result = await app.AcquireTokenByUsernamePassword(scopes, username, password).ExecuteAsync();
