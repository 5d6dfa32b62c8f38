var result = await app.AcquireTokenInteractive(new[] { "Mail.Read" }).ExecuteAsync();
