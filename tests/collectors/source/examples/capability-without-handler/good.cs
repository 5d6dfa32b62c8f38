var app = builder.WithClientCapabilities(new[] { "cp1" }).Build();
var claims = WwwAuthenticateParameters.GetClaimChallengeFromResponseHeaders(response.Headers);
