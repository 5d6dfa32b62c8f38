const result = await client.acquireTokenOnBehalfOf({ oboAssertion: assertion, scopes });
