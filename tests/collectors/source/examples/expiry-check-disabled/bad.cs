options.TokenValidationParameters = new TokenValidationParameters
{
    ValidateLifetime = false,
    ClockSkew = TimeSpan.FromHours(2),
};
