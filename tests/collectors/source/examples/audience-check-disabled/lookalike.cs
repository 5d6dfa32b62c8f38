options.TokenValidationParameters.AudienceValidator = (audiences, token, parameters) =>
    audiences.Any(audience => accepted.Contains(audience));
