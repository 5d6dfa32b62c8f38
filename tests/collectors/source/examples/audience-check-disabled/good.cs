options.TokenValidationParameters = new TokenValidationParameters
{
    ValidAudiences = new[] { "https://orders.contoso.com" },
};
