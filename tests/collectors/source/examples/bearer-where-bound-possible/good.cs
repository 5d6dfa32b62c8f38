var result = await client
    .AcquireTokenSilent(new[] { "api://orders/Orders.Read" }, account)
    .WithProofOfPossession(nonce, HttpMethod.Get, new Uri("https://orders.contoso.com/orders"))
    .ExecuteAsync();
