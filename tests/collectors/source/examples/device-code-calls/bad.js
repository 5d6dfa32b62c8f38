const result = await client.acquireTokenByDeviceCode({ scopes, deviceCodeCallback: show });
