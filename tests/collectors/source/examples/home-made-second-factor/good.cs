options.Events.OnRedirectToIdentityProvider = context => RequireContext(context, "c1");
