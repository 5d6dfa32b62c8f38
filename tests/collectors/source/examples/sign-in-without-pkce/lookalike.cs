var address = await client.GetAuthorizationRequestUrl(scopes).WithPkce(out var verifier).ExecuteAsync();
