var result = await app.AcquireTokenInteractive(new[] { "https://graph.microsoft.com/.default" }).ExecuteAsync();
