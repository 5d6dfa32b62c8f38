var result = await app.AcquireTokenSilent(scopes, account).ExecuteAsync(); // MSAL
var roles = new JwtSecurityTokenHandler().ReadJwtToken(result.AccessToken).Claims;
