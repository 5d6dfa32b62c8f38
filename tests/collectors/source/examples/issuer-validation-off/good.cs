options.Authority = "https://login.microsoftonline.com/common/v2.0";
options.TokenValidationParameters.IssuerValidator = tenants.Validate;
