private ClaimsPrincipal PrincipalOfExpiredToken(string token)
{
    // The refresh token decides; the expired token only says whose session it was.
    var parameters = new TokenValidationParameters { ValidateLifetime = false, IssuerSigningKey = key };
    return handler.ValidateToken(token, parameters, out _);
}
