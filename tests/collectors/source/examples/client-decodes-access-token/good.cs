var result = await app.AcquireTokenSilent(scopes, account).ExecuteAsync(); // MSAL
var roles = result.ClaimsPrincipal.FindAll("roles");
