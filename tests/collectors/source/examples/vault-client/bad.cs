var secret = builder.Configuration["ClientSecret"];
