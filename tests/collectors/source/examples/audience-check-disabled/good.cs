options.TokenValidationParameters = new TokenValidationParameters
{
    ValidAudiences = new[] { "api://contoso-orders" },
};
