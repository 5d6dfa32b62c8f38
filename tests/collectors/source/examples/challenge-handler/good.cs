if (header.Contains("insufficient_claims")) result = await app.AcquireTokenSilent(scopes, account).WithClaims(claims).ExecuteAsync();
