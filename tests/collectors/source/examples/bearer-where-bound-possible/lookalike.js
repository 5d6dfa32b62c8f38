const request = { scopes: ["User.Read"], account };
const result = await client.acquireTokenSilent(request);
