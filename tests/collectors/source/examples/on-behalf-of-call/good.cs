var result = await app.AcquireTokenOnBehalfOf(scopes, new UserAssertion(token)).ExecuteAsync();
