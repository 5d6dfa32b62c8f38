const loginRequest = { scopes: ["User.Read", "Directory.ReadWrite.All"] };
await client.loginRedirect(loginRequest);
