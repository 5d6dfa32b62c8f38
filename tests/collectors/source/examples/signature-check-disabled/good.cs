services.AddAuthentication().AddJwtBearer(options =>
{
    options.Authority = "https://login.microsoftonline.com/contoso.example/v2.0";
    options.Audience = "https://orders.contoso.com";
});
