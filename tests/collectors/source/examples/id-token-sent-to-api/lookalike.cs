var claims = result.ClaimsPrincipal.Claims;
