const request = { scopes: ["api://orders/Orders.Read"], account };
const result = await client.acquireTokenSilent(request);
