const options = { validateAudience: settings.validateAudience, audience: settings.audience };
