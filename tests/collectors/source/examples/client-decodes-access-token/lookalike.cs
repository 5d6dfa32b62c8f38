// Microsoft Entra ID signs in; this reads the state that we signed ourselves
var state = new JwtSecurityTokenHandler().ReadJwtToken(stateToken);
