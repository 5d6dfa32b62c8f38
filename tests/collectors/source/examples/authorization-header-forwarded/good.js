const result = await client.acquireTokenOnBehalfOf({ oboAssertion: token, scopes });
const answer = await fetch(url, { headers: { Authorization: `Bearer ${result.accessToken}` } });
