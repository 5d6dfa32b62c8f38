var result = await client
    .AcquireTokenSilent(new[] { "User.Read" }, account)
    .ExecuteAsync();
