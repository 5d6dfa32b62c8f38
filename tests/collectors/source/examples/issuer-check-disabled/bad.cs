options.TokenValidationParameters = new TokenValidationParameters
{
    ValidateIssuer = false,
    ValidAudience = "api://contoso-orders",
};
