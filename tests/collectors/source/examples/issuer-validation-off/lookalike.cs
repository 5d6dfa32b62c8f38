options.Authority = "https://login.microsoftonline.com/contoso.example/v2.0";
options.TokenValidationParameters = new TokenValidationParameters { ValidateIssuer = false };
