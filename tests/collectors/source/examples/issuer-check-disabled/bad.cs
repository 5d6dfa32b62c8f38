options.TokenValidationParameters = new TokenValidationParameters
{
    ValidateIssuer = false,
    ValidAudience = "https://orders.contoso.com",
};
