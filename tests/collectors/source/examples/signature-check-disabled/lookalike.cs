public string KeyIdOf(string token)
{
    // Only the key's id is read here; the handler validates the token.
    return new JwtSecurityTokenHandler().ReadJwtToken(token).Header.Kid;
}
