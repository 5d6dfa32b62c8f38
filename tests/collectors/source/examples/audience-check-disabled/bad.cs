options.TokenValidationParameters = new TokenValidationParameters
{
    ValidateAudience = false,
};
