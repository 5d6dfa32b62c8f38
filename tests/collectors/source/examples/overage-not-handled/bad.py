groups = claims["groups"]
