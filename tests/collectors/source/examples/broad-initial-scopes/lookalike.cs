builder.Services.AddMicrosoftIdentityWebAppAuthentication(builder.Configuration)
    .EnableTokenAcquisitionToCallDownstreamApi(new[] { "User.Read", "Mail.Read" })
    .AddDistributedTokenCaches();

[AuthorizeForScopes(Scopes = new[] { "Directory.ReadWrite.All" })]
public Task<IActionResult> Groups() => _administration.Groups();
