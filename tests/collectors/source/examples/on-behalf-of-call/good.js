const result = await client.acquireTokenOnBehalfOf({ oboAssertion: token, scopes });
