const result = await client.acquireTokenInteractive({ scopes, openBrowser });
