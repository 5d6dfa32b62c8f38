const loginRequest = { scopes: ["User.Read"] };
await client.loginRedirect(loginRequest);
