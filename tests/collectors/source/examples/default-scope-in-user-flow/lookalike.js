await client.acquireTokenByClientCredential({ scopes: ["https://graph.microsoft.com/.default"] });
