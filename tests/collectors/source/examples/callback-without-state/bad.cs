using Microsoft.AspNetCore.Authentication.OpenIdConnect;

public static class SignIn
{
    public static void Configure(OpenIdConnectOptions options)
    {
        options.ResponseType = "code";
        options.ProtocolValidator.RequireState = false;
    }
}
