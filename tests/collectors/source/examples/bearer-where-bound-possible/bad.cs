var result = await client
    .AcquireTokenSilent(new[] { "api://orders/Orders.Read" }, account)
    .ExecuteAsync();
