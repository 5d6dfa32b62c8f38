builder.Services.AddMicrosoftIdentityWebAppAuthentication(builder.Configuration)
    .EnableTokenAcquisitionToCallDownstreamApi(new[] { "User.Read", "Directory.ReadWrite.All" })
    .AddDistributedTokenCaches();
