builder.Services.AddAuthentication().AddMicrosoftIdentityWebApp(builder.Configuration);
